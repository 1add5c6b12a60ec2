/**
 * The log of the Windows Firewall, pfirewall.log: a header that names the fields, then one line of words for each packet or connection.
 * Times are those of the wall clock of the machine, unless the header says otherwise; they carry no zone.
 */
import { directionOf, socketOf, textOrNull, transportOf } from './record-fields.js';
import type { WitnessDraft } from './witness.js';

const USUAL_FIELDS = 'date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid'.split(' ');
const ACTIONS: Readonly<Record<string, 'drop' | 'allow'>> = { DROP: 'drop', ALLOW: 'allow', OPEN: 'allow', 'OPEN-INBOUND': 'allow' };
/** What the firewall writes of itself. */
const NO_DECISION: ReadonlySet<string> = new Set(['CLOSE', 'INFO-EVENTS-LOST']);
const MAX_LINE = 4096;

/** By the header that Windows writes, or by a first line that has its form. */
export function isPfirewallLog(text: string): boolean {
  const head = text.slice(0, 2000);
  return /^#Fields:\s*date time action protocol/mu.test(head) || /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:DROP|ALLOW) \S+ \S+ \S+ /u.test(head);
}

export function readPfirewallLog(text: string, draft: WitnessDraft): void {
  let fields = USUAL_FIELDS;
  let localTime = true;
  let number = 0;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const line = text.slice(at, Math.min(stop, at + MAX_LINE)).trim();
    number++;
    at = stop + 1;
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, name = '', value = ''] = /^#([^:]+):\s*(.*)$/u.exec(line) ?? [];
      if (name === 'Fields') fields = value.split(/\s+/u).slice(0, 64);
      else if (/^time\s*format$/iu.test(name)) localTime = !/utc|gmt/iu.test(value);
      continue;
    }
    readLine(line.split(/\s+/u), fields, localTime, number, draft);
  }
}

function readLine(words: readonly string[], fields: readonly string[], localTime: boolean, line: number, draft: WitnessDraft): void {
  const field = (name: string): string | undefined => {
    const at = fields.indexOf(name);
    return at < 0 ? undefined : words[at];
  };
  const action = ACTIONS[field('action') ?? ''];
  if (action === undefined) {
    if (!NO_DECISION.has(field('action') ?? '')) draft.fault(line, `no line of this log: ${words.slice(0, 4).join(' ').slice(0, 60)}`);
    return;
  }
  const transport = transportOf(field('protocol'));
  if (transport === undefined) return;
  const source = socketOf(field('src-ip'), field('src-port'));
  const destination = socketOf(field('dst-ip'), field('dst-port'));
  if (source === undefined || destination === undefined) return draft.fault(line, 'addresses or ports cannot be read');
  const time = Date.parse(`${field('date') ?? ''}T${field('time') ?? ''}Z`);
  const sequence = Number(field('tcpsyn') ?? '0');
  const pid = textOrNull(field('pid'));
  draft.record({
    action, transport, source, destination, direction: directionOf(field('path')), time: Number.isNaN(time) ? null : time / 1000, localTime,
    // Newer systems write 0 for every packet.
    sequence: transport === 'tcp' && Number.isInteger(sequence) && sequence > 0 && sequence < 2 ** 32 ? sequence : null,
    filterId: null, filter: null, layer: null, program: pid === null ? null : `process ${pid}`, computer: null, line,
  });
}
