/**
 * Flows for which the table of conversations has no room: counted by server, transport and port, with the distinct clients
 * estimated from below by a bitmap (a hash that two clients share counts once).
 */
import type { AddressTable } from '../decode/address-table.js';
import type { Outcome } from '../flow/flow.js';
import type { AggregatedTraffic } from './evidence.js';

const BITMAP_BITS = 8192;
/** Beyond it everything goes into one row: port 0 of the server met first. */
const MAX_ROWS = 4096;

interface AggregateRow {
  readonly server: number;
  readonly tcp: boolean;
  readonly port: number;
  flows: number;
  clients: number;
  readonly seen: Uint32Array;
  readonly outcomes: number[];
}

export class TrafficAggregates {
  private readonly rows = new Map<number, AggregateRow>();
  flows = 0;

  add(server: number, tcp: boolean, port: number, client: number, outcome: number): void {
    const row = this.row(server, tcp, port);
    row.flows++;
    this.flows++;
    row.outcomes[outcome] = (row.outcomes[outcome] ?? 0) + 1;
    this.see(row, (Math.imul(client, 0x9e3779b1) >>> 0) % BITMAP_BITS);
  }

  private row(server: number, tcp: boolean, port: number): AggregateRow {
    let key = (server * 2 + (tcp ? 1 : 0)) * 65_536 + port;
    if (!this.rows.has(key) && this.rows.size >= MAX_ROWS) key = this.rows.keys().next().value!;
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { server, tcp, port, flows: 0, clients: 0, seen: new Uint32Array(BITMAP_BITS / 32), outcomes: [] };
      this.rows.set(key, row);
    }
    return row;
  }

  private see(row: AggregateRow, bit: number): void {
    const mask = 1 << (bit & 31);
    if ((row.seen[bit >> 5]! & mask) === 0) {
      row.seen[bit >> 5]! |= mask;
      row.clients++;
    }
  }

  list(addresses: AddressTable, outcomeNames: readonly Outcome[]): AggregatedTraffic[] {
    return [...this.rows.values()].map((row) => {
      const outcomes: Partial<Record<Outcome, number>> = {};
      row.outcomes.forEach((count, i) => {
        if (count > 0) outcomes[outcomeNames[i]!] = count;
      });
      return { server: addresses.text(row.server), transport: row.tcp ? 'tcp' : 'udp', serverPort: row.port, clients: row.clients, flows: row.flows, outcomes };
    });
  }
}
