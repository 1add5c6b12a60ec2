/** Pieces of payload given to an inspector, as the flow table gives them, and what came of it. */
import type { FlowIdentity, Side } from '../../src/flow/inspection.js';
import { ProtocolInspector } from '../../src/protocol/flow-inspection.js';
import { recordingEvents } from './capture-driver.js';
import type { GoldenFlow } from './golden-flows.js';

export type Piece = { readonly side: Side; readonly bytes: Uint8Array; readonly frame: number };

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function piecesOf(flow: GoldenFlow): Piece[] {
  return flow.pieces.map(([role, hex], index) => ({ side: role === 'client' ? 0 : 1, bytes: bytesOf(hex), frame: index + 1 }));
}

export function identityOf(flow: Pick<GoldenFlow, 'transport' | 'clientPort' | 'serverPort'>, change: Partial<FlowIdentity> = {}): FlowIdentity {
  return {
    transport: flow.transport === 'tcp' ? 6 : 17, address0: 0, address1: 1, port0: flow.clientPort, port1: flow.serverPort,
    overlay: 0, likelyServer: 1, byHandshake: flow.transport === 'tcp', ...change,
  };
}

export function inspect(identity: FlowIdentity, pieces: readonly Piece[]) {
  const events = recordingEvents();
  events.addressId('client');
  events.addressId('server');
  const inspector = new ProtocolInspector(events);
  const inspection = inspector.begin(identity);
  let wanted = true;
  for (const { side, bytes, frame } of pieces) {
    // Analyzers may only look between start and limit: what lies around is made to look like something.
    const padded = new Uint8Array(bytes.length + 16).fill(0x16);
    padded.set(bytes, 8);
    const at = { capture: 0, frame, seconds: 0, nanoseconds: 0 };
    if (wanted) wanted = inspection.payload(side, padded, 8, 8 + bytes.length, at);
    padded.fill(0xaa); // borrowed until the call returns, and not longer
  }
  if (wanted) inspection.end();
  const { application, failures, server } = inspection;
  return { application, failures: failures.map((one) => ({ ...one, capture: undefined })), server, events, malformed: inspector.malformed };
}

/** Cuts TCP pieces at the given places, counted over all bytes. A piece keeps its frame. */
export function cut(pieces: readonly Piece[], places: ReadonlySet<number>): Piece[] {
  const all: Piece[] = [];
  let offset = 0;
  for (const { side, bytes, frame } of pieces) {
    let from = 0;
    for (let at = 1; at < bytes.length; at++) {
      if (!places.has(offset + at)) continue;
      all.push({ side, bytes: bytes.slice(from, at), frame });
      from = at;
    }
    all.push({ side, bytes: bytes.slice(from), frame });
    offset += bytes.length;
  }
  return all;
}
