/**
 * Events 5152, 5153, 5157 and 5156 as CSV: from the Event Viewer (`Level,Date and Time,Source,Event ID,Task Category` and the message), or
 * from `Get-WinEvent | Export-Csv` (columns Message, Id, TimeCreated, MachineName). Headings and messages are localised, and the file does not say
 * in which language: columns are known by what stands in them, messages by their shape. Times are local, in the spelling of the system's region.
 */
import { parseCsv } from '../catalog/csv.js';
import { readBlockedMessage } from './localised-message.js';
import { textOrNull } from './record-fields.js';
import type { WitnessDraft } from './witness.js';

const BLOCKED: ReadonlySet<string> = new Set(['5152', '5153', '5157']);
const PERMITTED = '5156';
const EVENT_IDS: ReadonlySet<string> = new Set([...BLOCKED, PERMITTED]);

/** An event's number as a cell of its own; in an export of other events alone there may be none. */
const EVENT_CELL = /(?:^|[,;])"?(?:5152|5153|5156|5157)"?[,;]/mu;

export function isEventsCsv(text: string): boolean {
  const start = text.slice(0, 100_000);
  if (!/[,;]/u.test(start.slice(0, 4000))) return false;
  return EVENT_CELL.test(start) || (/^"?(?:#TYPE|Level|Keywords|Message|Id|TimeCreated|Date and Time)\b/mu.test(start.slice(0, 4000)) && /\b(?:5152|5153|5156|5157)\b|Filtering Platform/u.test(start));
}

export function readEventsCsv(text: string, draft: WitnessDraft): void {
  const rows = parseCsv(text);
  const header = rows.find(({ values }) => values.length > 2 && !values.some((cell) => EVENT_IDS.has(cell.trim())));
  const column = (pattern: RegExp): number => header?.values.findIndex((cell) => pattern.test(cell.trim())) ?? -1;
  const idAt = column(/^(?:Event ?ID|Id)$/iu);
  const timeAt = column(/^(?:TimeCreated|Date and Time)$/iu);
  const machineAt = column(/^(?:MachineName|Computer)$/iu);
  for (const { values: cells, line } of rows) {
    const id = (idAt >= 0 ? cells[idAt] : cells.find((cell) => EVENT_IDS.has(cell.trim())))?.trim() ?? '';
    if (line === header?.line || !EVENT_IDS.has(id)) continue;
    const message = cells.map((cell) => (cell.includes('\n') ? readBlockedMessage(cell) : undefined)).find((one) => one !== undefined);
    if (message === undefined) {
      draft.fault(line, `event ${id}: its message has no addresses and ports; export the events as XML (wevtutil qe Security /f:xml)`);
      continue;
    }
    const { transport, ...said } = message;
    if (transport === undefined) continue;
    const time = timeAt >= 0 ? cells[timeAt] : cells.find((cell) => !cell.includes('\n') && regionalTime(cell) !== null);
    draft.record({ action: id === PERMITTED ? 'allow' : 'drop', transport, ...said, time: regionalTime(time), localTime: true, sequence: null, computer: textOrNull(cells[machineAt]), line });
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
