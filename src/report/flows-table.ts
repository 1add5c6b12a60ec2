/**
 * `flows --format table`: one line a flow, for people. Widths are fixed, so that lines can be printed as they come. On a narrow terminal columns are left out, the least
 * telling ones first, and a flow whose addresses are too long takes more lines: nothing is wrapped by the terminal.
 */
import type { Flow } from '../flow/flow.js';
import { type Clock, clock } from './clock-text.js';
import type { FlowWriter } from './flows-jsonl.js';
import { ChunkWriter } from './chunk-writer.js';
import { portState } from './port-state.js';
import { printable, printableAscii } from './wire-text.js';

export interface FlowTableOptions {
  readonly timeZone?: 'utc' | 'local' | undefined;
  /** Nothing but ASCII; default true. */
  readonly ascii?: boolean | undefined;
  /** Characters of a line; default: all columns, however long. */
  readonly width?: number | undefined;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly isNumber?: boolean;
  text(flow: Flow): string;
}

const ADDRESS = 21;
/** An IPv6 address in brackets with its port. */
const LONGEST_SOCKET = 47;
/** Of the last column, at least. */
const APPLICATION = 7;

export function flowsTable(write: (text: string) => void, options: FlowTableOptions = {}): FlowWriter {
  const out = new ChunkWriter(write);
  const width = options.width ?? Infinity;
  const time = clock(options.timeZone ?? 'utc');
  const clean = options.ascii === false ? printable : printableAscii;
  const { first, details } = columnsFor(width, time);
  const detailsAt = details.isBelow ? first.width + 1 : first.width + 2 * ADDRESS + 6;
  const rest = (texts: readonly string[], application: string): string => {
    const before = `${texts.map((text, i) => pad(text, details.columns[i]!)).join(' ')} `;
    return `${before}${cut(application, width - detailsAt - before.length)}`.trimEnd();
  };
  const line = (when: string, client: string, arrow: string, server: string, texts: readonly string[], application: string): string => {
    const start = pad(when, first);
    const before = `${start} ${client.padEnd(ADDRESS)} ${arrow} ${server.padEnd(ADDRESS)}`;
    const isLong = client.length > ADDRESS || server.length > ADDRESS;
    if (width === Infinity || (!isLong && !details.isBelow)) return `${before} ${rest(texts, application)}`.trimEnd();
    const named = before.trimEnd().length <= width ? before.trimEnd() : `${start} ${client} ${arrow.trimEnd()}\n${' '.repeat(start.length + 1)}${server}`;
    return `${named}\n${' '.repeat(detailsAt)}${rest(texts, application)}`;
  };
  out.write(`${line(first.title, 'CLIENT', '  ', 'SERVER', details.columns.map(({ title }) => title), details.columns.length > 2 && !details.isBelow ? 'APPLICATION' : 'APP')}\n`);
  return {
    flow: (flow) => {
      out.write(`${line(first.text(flow), socket(flow.client), flow.orientation === 'symmetric' ? '<->' : '->', socket(flow.server), details.columns.map((column) => column.text(flow)), clean(what(flow)))}\n`);
    },
    end: () => { out.flush(); },
  };
}

/** What fits: outcome always, then what tells more. */
function columnsFor(width: number, time: Clock): { first: Column; details: { columns: Column[]; isBelow: boolean } } {
  const moment: Column = { title: 'TIME', width: 12, text: (flow) => time.time(flow.start) };
  const second: Column = { title: 'TIME', width: 8, text: (flow) => time.time(flow.start).replace(/^(\d\d:\d\d:\d\d)\.\d+$/, '$1') };
  const frame: Column = { title: 'FRAME', width: 8, isNumber: true, text: (flow) => `#${flow.first.frame}` };
  const packets: Column = { title: 'PACKETS', width: 11, isNumber: true, text: (flow) => `${flow.packets.client}/${flow.packets.server}` };
  const bytes: Column = { title: 'BYTES', width: 19, isNumber: true, text: (flow) => `${flow.bytes.client}/${flow.bytes.server}` };
  const state: Column = { title: 'STATE', width: 6, text: (flow) => flow.state };
  // `LISTENING or FILTERED` is longer, and rare.
  const port: Column = { title: 'PORT', width: 13, text: (flow) => width === Infinity ? portState(flow) ?? '' : cut(portState(flow) ?? '', 13) };
  const always: Column[] = [{ title: 'L4', width: 4, text: (flow) => flow.transport }, { title: 'OUTCOME', width: 11, text: (flow) => flow.outcome }];
  // In the order in which they are given up; they stand in the order of `shown`.
  const more = [frame, port, packets, bytes, state];
  const shown = [port, state, packets, bytes, frame];
  const addresses = 1 + ADDRESS + 4 + ADDRESS + 1;
  const detailsWidth = (columns: readonly Column[]) => columns.reduce((sum, column) => sum + column.width + 1, 0) + APPLICATION;
  const isBelow = second.width + addresses + detailsWidth(always) > width;
  const room = width - (isBelow ? second.width + 1 : second.width + addresses);
  let chosen = more.length;
  while (chosen > 0 && detailsWidth([...always, ...more.slice(0, chosen)]) > room) chosen--;
  const columns = [...always, ...shown.filter((column) => more.indexOf(column) < chosen)];
  const first = room - detailsWidth(columns) >= moment.width - second.width && (!isBelow || width >= moment.width + 1 + LONGEST_SOCKET + 4) ? moment : second;
  return { first, details: { columns, isBelow } };
}

function pad(text: string, { width, isNumber }: Column): string {
  return isNumber === true ? text.padStart(width) : text.padEnd(width);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}~`;
}

function socket({ address, port }: Flow['client']): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function what({ application, icmp }: Flow): string {
  if (icmp !== null) return `ICMP ${icmp.name} from ${icmp.from}`;
  return application === null ? '' : application.protocol;
}
