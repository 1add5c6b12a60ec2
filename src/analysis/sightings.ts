/** What the evidence keeps of connections so that they are known again in another capture: anchors of all kinds, and notable flows. */
import type { Evidence, FlowAnchor } from '../evidence/evidence.js';
import type { Flow, SketchRow } from '../flow/flow.js';

const SYN = 0x02, ACK = 0x10;

/** What is needed to find the same connection in another capture. */
export interface Sighting {
  readonly capture: number;
  readonly key: string;
  /** Initial sequence number of the client; null: it has none, or is not known. */
  readonly initial: number | null;
  readonly anchor: FlowAnchor | null;
  readonly flow: Flow | null;
}

/** Sockets and initial sequence number; UDP has none, so its sockets and the id of the first packet's IP header must do. */
export function sightings(evidence: Evidence): Sighting[] {
  const list: Sighting[] = [];
  const byFirstFrame = new Map<string, { readonly key: string; readonly initial: number }>();
  for (const anchor of evidence.anchors) {
    const key = keyOf('tcp', anchor.client, anchor.server, anchor.initial);
    byFirstFrame.set(`${anchor.first.capture} ${anchor.first.frame}`, { key, initial: anchor.initial });
    list.push({ capture: anchor.first.capture, key, initial: anchor.initial, anchor, flow: null });
  }
  for (const flow of evidence.notable) {
    const initial = initialOf(flow);
    // What went wrong late has no sketch of its beginning: the anchor that begins with the same frame knows it.
    const known = initial !== null ? { key: keyOf(flow.transport, flow.client, flow.server, initial), initial } : flow.transport === 'tcp' ? byFirstFrame.get(`${flow.first.capture} ${flow.first.frame}`) : undefined;
    if (known !== undefined) list.push({ capture: flow.first.capture, key: known.key, initial: flow.transport === 'tcp' ? known.initial >>> 0 : null, anchor: null, flow });
  }
  return list;
}

function initialOf(flow: Flow): number | null {
  const first = firstOf(flow);
  if (first === undefined) return null;
  if (flow.transport === 'tcp') return first.sequence;
  return first.ipId === 0 ? null : first.ipId;
}

export function firstOf({ sketch, transport }: Flow): SketchRow | undefined {
  return sketch.find((row) => row.from === 'client' && (transport === 'udp' || (row.flags & (SYN | ACK)) === SYN));
}

function keyOf(transport: string, client: Flow['client'], server: Flow['server'], initial: number): string {
  return `${transport} ${client.address} ${client.port} ${server.address} ${server.port} ${initial >>> 0}`;
}
