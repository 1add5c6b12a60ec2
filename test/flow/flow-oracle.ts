/**
 * Flows the slow and obvious way: packets are plain objects, a map is keyed by strings, and what a flow was is worked out at its
 * end from the list of its packets. One capture point, sequence numbers that do not go round.
 */
import { isServerPort } from '../../src/flow/server-ports.js';

export interface OraclePacket {
  readonly transport: 'tcp' | 'udp';
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
  /** TCP: letters of S, A, F, R, P. */
  readonly flags: string;
  readonly seq: number;
  /** At least 1 where the flags have A. */
  readonly ack: number;
  readonly length: number;
  /** Milliseconds, and the number of the frame. */
  readonly time: number;
  readonly frame: number;
}

const UDP_IDLE_MS = 60_000;
const HEADERS = { tcp: 40, udp: 28 };

export function oracleFlows(packets: readonly OraclePacket[]) {
  const live = new Map<string, OraclePacket[]>();
  const ended: OraclePacket[][] = [];
  for (const packet of packets) {
    const ends = [`${packet.from}:${packet.fromPort}`, `${packet.to}:${packet.toPort}`].sort();
    const key = [packet.transport, ...ends].join(' ');
    const known = live.get(key);
    if (known !== undefined && !beginsAnew(known, packet)) known.push(packet);
    else {
      if (known !== undefined) ended.push(known);
      live.set(key, [packet]);
    }
  }
  return [...ended, ...live.values()].map(describe).sort((a, b) => a.first - b.first);
}

function beginsAnew(flow: readonly OraclePacket[], packet: OraclePacket): boolean {
  if (packet.transport === 'udp') return packet.time - Math.max(...flow.map((each) => each.time)) > UDP_IDLE_MS;
  if (!isSyn(packet) || !flow.some(({ flags }) => flags.includes('F') || flags.includes('R'))) return false;
  const own = flow.filter((each) => senderOf(each) === senderOf(packet));
  return !own.some(isSyn) || own.findLast(({ flags }) => flags.includes('S'))!.seq !== packet.seq;
}

const isSyn = ({ flags }: OraclePacket) => flags.includes('S') && !flags.includes('A');
const isSynAck = ({ flags }: OraclePacket) => flags.includes('S') && flags.includes('A');
const isRst = ({ flags }: OraclePacket) => flags.includes('R');
/** Acknowledgements, data, and FIN: what a side says beyond opening and resetting. */
const speaks = ({ flags }: OraclePacket) => flags.includes('F') || (!flags.includes('S') && !flags.includes('R'));
const senderOf = ({ from, fromPort }: OraclePacket) => `${from}:${fromPort}`;
const receiverOf = ({ to, toPort }: OraclePacket) => `${to}:${toPort}`;

function describe(flow: readonly OraclePacket[]) {
  const { client, orientation } = orient(flow);
  const of = (isClient: boolean) => flow.filter((packet) => (senderOf(packet) === client) === isClient);
  const [c, s] = [of(true), of(false)];
  const sum = (of: (packet: OraclePacket) => number) => ({ client: c.reduce((total, packet) => total + of(packet), 0), server: s.reduce((total, packet) => total + of(packet), 0) });
  const tcp = flow[0]!.transport === 'tcp';
  const streams = { client: streamOf(c, s, flow), server: streamOf(s, c, flow) };
  return {
    client, orientation,
    packets: sum(() => 1), bytes: sum(({ transport, length }) => HEADERS[transport] + length), payload: sum(({ length }) => length),
    first: flow[0]!.frame, last: flow.at(-1)!.frame, start: Math.min(...flow.map(({ time }) => time)), end: Math.max(...flow.map(({ time }) => time)),
    retransmissions: tcp ? streams.client.repeated + streams.server.repeated : null,
    outcome: tcp ? tcpOutcome(flow, c, s, streams.client.isStalled || streams.server.isStalled) : c.length > 0 && s.length > 0 ? 'answered' : 'one-way',
    state: tcp ? zeekState(c, s) : c.length > 0 ? (s.length > 0 ? 'SF' : 'S0') : 'SHR',
  };
}

function orient(flow: readonly OraclePacket[]): { client: string; orientation: string } {
  const first = flow[0]!;
  let client: string | undefined;
  flow.forEach((packet, i) => {
    if (isSynAck(packet)) client = receiverOf(packet);
    else if (isSyn(packet) && !flow.slice(0, i).some((each) => isSyn(each) && senderOf(each) === receiverOf(packet))) client = senderOf(packet);
  });
  if (client !== undefined) return { client, orientation: 'handshake' };
  if (answersUnseenSyn(first)) return { client: receiverOf(first), orientation: 'first-packet' };
  const isAnswered = flow.some((packet) => senderOf(packet) !== senderOf(first));
  if (first.transport === 'udp' && first.fromPort === first.toPort && isAnswered) return { client: [senderOf(first), receiverOf(first)].sort()[0]!, orientation: 'symmetric' };
  const listed = [isServerPort(first.fromPort), isServerPort(first.toPort)];
  if (listed[0] !== listed[1]) return { client: listed[0] === 1 ? receiverOf(first) : senderOf(first), orientation: 'port' };
  return { client: senderOf(first), orientation: 'first-packet' };
}

function answersUnseenSyn({ transport, flags, seq, length }: OraclePacket): boolean {
  return transport === 'tcp' && flags.includes('R') && flags.includes('A') && seq === 0 && length === 0;
}

/** What one side sent, byte by byte, and whether the other acknowledged it in the end. */
function streamOf(own: readonly OraclePacket[], other: readonly OraclePacket[], flow: readonly OraclePacket[]): { repeated: number; isStalled: boolean } {
  let behind = own[0]?.seq ?? 0;
  let acknowledged = 0;
  let repeated = 0;
  let isRepeating = false;
  for (const packet of flow) {
    const { flags, seq, length, ack } = packet;
    if (own.includes(packet)) {
      const syn = flags.includes('S') ? 1 : 0;
      if (syn === 1) behind = Math.max(behind, seq + 1);
      if (length > 0 && seq + syn + length > behind) behind = seq + syn + length;
      else if (length > 0 && !(length === 1 && seq + 1 === behind)) {
        repeated++;
        isRepeating = true;
      }
      if (flags.includes('F')) behind = Math.max(behind, seq + length + 1);
    } else if (flags.includes('A') && ack > acknowledged) {
      acknowledged = ack;
      isRepeating = false;
    }
  }
  return { repeated, isStalled: isRepeating && (acknowledged === 0 ? other.length > 0 : behind > acknowledged) };
}

function tcpOutcome(flow: readonly OraclePacket[], c: readonly OraclePacket[], s: readonly OraclePacket[], isStalled: boolean): string {
  const syn = c.some(isSyn);
  const serverPayload = s.some(({ length }) => length > 0);
  if (s.some(isSynAck) || (syn && serverPayload)) {
    const resetsAfter = (rst: OraclePacket) => c.some((packet) => speaks(packet) && packet.frame < rst.frame);
    if (!serverPayload && s.some((packet) => isRst(packet) && resetsAfter(packet))) return 'reset-early';
    if (isStalled) return 'stalled';
    const opened = s.filter(({ flags }) => flags.includes('S'));
    const isRepeated = opened.some((packet, i) => isSynAck(packet) && opened.slice(0, i).some(isSynAck) && opened[i - 1]!.seq === packet.seq);
    return isRepeated && c.length > 0 && !c.some(speaks) && !c.some(isRst) ? 'half-open' : 'accepted';
  }
  const [lone] = flow;
  const initial = c.findLast(isSyn)?.seq ?? 0;
  // What takes up no sequence space says nothing of what was sent, but where it is the first of its side.
  const occupying = c.filter(({ flags, length }, i) => i === 0 || length > 0 || flags.includes('S') || flags.includes('F'));
  const behind = Math.max(...occupying.map((packet) => packet.seq + packet.length + (packet.flags.includes('S') ? 1 : 0) + (packet.flags.includes('F') ? 1 : 0)));
  const acknowledged = Math.max(0, ...s.filter(({ flags }) => flags.includes('A')).map(({ ack }) => ack));
  const answersSyn = acknowledged === 0 || (acknowledged > initial && acknowledged <= behind);
  if ((syn && s.some(isRst) && answersSyn) || (flow.length === 1 && s.length === 1 && isRst(lone!) && lone!.flags.includes('A'))) return 'refused';
  return syn && !c.some(speaks) ? 'no-answer' : 'midstream';
}

/** The table in Zeek's documentation of conn.log. */
function zeekState(c: readonly OraclePacket[], s: readonly OraclePacket[]): string {
  const fin = ({ flags }: OraclePacket) => flags.includes('F');
  const syn = c.some(isSyn);
  const synAck = s.some(isSynAck);
  if (s.some(isRst)) return syn && !synAck ? 'REJ' : syn ? 'RSTR' : 'RSTRH';
  if (c.some(isRst)) return synAck ? 'RSTO' : 'RSTOS0';
  if (c.some(fin) && s.some(fin)) return 'SF';
  if (c.some(fin)) return synAck ? 'S2' : 'SH';
  if (s.some(fin)) return syn ? 'S3' : 'SHR';
  if (syn && !synAck && !s.some(speaks)) return 'S0';
  return syn && synAck ? 'S1' : 'OTH';
}
