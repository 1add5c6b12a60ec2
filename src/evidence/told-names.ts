/** Names of addresses, and what name servers were asked: each once with its first frame as it was heard, bounded. */
import type { CapturedName } from '../capture/capture-reader.js';
import type { AddressTable } from '../decode/address-table.js';
import type { HostName, NameLookup } from '../protocol/events.js';
import type { LookupEvidence, NameEvidence } from './evidence.js';
import { compareFrames, frameOf } from './positions.js';
import { StatementIndex, TextNumbers } from './statement-index.js';

const MAX_NAMES = 20_000;
const MAX_LOOKUPS = 20_000;

export class ToldNames {
  private readonly addresses: AddressTable;
  private readonly texts = new TextNumbers();
  private readonly nameRows = new StatementIndex();
  private readonly names: NameEvidence[] = [];
  private readonly lookupRows = new StatementIndex();
  private readonly lookups: (LookupEvidence & { times: number })[] = [];

  constructor(addresses: AddressTable) {
    this.addresses = addresses;
  }

  hostName({ address, name, from, at }: HostName): void {
    const text = typeof address === 'string' ? address : this.addresses.text(address);
    if (this.isNew(text, from, name)) this.names.push({ address: text, name, from, frame: frameOf(at) });
  }

  /** Names that the file itself carries. */
  capturedNames(names: readonly CapturedName[], capture: number): void {
    for (const { address, name } of names) if (this.isNew(address, 'pcapng', name)) this.names.push({ address, name, from: 'pcapng', frame: { capture, frame: 0 } });
  }

  nameLookup({ client, server, type, name, result, addresses, at }: NameLookup): void {
    const { texts, lookups } = this;
    const row = this.lookupRows.find(client.address, texts.find(type), texts.find(name), result);
    if (row >= 0) {
      lookups[row]!.times++;
      return;
    }
    if (lookups.length >= MAX_LOOKUPS) return;
    this.lookupRows.add(client.address, texts.of(type), texts.of(name), result);
    lookups.push({ client: this.addresses.text(client.address), server: this.addresses.text(server.address), name, type, result, addresses, frame: frameOf(at), times: 1 });
  }

  /** In the order of frames. Names of addresses that no packet came from or went to are of no use; which those are is known at the end only. */
  lists(): { names: NameEvidence[]; lookups: LookupEvidence[] } {
    return {
      names: this.names.filter((name) => name.from === 'pcapng' || this.addresses.idOf(name.address) !== undefined).sort((a, b) => compareFrames(a.frame, b.frame)),
      lookups: [...this.lookups].sort((a, b) => compareFrames(a.frame, b.frame)),
    };
  }

  /** Not heard before, and there is room for it: it counts as heard from now on. */
  private isNew(address: string, from: string, name: string): boolean {
    const { texts, nameRows } = this;
    if (nameRows.length >= MAX_NAMES || nameRows.find(texts.find(address), texts.find(from), texts.find(name), 0) >= 0) return false;
    nameRows.add(texts.of(address), texts.of(from), texts.of(name), 0);
    return true;
  }
}
