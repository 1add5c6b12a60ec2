/**
 * Who sent a RST: the host, or a device that speaks in its name. A device's RST has its own TTL (it starts nearer or farther
 * away), comes sooner than the host can answer, often to both sides at once, at several sequence numbers, and with an IP id out of the host's
 * count (connection-outcomes: "Who sent the RST?").
 */
import type { Flow, SketchRow } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { secondsBetween } from './moments.js';

const FIN = 0x01, RST = 0x04, ACK = 0x10;
/** Below it, timing tells nothing: a busy host answers within that too. */
const LONG_TRIP_MS = 4;
const TOO_EARLY = 4;
/** Devices send to both sides in one go; a busy one needs some milliseconds. */
const CROSSING_SECONDS = 0.1;
/** Hosts that count their packets are never so far on within one connection that is looked at packet by packet. */
const ID_STEP = 256;

type Side = SketchRow['from'];

export interface ResetOrigin {
  readonly by: 'host' | 'device' | 'unknown';
  readonly reason: string;
  /** Both sides were reset in the same moment. */
  readonly crossed?: true;
}

const UNKNOWN: ResetOrigin = { by: 'unknown', reason: '' };

/** `side`: in whose name the RST was sent. */
export function resetOrigin(flow: Flow, file: CaseFile, side: Side = 'server'): ResetOrigin {
  const reset = resetOf(flow, side);
  const who = file.labels.short(flow[side].address);
  const crossed = crossingOf(flow, file);
  if (crossed !== null) return { by: 'device', reason: crossed, crossed: true };
  const early = side === 'server' ? tooEarly(flow, file) : null;
  if (early !== null) return { by: 'device', reason: early };
  const ttl = reset?.ttl ?? (side === 'server' ? flow.ttl.server : null);
  if (ttl === null || ttl === 0) return UNKNOWN;
  // Where packets are seen at several points, the same sender shows several TTLs.
  const severalPoints = (file.evidence.captures[flow.first.capture]?.traits.duplicates ?? 0) > 0;
  const own = ownTtls(flow, side);
  const usual = own.length > 0 && !severalPoints ? own : usualTtl(flow, file, side);
  if (usual === null) return UNKNOWN;
  if (usual.includes(ttl)) return reset !== undefined && !severalPoints && isVolley(flow, side) ? { by: 'device', reason: volleyText(flow, side, who) } : { by: 'host', reason: `the RST has TTL ${ttl}, as other packets of ${who}` };
  if (severalPoints) return UNKNOWN;
  const also = reset === undefined ? [] : [...(isVolley(flow, side) ? [`it is repeated at ${sequencesOf(flow, side).length} sequence numbers`] : []), ...strangeId(flow, side, reset)];
  return { by: 'device', reason: `the RST has TTL ${ttl}, but packets of ${who} arrive with TTL ${usual.join(' or ')}${also.map((text) => `, and ${text}`).join('')}: another device sent it in its name` };
}

/** The first RST of that side; undefined: the sketch has none. */
export function resetOf({ sketch }: Flow, side: Side): SketchRow | undefined {
  return sketch.find((row) => row.from === side && (row.flags & RST) !== 0);
}

/**
 * Two RSTs that cross each other: no host answers a RST with a RST (RFC 9293, 3.10.7), so neither caused the other. One without ACK answers a packet that
 * came to a socket closed meanwhile, and beside a FIN programs leave as they like: such pairs say nothing. null: none.
 */
function crossingOf(flow: Flow, file: CaseFile): string | null {
  const { labels } = file;
  const server = resetOf(flow, 'server');
  const client = resetOf(flow, 'client');
  if (server === undefined || client === undefined || !(Math.abs(secondsBetween(server.time, client.time)) <= CROSSING_SECONDS)) return null;
  if ((server.flags & client.flags & ACK) === 0 || flow.sketch.some((row) => (row.flags & FIN) !== 0)) return null;
  const pair = [server, client].sort((a, b) => a.frame.frame - b.frame.frame);
  return `both sides are reset in the same moment (${pair.map((row) => `${file.at(row.frame)} in the name of ${labels.short(flow[row.from].address)}`).join(', ')}), and no host answers a RST with a RST: another device sent both`;
}

/** TTLs of the other packets of that side in the same connection. */
function ownTtls({ sketch, outcome, ttl }: Flow, side: Side): number[] {
  const first = ttl[side];
  // A sketch that began late does not have the handshake, whose packet of that side was its first.
  const shakes = outcome === 'accepted' && first !== null && first !== 0 ? [first] : [];
  return [...new Set([...shakes, ...sketch.filter((row) => row.from === side && (row.flags & RST) === 0 && row.ttl !== 0).map((row) => row.ttl)])].sort((a, b) => a - b);
}

function sequencesOf({ sketch }: Flow, side: Side): number[] {
  return [...new Set(sketch.filter((row) => row.from === side && (row.flags & RST) !== 0).map((row) => row.sequence))];
}

/** RSTs at several sequence numbers at once, as somebody sends them who has to hit a window that moves. */
function isVolley(flow: Flow, side: Side): boolean {
  const resets = flow.sketch.filter((row) => row.from === side && (row.flags & RST) !== 0);
  const [first] = resets;
  if (first === undefined || sequencesOf(flow, side).length < 3) return false;
  const last = resets[resets.length - 1]!;
  // What a closed socket answers to each of several packets takes its numbers from them.
  const answered = flow.sketch.filter((row) => row.from !== side && (row.length > 0 || (row.flags & FIN) !== 0)).length;
  return secondsBetween(first.time, last.time) <= CROSSING_SECONDS && resets.length > answered + 1;
}

function volleyText(flow: Flow, side: Side, who: string): string {
  return `RSTs in the name of ${who} come at ${sequencesOf(flow, side).length} sequence numbers at once, as a host never sends them: another device does, to be sure to hit`;
}

/** A host that numbers its packets one by one does not jump. Linux sends 0 where it has no socket, so 0 says nothing. */
function strangeId(flow: Flow, side: Side, reset: SketchRow): string[] {
  const ids = flow.sketch.filter((row) => row.from === side && (row.flags & RST) === 0 && row.ipId !== 0).map((row) => row.ipId);
  const counts = ids.length > 1 && ids.slice(1).every((id, i) => ((id - ids[i]!) & 0xffff) <= ID_STEP);
  if (!counts || reset.ipId === 0) return [];
  const step = (reset.ipId - ids[ids.length - 1]!) & 0xffff;
  return step <= ID_STEP || step >= 0x10000 - ID_STEP ? [] : [`its IP identification (${reset.ipId}) is out of that host's count (${ids[ids.length - 1]})`];
}

/** A RST that comes to the client in a fraction of the time that the server's answers take was sent by somebody nearer. */
function tooEarly(flow: Flow, file: CaseFile): string | null {
  // On the server's side everything of the server comes at once, and a handshake takes as long as the client's answer.
  if (file.vantages[flow.first.capture]?.host !== flow.client.address) return null;
  const reset = resetOf(flow, 'server');
  const cause = flow.sketch.filter((row) => row.from === 'client' && reset !== undefined && !(secondsBetween(row.time, reset.time) < 0)).at(-1);
  if (reset === undefined || cause === undefined) return null;
  const trips = file.byServer(flow.server.address).filter((one) => one !== flow && one.client.address === flow.client.address && one.first.capture === flow.first.capture && one.handshakeMs !== null).map((one) => one.handshakeMs!);
  const trip = Math.min(...trips);
  const took = secondsBetween(cause.time, reset.time) * 1000;
  if (trips.length === 0 || !(trip >= LONG_TRIP_MS) || !(took >= 0) || took * TOO_EARLY > trip) return null;
  return `the RST comes after ${took.toFixed(1)} ms, but ${file.labels.short(flow.server.address)} takes ${trip.toFixed(1)} ms to answer: another device sent it in its name`;
}

/** TTLs with which other packets of that host arrive where the flow was captured; null: none was seen. */
function usualTtl(flow: Flow, file: CaseFile, side: Side): number[] | null {
  const found = new Set<number>();
  if (side === 'server') {
    for (const other of file.byServer(flow.server.address)) {
      if (other === flow || other.ttl.server === null || other.first.capture !== flow.first.capture) continue;
      if (other.outcome === 'refused' || other.outcome === 'no-answer' || other.outcome === 'rejected' || other.outcome === 'one-way') continue;
      if (other.client.address === flow.client.address) found.add(other.ttl.server);
    }
  }
  if (found.size === 0) {
    const sender = file.evidence.captures[flow.first.capture]?.traits.senders.find((one) => one.address === flow[side].address);
    // One packet is this very RST.
    if (sender !== undefined && sender.packets > 4) found.add(sender.ttl);
  }
  return found.size === 0 ? null : [...found].sort((a, b) => a - b);
}
