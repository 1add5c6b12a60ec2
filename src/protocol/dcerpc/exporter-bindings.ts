/** String bindings of a DCOM answer as events: ports of object exporters, and the names by which the server calls itself. */
import { canonicalAddress, parseAddress } from '../../decode/address-text.js';
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext } from '../recogniser.js';
import type { StringBinding } from './string-bindings.js';

/** Names of one server that are told per connection. */
const NAMES_MAXIMUM = 8;
const NAME_MAXIMUM = 255;
const ADDRESSES_MAXIMUM = 32;

const NONE: readonly string[] = [];

export class ExporterBindings {
  private readonly context: AnalysisContext;
  /** Told before. */
  private names: readonly string[] = NONE;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  /** A binding without a port is that of the resolver itself: no mapping. */
  tell(bindings: readonly StringBinding[], at: PacketPosition, asked: Readonly<PacketPosition> | null): void {
    const { client, server, transport, events } = this.context;
    for (const { protocol, host, port } of bindings) {
      if (protocol !== 'ncacn_ip_tcp' && protocol !== 'ncadg_ip_udp' && protocol !== 'ncacn_http') continue;
      if (port !== 0) {
        events.rpcMapping({
          client, server, transport, source: 'oxid', interface: null, protocol, port, announced: host, annotation: '', at: copyPosition(at), asked,
        });
      }
      this.name(host, at);
    }
    this.addresses(bindings, at);
  }

  /** The bindings of one answer are those of one machine: the resolver's own, or those of an object exporter beside it. */
  private addresses(bindings: readonly StringBinding[], at: PacketPosition): void {
    const { server, events } = this.context;
    const addresses = [...new Set(bindings.flatMap(({ host }) => canonicalAddress(host) ?? []))];
    if (addresses.length > 0) events.hostStatement({ address: server.address, from: 'dcom', addresses: addresses.slice(0, ADDRESSES_MAXIMUM), name: '', at: copyPosition(at) });
  }

  private name(host: string, at: PacketPosition): void {
    const { server, events } = this.context;
    if (host === '' || host.length > NAME_MAXIMUM || this.names.includes(host) || this.names.length >= NAMES_MAXIMUM) return;
    this.names = [...this.names, host];
    if (parseAddress(host) === undefined) events.hostName({ address: server.address, name: host, from: 'dcom', at: copyPosition(at) });
  }
}
