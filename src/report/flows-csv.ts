/** `flows --format csv` (RFC 4180): the fields of the JSON, nested ones with a dot. A cell can never become a spreadsheet's formula. */
import type { Flow } from '../flow/flow.js';
import { CommunityIds } from './community-id.js';
import { decimalTime } from './decimal-time.js';
import type { FlowWriter } from './flows-jsonl.js';
import { ChunkWriter } from './chunk-writer.js';
import { portState } from './port-state.js';

type Cell = string | number | null;

const columns: readonly (readonly [name: string, value: (flow: Flow) => Cell])[] = [
  ['transport', (f) => f.transport],
  ['client.address', (f) => f.client.address], ['client.port', (f) => f.client.port], ['server.address', (f) => f.server.address], ['server.port', (f) => f.server.port],
  ['orientation', (f) => f.orientation], ['encapsulation', (f) => f.encapsulation.map(({ type, id }) => (id === undefined ? type : `${type}:${id}`)).join(' ')],
  ['start', (f) => decimalTime(f.start)], ['end', (f) => decimalTime(f.end)],
  ['first.capture', (f) => f.first.capture], ['first.frame', (f) => f.first.frame], ['last.capture', (f) => f.last.capture], ['last.frame', (f) => f.last.frame],
  ['packets.client', (f) => f.packets.client], ['packets.server', (f) => f.packets.server], ['bytes.client', (f) => f.bytes.client], ['bytes.server', (f) => f.bytes.server],
  ['payload.client', (f) => f.payload.client], ['payload.server', (f) => f.payload.server], ['duplicates', (f) => f.duplicates], ['state', (f) => f.state], ['history', (f) => f.history], ['outcome', (f) => f.outcome], ['portState', portState],
  ['synCount', (f) => f.synCount], ['handshakeMs', (f) => f.handshakeMs], ['retransmissions', (f) => f.retransmissions],
  ['icmp.type', (f) => f.icmp?.type ?? null], ['icmp.code', (f) => f.icmp?.code ?? null], ['icmp.name', (f) => f.icmp?.name ?? null], ['icmp.from', (f) => f.icmp?.from ?? null],
  ['dropped.reason', (f) => f.dropped?.reason ?? null], ['dropped.component', (f) => f.dropped?.component ?? null], ['process.id', (f) => f.process?.id ?? null],
  ['translation.client', (f) => (f.translation === null ? null : `${f.translation.client.address} ${f.translation.client.port}`)], ['translation.server', (f) => (f.translation === null ? null : `${f.translation.server.address} ${f.translation.server.port}`)],
  ['application.protocol', (f) => f.application?.protocol ?? null], ['application.confidence', (f) => f.application?.confidence ?? null],
  ['application.facts', (f) => (f.application === null || Object.keys(f.application.facts).length === 0 ? null : JSON.stringify(f.application.facts))],
];

/** With a header line; lines end with CR LF. */
export function flowsCsv(write: (text: string) => void): FlowWriter {
  const out = new ChunkWriter(write);
  const ids = new CommunityIds();
  out.write(`${columns.map(([name]) => name).join(',')},communityId\r\n`);
  return {
    flow: (flow) => {
      let row = '';
      for (const [, value] of columns) row += `${csvCell(value(flow))},`;
      out.write(`${row}${ids.of(flow.transport, flow.client.address, flow.client.port, flow.server.address, flow.server.port)}\r\n`);
    },
    end: () => { out.flush(); },
  };
}

/** Spreadsheets run what begins with one of these; a leading apostrophe makes it text. Numbers of ours are left alone. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
