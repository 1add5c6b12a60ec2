/**
 * Who sent a RST: the host, or a device that speaks in its name. A device's RST has its own TTL (it starts nearer or farther
 * away), and often IP id 0 where the host counts (connection-outcomes: "Who sent the RST?").
 */
import type { Flow } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { secondsBetween } from './moments.js';

const RST = 0x04;
/** Below it, timing tells nothing: a busy host answers within that too. */
const LONG_TRIP_MS = 4;
const TOO_EARLY = 4;

export interface ResetOrigin {
  readonly by: 'host' | 'device' | 'unknown';
  readonly reason: string;
}

export function resetOrigin(flow: Flow, file: CaseFile): ResetOrigin {
  const reset = flow.sketch.find((row) => row.from === 'server' && (row.flags & RST) !== 0);
  const ttl = reset?.ttl ?? flow.ttl.server;
  if (ttl === null || ttl === undefined || ttl === 0) return { by: 'unknown', reason: '' };
  const usual = usualTtl(flow, file);
  if (usual === null) return { by: 'unknown', reason: '' };
  const who = file.labels.short(flow.server.address);
  const early = tooEarly(flow, file);
  if (early !== null) return { by: 'device', reason: early };
  if (usual.includes(ttl)) return { by: 'host', reason: `the RST has TTL ${ttl}, as other packets of ${who}` };
  // Where packets are seen at several points, the same sender shows several TTLs.
  if ((file.evidence.captures[flow.first.capture]?.traits.duplicates ?? 0) > 0) return { by: 'unknown', reason: '' };
  return { by: 'device', reason: `the RST has TTL ${ttl}, but packets of ${who} arrive with TTL ${usual.join(' or ')}: another device sent it in its name` };
}

/** A RST that comes to the client in a fraction of the time that the server's answers take was sent by somebody nearer. */
function tooEarly(flow: Flow, file: CaseFile): string | null {
  // On the server's side everything of the server comes at once, and a handshake takes as long as the client's answer.
  if (file.vantages[flow.first.capture]?.host !== flow.client.address) return null;
  const reset = flow.sketch.find((row) => row.from === 'server' && (row.flags & RST) !== 0);
  const cause = flow.sketch.filter((row) => row.from === 'client' && reset !== undefined && !(secondsBetween(row.time, reset.time) < 0)).at(-1);
  if (reset === undefined || cause === undefined) return null;
  const trips = file.byServer(flow.server.address).filter((one) => one !== flow && one.client.address === flow.client.address && one.first.capture === flow.first.capture && one.handshakeMs !== null).map((one) => one.handshakeMs!);
  const trip = Math.min(...trips);
  const took = secondsBetween(cause.time, reset.time) * 1000;
  if (trips.length === 0 || !(trip >= LONG_TRIP_MS) || !(took >= 0) || took * TOO_EARLY > trip) return null;
  return `the RST comes after ${took.toFixed(1)} ms, but ${file.labels.short(flow.server.address)} takes ${trip.toFixed(1)} ms to answer: another device sent it in its name`;
}

/** TTLs with which answers of this server arrive where the flow was captured; null: none was seen. */
function usualTtl(flow: Flow, file: CaseFile): number[] | null {
  const found = new Set<number>();
  for (const other of file.byServer(flow.server.address)) {
    if (other === flow || other.ttl.server === null || other.first.capture !== flow.first.capture) continue;
    if (other.outcome === 'refused' || other.outcome === 'no-answer' || other.outcome === 'rejected' || other.outcome === 'one-way') continue;
    if (other.client.address === flow.client.address) found.add(other.ttl.server);
  }
  if (found.size === 0) {
    const sender = file.evidence.captures[flow.first.capture]?.traits.senders.find((one) => one.address === flow.server.address);
    // One packet is this very RST.
    if (sender !== undefined && sender.packets > 4) found.add(sender.ttl);
  }
  return found.size === 0 ? null : [...found].sort((a, b) => a - b);
}
