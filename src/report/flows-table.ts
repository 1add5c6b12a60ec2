/** `flows --format table`: one line a flow, for people. Widths are fixed, so that lines can be printed as they come. */
import type { Flow } from '../flow/flow.js';
import { clock } from './clock-text.js';
import type { FlowWriter } from './flows-jsonl.js';
import { ChunkWriter } from './json-text.js';
import { portState } from './port-state.js';
import { printable, printableAscii } from './wire-text.js';

export interface FlowTableOptions {
  readonly timeZone?: 'utc' | 'local' | undefined;
  /** Nothing but ASCII; default true. */
  readonly ascii?: boolean | undefined;
}

const ADDRESS = 21;
/** `LISTENING or FILTERED` is longer, and rare. */
const PORT = 13;

export function flowsTable(write: (text: string) => void, options: FlowTableOptions = {}): FlowWriter {
  const out = new ChunkWriter(write);
  const time = clock(options.timeZone ?? 'utc');
  const clean = options.ascii === false ? printable : printableAscii;
  out.write(`${'TIME'.padEnd(13)} ${'CLIENT'.padEnd(ADDRESS)}    ${'SERVER'.padEnd(ADDRESS)} PROTO ${'OUTCOME'.padEnd(11)} ${'PORT'.padEnd(PORT)} ${'STATE'.padEnd(6)} ${'PACKETS'.padStart(11)} ${'BYTES'.padStart(19)}  ${'FRAME'.padStart(7)}  APPLICATION\n`);
  return {
    flow: (flow) => {
      out.write(`${time.time(flow.start).padEnd(13)} ${socket(flow.client).padEnd(ADDRESS)} ${flow.orientation === 'symmetric' ? '<->' : '-> '} ${socket(flow.server).padEnd(ADDRESS)} ${flow.transport.padEnd(5)} ${flow.outcome.padEnd(11)} ${(portState(flow) ?? '').padEnd(PORT)} ${flow.state.padEnd(6)} ${
        `${flow.packets.client}/${flow.packets.server}`.padStart(11)} ${`${flow.bytes.client}/${flow.bytes.server}`.padStart(19)}  ${`#${flow.first.frame}`.padStart(7)}  ${clean(what(flow))}`.trimEnd() + '\n');
    },
    end: () => { out.flush(); },
  };
}

function socket({ address, port }: Flow['client']): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function what({ application, icmp }: Flow): string {
  if (icmp !== null) return `ICMP ${icmp.name} from ${icmp.from}`;
  return application === null ? '' : application.protocol;
}
