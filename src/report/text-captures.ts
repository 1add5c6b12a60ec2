/** What was read, where it was taken, how good it is and what it cannot show. */
import type { CaptureReport, ReportModel } from '../analysis/report-model.js';
import { secondsBetween } from '../analysis/moments.js';
import { duration, type Clock } from './clock-text.js';
import { hostNames, type HostNames } from './host-names.js';
import { groupDigits, plural, type TextPage } from './text-page.js';

const MOST_CAPTURES = 5;

export function captureSection(model: ReportModel, page: TextPage, clock: Clock): void {
  const names = hostNames(model.hosts);
  const { shown, more } = page.cut(model.captures, MOST_CAPTURES);
  shown.forEach((capture, i) => {
    const number = model.captures.length > 1 ? `[${i + 1}] ` : '';
    page.paragraph([`${number}${fileName(capture.file)}`, span(capture, clock)].join('   '), 0, 4, 'heading');
    const place = takenOn(capture, names);
    if (place !== null) page.labelled('Taken on', place, 0, 13);
    const quality = model.overview.quality[i] ?? [];
    page.labelled('Quality', [packets(capture), ...quality].join(', '), 0, 13);
    if (capture.blindTo.length > 0) page.labelled('Blind to', capture.blindTo.join(', '), 0, 13);
  });
  page.more(more, 0);
  // Whatever is not shown of a long ring: where it is damaged is.
  const damaged = [...model.captures.entries()].slice(shown.length).filter(([, { damage }]) => damage.length > 0);
  for (const [i, { file, damage: [first] }] of damaged.slice(0, MOST_CAPTURES)) page.paragraph(`[${i + 1}] ${fileName(file)}   damaged at byte ${first!.byteOffset} (${first!.detail})`, 0, 4);
  if (damaged.length > MOST_CAPTURES) page.paragraph(`... and ${damaged.length - MOST_CAPTURES} more that are damaged`, 0, 4);
  page.blank();
}

function span({ start, end }: CaptureReport, clock: Clock): string {
  if (start === null || end === null) return 'no times in the file';
  const until = clock.day(start) === clock.day(end) ? clock.moment(end).slice(11) : clock.moment(end);
  return `${clock.moment(start)} - ${until} ${clock.zone} (${duration(secondsBetween(start, end))})`;
}

function packets({ packets: total, skipped }: CaptureReport): string {
  const leftOut = skipped['filtered-out'] ?? 0;
  const unread = Object.entries(skipped).filter(([reason, count]) => count > 0 && reason !== 'filtered-out' && !background.has(reason));
  const sum = unread.reduce((all, [, count]) => all + count, 0);
  if (total === 0) return 'no packets';
  const asked = leftOut === 0 ? plural(total, 'packet') : `${plural(total, 'packet')}, ${groupDigits(leftOut)} left out as asked`;
  if (sum === 0) return `${asked}, ${leftOut === 0 ? 'all' : 'the rest'} decoded`;
  return `${asked}, ${groupDigits(sum)} not decoded (${unread.map(([reason, count]) => `${reason} ${groupDigits(count)}`).join(', ')})`;
}

/** Skipped because there is nothing of ours in them, not because they could not be read. */
const background: ReadonlySet<string> = new Set(['arp', 'not-ip', 'other-ip-protocol', 'icmp']);

function takenOn({ vantage: { at, host, evidence, onHost } }: CaptureReport, names: HostNames): string | null {
  const reasons = evidence.slice(0, 3).join('; ');
  switch (at) {
    case 'client': case 'server':
      if (host === null) return null;
      return onHost ? `${names.short(host)}: ${reasons}` : `${names.short(host)}, or near it before the first router: ${reasons}`;
    case 'path': return `the path between the hosts: ${reasons}`;
    case 'mirror': return `a mirror port: ${reasons}`;
    case 'switch': return `a virtual switch, or several points at once: ${reasons}`;
    case 'unknown': return reasons === '' ? null : `not known: ${reasons}`;
  }
}

function fileName(file: string): string {
  return file.replace(/^.*[\\/]/, '');
}
