/** `flows --format jsonl`: one JSON object a line, by concatenation: a capture has hundreds of thousands of flows. */
import type { EncapsulationLayer, Flow } from '../flow/flow.js';
import type { Application } from '../flow/inspection.js';
import { CommunityIds } from './community-id.js';
import { jsonTime } from './decimal-time.js';
import { ChunkWriter, JsonText } from './json-text.js';
import { portState } from './port-state.js';

export interface FlowWriter {
  flow(flow: Flow): void;
  /** Everything is handed on. */
  end(): void;
}

export function flowsJsonl(write: (text: string) => void): FlowWriter {
  const out = new ChunkWriter(write);
  const text = new JsonText();
  const ids = new CommunityIds();
  return {
    flow: (flow) => { out.write(line(flow, text, ids)); },
    end: () => { out.flush(); },
  };
}

function line(f: Flow, text: JsonText, ids: CommunityIds): string {
  const { client, server, packets, bytes, payload } = f;
  const state = portState(f);
  return `{"transport":"${f.transport}","client":{"address":${text.of(client.address)},"port":${client.port}},"server":{"address":${text.of(server.address)},"port":${server.port}},"orientation":"${f.orientation}","encapsulation":${
    f.encapsulation.length === 0 ? '[]' : encapsulation(f.encapsulation)},"start":${jsonTime(f.start)},"end":${jsonTime(f.end)},"first":{"capture":${f.first.capture},"frame":${f.first.frame}},"last":{"capture":${f.last.capture},"frame":${f.last.frame}},"packets":{"client":${
    packets.client},"server":${packets.server}},"bytes":{"client":${bytes.client},"server":${bytes.server}},"payload":{"client":${payload.client},"server":${payload.server}},"duplicates":${f.duplicates},"state":"${f.state}","history":${
    text.of(f.history)},"outcome":"${f.outcome}","portState":${state === null ? 'null' : `"${state}"`},"synCount":${numberOrNull(f.synCount)},"handshakeMs":${numberOrNull(f.handshakeMs)},"retransmissions":${numberOrNull(f.retransmissions)},"icmp":${
    f.icmp === null ? 'null' : icmp(f.icmp, text)},"dropped":${
    f.dropped ? JSON.stringify(f.dropped) : 'null'},"process":${f.process ? JSON.stringify(f.process) : 'null'},"translation":${f.translation === null ? 'null' : JSON.stringify(f.translation)},"application":${
    f.application === null ? 'null' : application(f.application)},"communityId":"${ids.of(f.transport, client.address, client.port, server.address, server.port)}"}\n`;
}

function numberOrNull(value: number | null): string {
  return value === null || value !== value ? 'null' : String(value);
}

function encapsulation(layers: readonly EncapsulationLayer[]): string {
  return JSON.stringify(layers.map(({ type, id }) => (id === undefined ? { type } : { type, id })));
}

function icmp({ type, code, name, from, first }: NonNullable<Flow['icmp']>, text: JsonText): string {
  return `{"type":${type},"code":${code},"name":${text.of(name)},"from":${text.of(from)},"first":{"capture":${first.capture},"frame":${first.frame}}}`;
}

function application({ protocol, confidence, facts }: Application): string {
  return JSON.stringify({ protocol, confidence, facts });
}
