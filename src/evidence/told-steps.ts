/**
 * Steps of an operation that leave no connection of their own: Kerberos tickets asked for and shown, and what goes on where no
 * capture shows it. Each once for its client, server and kind; the earliest frame stands for all.
 */
import type { AddressTable } from '../decode/address-table.js';
import type { HiddenTraffic, TicketUse } from '../protocol/events.js';
import type { HiddenEvidence, TicketEvidence } from './evidence.js';
import { compareFrames, frameOf, timeOf } from './positions.js';
import { StatementIndex, TextNumbers } from './statement-index.js';

const MAX_TICKETS = 20_000;
const MAX_HIDDEN = 5_000;

const KINDS: readonly TicketUse['kind'][] = ['logon', 'ticket', 'for-user', 'on-behalf', 'presented'];

export class ToldSteps {
  private readonly texts = new TextNumbers();
  private readonly ticketRows = new StatementIndex();
  private readonly tickets: (TicketEvidence & { times: number })[] = [];
  private readonly hidden = new Map<string, HiddenEvidence>();
  private readonly addresses: AddressTable;

  constructor(addresses: AddressTable) {
    this.addresses = addresses;
  }

  ticketUse({ client, server, service, user, kind, result, at }: TicketUse): void {
    const { texts, tickets } = this;
    const kindNumber = KINDS.indexOf(kind);
    const row = this.ticketRows.find(client.address, server.address, texts.find(result) * KINDS.length + kindNumber, texts.find(service));
    const known = row < 0 ? undefined : tickets[row];
    if (known === undefined ? tickets.length >= MAX_TICKETS : compareFrames(at, known.frame) >= 0) {
      if (known !== undefined) known.times++;
      return;
    }
    const place = known === undefined ? this.ticketRows.add(client.address, server.address, texts.of(result) * KINDS.length + kindNumber, texts.of(service)) : row;
    tickets[place] = {
      client: this.addresses.text(client.address), server: this.addresses.text(server.address), service, user, kind, result, frame: frameOf(at), time: timeOf(at),
      times: (known?.times ?? 0) + 1,
    };
  }

  hiddenTraffic({ client, server, kind, detail, at }: HiddenTraffic): void {
    this.addHidden(`${client.address} ${server.address} ${server.port} ${kind} ${detail}`, {
      kind, client: this.addresses.text(client.address), server: this.addresses.text(server.address), port: server.port, detail, frame: frameOf(at),
    });
  }

  /** In the order of frames. */
  lists(): { tickets: TicketEvidence[]; hidden: HiddenEvidence[] } {
    return {
      tickets: [...this.tickets].sort((a, b) => compareFrames(a.frame, b.frame) || (a.service < b.service ? -1 : 1)),
      hidden: [...this.hidden.values()].sort((a, b) => compareFrames(a.frame, b.frame) || (a.kind < b.kind ? -1 : 1)),
    };
  }

  private addHidden(key: string, one: HiddenEvidence): void {
    const known = this.hidden.get(key);
    if (known === undefined ? this.hidden.size < MAX_HIDDEN : compareFrames(one.frame, known.frame) < 0) this.hidden.set(key, one);
  }
}
