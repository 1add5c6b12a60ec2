/**
 * A router that translates addresses leaves sequence numbers as they are: a SYN with the initial sequence number of another SYN of
 * the last moments, between other sockets, is the same connection on the other side of the router. The last few thousand SYNs are
 * remembered.
 */
import type { TranslatedSockets } from './flow-annex.js';

const SLOT_BITS = 12;
const SLOTS = 1 << SLOT_BITS;
/** Between the SYN before and behind the router. */
const MAX_SECONDS = 2;

export class TranslationWatch {
  private readonly sequences = new Int32Array(SLOTS);
  private readonly clients = new Int32Array(SLOTS);
  private readonly servers = new Int32Array(SLOTS);
  /** client port << 16 | server port */
  private readonly ports = new Int32Array(SLOTS);
  private readonly seconds = new Float64Array(SLOTS).fill(NaN);
  private readonly records = new Int32Array(SLOTS);
  /** The twin of the SYN last seen: valid while `see` answered true. */
  twinRecord = -1;
  twin: TranslatedSockets | null = null;

  /** Remembers a SYN; true when it is that of a connection already seen on the other side of a router. */
  see(sequence: number, client: number, clientPort: number, server: number, serverPort: number, seconds: number, record: number): boolean {
    const slot = Math.imul(sequence, 0x9e3779b1) >>> (32 - SLOT_BITS);
    const ports = (clientPort << 16) | serverPort;
    const same = this.sequences[slot] === sequence && Math.abs(seconds - this.seconds[slot]!) <= MAX_SECONDS;
    const sameSockets = this.clients[slot] === client && this.servers[slot] === server && this.ports[slot] === ports;
    const found = same && !sameSockets;
    if (found) {
      this.twinRecord = this.records[slot]!;
      this.twin = { clientAddress: this.clients[slot]!, clientPort: this.ports[slot]! >>> 16, serverAddress: this.servers[slot]!, serverPort: this.ports[slot]! & 0xffff };
    }
    this.sequences[slot] = sequence;
    this.clients[slot] = client;
    this.servers[slot] = server;
    this.ports[slot] = ports;
    this.seconds[slot] = seconds;
    this.records[slot] = record;
    return found;
  }
}
