/** One printed row into a drafted one. */
import { slug, type DraftEntry, type DraftRow } from '../draft-yaml.js';
import { unspecified } from '../protocol-vocabulary.js';
import type { EntryTransport } from '../types.js';
import type { Column } from './columns.js';
import type { PageRow, PageTable } from './page-table.js';
import { readPortCell, readProtocolText, type PortReading } from './port-cell.js';
import { readRoles } from './role-phrases.js';

const MAX_TEXT = 240;

export function draftRow({ cells, line }: PageRow, table: PageTable, columns: readonly (Column | undefined)[]): { readonly row: DraftRow; readonly line: number } {
  const remarks: string[] = [`page: ${cells.join(' | ')}`.slice(0, 600)];
  const doubt = (text: string): void => { remarks.push(text); };
  const cell = (column: Column): string => (cells[columns.indexOf(column)] ?? '').trim();
  if (!table.unseparated && cells.length < columns.length - 1) doubt(`${cells.length} cells under ${columns.length} headings`);
  const readings = table.unseparated ? read(cells[0]!, null, doubt) : [
    ...(columns.includes('ports') ? read(cell('ports'), null, doubt) : []),
    ...(columns.includes('tcp-ports') ? read(cell('tcp-ports'), 'tcp', doubt) : []), ...(columns.includes('udp-ports') ? read(cell('udp-ports'), 'udp', doubt) : []),
  ];
  const rest = table.unseparated ? cells[1] ?? '' : '';
  const entries = entriesOf(readings, cell('protocol') || protocolInBrackets(rest), cell('transport'), doubt);
  const ends = endsOf(cell, columns, table, rest, doubt);
  const purpose = cell('purpose') || (columns.includes('ends') ? cell('ends') : '') || rest || cell('target') || cell('source') || table.title;
  const notes = [...new Set(readings.flatMap(({ note }) => note ?? []))].join('; ');
  const direction = /\binbound\b/i.test(cell('direction') || purpose || table.title) ? 'inbound' : /\boutbound\b/i.test(cell('direction') || purpose || table.title) ? 'outbound' : null;
  const first = entries[0]?.ports[0];
  return {
    line,
    row: {
      id: first !== undefined && (table.unseparated || ends.target.length === 0) ? String(first) : slug(`${ends.target[0] ?? 'row'}-${first ?? 'no-port'}`, 'row'),
      entries, source: ends.source, target: ends.target, direction, purpose: purpose === '' ? 'not stated' : purpose.slice(0, MAX_TEXT),
      condition: [notes, cell('condition')].filter((part) => part !== '').join('; ').slice(0, MAX_TEXT) || null, configurable: cell('configurable').slice(0, MAX_TEXT) || null, remarks,
    },
  };
}

function read(cell: string, transport: EntryTransport | null, doubt: (text: string) => void): PortReading[] {
  const { ports, doubts } = readPortCell(cell);
  doubts.forEach(doubt);
  return ports.map((one) => ({ ...one, transport: one.transport ?? transport }));
}

/** `80/135/139/445` beside `WinRM/RPC/NetBIOS/SMB (over TCP)`: one protocol for each port where the numbers agree. */
function entriesOf(readings: readonly PortReading[], protocolCell: string, transportCell: string, doubt: (text: string) => void): DraftEntry[] {
  const parts = protocolCell.split(/[/,;]|\band\b/i).map((part) => part.trim()).filter((part) => part !== '');
  const onlyTransport = protocolCell !== '' && /^((tcp|udp)[\s/,&;]*(and|or)?\s*)+$/i.test(protocolCell);
  const words = onlyTransport ? [] : parts.map((part) => ({ part, ...readProtocolText(part) }));
  const stated = readProtocolText(transportCell !== '' ? transportCell : onlyTransport ? protocolCell : '').transport;
  for (const { part, protocol, transport } of words) if (protocol === null && transport === null) doubt(`"${part}" is no protocol that is known`);
  const entry = ({ range, transport, protocol }: PortReading, word: (typeof words)[number] | undefined): DraftEntry =>
    ({ ports: range, transport: transport ?? word?.transport ?? stated, protocol: protocol ?? word?.protocol ?? unspecified });
  const spoken = words.filter((word) => word.protocol !== null);
  if (words.length <= 1 || readings.every((reading) => reading.protocol !== null)) return readings.map((reading) => entry(reading, words[0]));
  if (words.length === readings.length) return readings.map((reading, index) => entry(reading, words[index]));
  if (readings.length === 1) return (spoken.length > 0 ? spoken : words).map((word) => entry(readings[0]!, word));
  doubt(`${readings.length} ports and ${words.length} protocols ("${protocolCell}"): which belongs to which is not told`);
  return readings.map((reading) => entry(reading, undefined));
}

/** `VMM Server to VMM Agent - Control (WinRM)`. */
function protocolInBrackets(text: string): string {
  const last = [...text.matchAll(/\(([^()]+)\)/g)].at(-1)?.[1] ?? '';
  return readProtocolText(last).protocol === null ? '' : last;
}

interface Ends {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

function endsOf(cell: (column: Column) => string, columns: readonly (Column | undefined)[], table: PageTable, rest: string, doubt: (text: string) => void): Ends {
  const roles = (text: string, which: string): readonly string[] => {
    const { roles: found, unread } = readRoles(text);
    for (const phrase of unread) doubt(`${which}: no role is known for "${phrase}"`);
    return found;
  };
  const both = columns.includes('ends') ? cell('ends') : table.unseparated ? rest : '';
  const split = /^(.+?)\s+(?:to|->|→)\s+(.+)$/i.exec(both);
  if (table.unseparated && !columns.includes('ends')) {
    doubt('the page has no mark between its columns: sources and targets are for you to fill in');
    return { source: [], target: [] };
  }
  if (split !== null && !columns.includes('source') && !columns.includes('target')) return { source: roles(split[1]!, 'source'), target: roles(split[2]!.replace(/\s-\s.*$/, ''), 'target') };
  const source = columns.includes('source') ? roles(cell('source'), 'source') : undefined;
  const target = columns.includes('target') ? roles(cell('target'), 'target') : undefined;
  // A table that tells one side only is about the other side: "VMM management server - source".
  const own = readRoles(table.title.replace(/\s[-–]\s*(source|target)\s*$/i, '')).roles;
  if ((source === undefined) !== (target === undefined) && own.length === 0) doubt(`the table tells only the ${source === undefined ? 'target' : 'source'}, and its heading no role for the other side`);
  return { source: source ?? (target === undefined ? [] : own), target: target ?? (source === undefined ? [] : own) };
}
