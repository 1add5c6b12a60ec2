/**
 * Steps of an operation that leave no connection of their own: Kerberos tickets asked for and shown, and what goes on where no
 * capture shows it. Each once for its client, server and kind; the earliest frame stands for all.
 */
import type { AddressTable } from '../decode/address-table.js';
import type { HiddenTraffic, TicketUse } from '../protocol/events.js';
import type { HiddenEvidence, TicketEvidence } from './evidence.js';
import { compareFrames, frameOf, timeOf } from './positions.js';

const MAX_TICKETS = 20_000;
const MAX_HIDDEN = 5_000;

export class ToldSteps {
  private readonly tickets = new Map<string, TicketEvidence & { times: number }>();
  private readonly hidden = new Map<string, HiddenEvidence>();
  private readonly addresses: AddressTable;

  constructor(addresses: AddressTable) {
    this.addresses = addresses;
  }

  ticketUse({ client, server, service, user, kind, result, at }: TicketUse): void {
    const key = `${client.address} ${server.address} ${kind} ${result} ${service}`;
    const known = this.tickets.get(key);
    if (known === undefined ? this.tickets.size >= MAX_TICKETS : compareFrames(at, known.frame) >= 0) {
      if (known !== undefined) known.times++;
      return;
    }
    this.tickets.set(key, {
      client: this.addresses.text(client.address), server: this.addresses.text(server.address), service, user, kind, result, frame: frameOf(at), time: timeOf(at),
      times: (known?.times ?? 0) + 1,
    });
  }

  hiddenTraffic({ client, server, kind, detail, at }: HiddenTraffic): void {
    this.addHidden(`${client.address} ${server.address} ${server.port} ${kind} ${detail}`, {
      kind, client: this.addresses.text(client.address), server: this.addresses.text(server.address), port: server.port, detail, frame: frameOf(at),
    });
  }

  /** In the order of frames. */
  lists(): { tickets: TicketEvidence[]; hidden: HiddenEvidence[] } {
    return {
      tickets: [...this.tickets.values()].sort((a, b) => compareFrames(a.frame, b.frame) || (a.service < b.service ? -1 : 1)),
      hidden: [...this.hidden.values()].sort((a, b) => compareFrames(a.frame, b.frame) || (a.kind < b.kind ? -1 : 1)),
    };
  }

  private addHidden(key: string, one: HiddenEvidence): void {
    const known = this.hidden.get(key);
    if (known === undefined ? this.hidden.size < MAX_HIDDEN : compareFrames(one.frame, known.frame) < 0) this.hidden.set(key, one);
  }
}
