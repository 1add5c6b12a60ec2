/**
 * Events 5152, 5153, 5157 and 5156 as CSV: from the Event Viewer (`Level,Date and Time,Source,Event ID,Task Category` and the message), or
 * from `Get-WinEvent | Export-Csv` (columns Message, Id, TimeCreated, MachineName). The message is localised: only the English one is
 * understood, every other event is a fault that says so. Times are local, in the spelling of the system's region.
 */
import { parseCsv } from '../catalog/csv.js';
import { directionOf, filterIdOf, socketOf, textOrNull, transportOf } from './record-fields.js';
import type { WitnessDraft } from './witness.js';

const BLOCKED: ReadonlySet<string> = new Set(['5152', '5153', '5157']);
const PERMITTED = '5156';
const EVENT_IDS: ReadonlySet<string> = new Set([...BLOCKED, PERMITTED]);

export function isEventsCsv(text: string): boolean {
  const head = text.slice(0, 4000);
  return /^"?(?:#TYPE|Level|Keywords|Message|Id|TimeCreated|Date and Time)\b/mu.test(head) && head.includes(',') && /\b(?:5152|5153|5156|5157)\b|Filtering Platform/u.test(text.slice(0, 100_000));
}

export function readEventsCsv(text: string, draft: WitnessDraft): void {
  const rows = parseCsv(text);
  const header = rows.find(({ values }) => values.length > 2 && values.some((cell) => /^(?:Event ?ID|Id)$/iu.test(cell.trim())));
  const column = (pattern: RegExp): number => header?.values.findIndex((cell) => pattern.test(cell.trim())) ?? -1;
  const idAt = column(/^(?:Event ?ID|Id)$/iu);
  const timeAt = column(/^(?:TimeCreated|Date and Time)$/iu);
  const machineAt = column(/^(?:MachineName|Computer)$/iu);
  if (header === undefined) return draft.fault(1, 'no column names the event id');
  for (const { values: cells, line } of rows) {
    const id = (cells[idAt] ?? '').trim();
    if (line === header.line || !EVENT_IDS.has(id)) continue;
    const message = cells.find((cell) => cell.includes('Source Address:'));
    if (message === undefined) {
      draft.fault(line, `event ${id}: its message is not in English; export the events as XML (wevtutil qe Security /f:xml)`);
      continue;
    }
    const field = (label: string): string | undefined => new RegExp(`^\\s*${label}:[ \\t]*(.*)$`, 'imu').exec(message)?.[1];
    const transport = transportOf(field('Protocol'));
    if (transport === undefined) continue;
    const source = socketOf(field('Source Address'), field('Source Port'));
    const destination = socketOf(field('Destination Address'), field('Destination Port'));
    if (source === undefined || destination === undefined) {
      draft.fault(line, `event ${id}: addresses or ports cannot be read`);
      continue;
    }
    draft.record({
      action: id === PERMITTED ? 'allow' : 'drop', transport, source, destination, direction: directionOf(field('Direction')), time: regionalTime(cells[timeAt]), localTime: true, sequence: null,
      filterId: filterIdOf(field('Filter Run-Time ID')), filter: textOrNull(field('Filter Origin')), layer: textOrNull(field('Layer Name')), program: textOrNull(field('Application Name')), computer: textOrNull(cells[machineAt]), line,
    });
  }
}

/** `11/20/2026 2:02:31 PM`, `20.11.2026 14:02:31`, `2026-11-20 14:02:31`; null where day and month cannot be told apart. */
export function regionalTime(text: string | undefined): number | null {
  const word = (text ?? '').trim().replace(/\u202f/gu, ' ');
  const match = /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})[ ,T]+(\d{1,2}):(\d\d)(?::(\d\d))?\s*(AM|PM)?$/iu.exec(word);
  if (match === null) return null;
  const [a, b, c] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const noon = match[8]?.toUpperCase();
  const date = a > 31 ? [a, b, c] : match[2] === '.' || a > 12 ? [c, b, a] : noon !== undefined || b > 12 ? [c, a, b] : a === b ? [c, a, b] : null;
  if (date === null) return null;
  const [year, month, day] = date as [number, number, number];
  const hour = Number(match[5]) % (noon === undefined ? 24 : 12) + (noon === 'PM' ? 12 : 0);
  const time = Date.UTC(year, month - 1, day, hour, Number(match[6]), Number(match[7] ?? 0));
  return month < 1 || month > 12 || day < 1 || day > 31 || year < 1970 || Number.isNaN(time) ? null : time / 1000;
}
