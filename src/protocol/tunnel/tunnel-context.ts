/**
 * What an analyzer inside a tunnel may say. Its facts and failures are those of the outer flow; the flow keeps its name, as that is what
 * its server speaks. The server that the inner protocol talks to is behind the tunnel's: what it says of its own names and ports would be
 * told of the wrong address, so only names of the client are passed on.
 */
import type { FactValue, PacketPosition, ProtocolFailure } from '../../flow/inspection.js';
import type { HostName, ProtocolEvents } from '../events.js';
import type { AnalysisContext } from '../recogniser.js';

export class TunnelContext implements AnalysisContext {
  readonly transport = 'tcp';
  readonly client: AnalysisContext['client'];
  readonly server: AnalysisContext['server'];
  readonly events: ProtocolEvents;
  private readonly outer: AnalysisContext;

  constructor(outer: AnalysisContext) {
    this.outer = outer;
    this.client = outer.client;
    this.server = outer.server;
    this.events = new ClientEvents(outer.events, outer.client.address);
  }

  protocol(name: string): void {
    this.outer.fact('tunnelled', name);
  }

  fact(name: string, value: FactValue): void {
    this.outer.fact(name, value);
  }

  failure(failure: Omit<ProtocolFailure, 'capture' | 'frame'>, at: PacketPosition): void {
    this.outer.failure(failure, at);
  }

  malformed(what: string, at: PacketPosition): void {
    this.outer.malformed(what, at);
  }
}

class ClientEvents implements ProtocolEvents {
  private readonly outer: ProtocolEvents;
  private readonly client: number;

  constructor(outer: ProtocolEvents, client: number) {
    this.outer = outer;
    this.client = client;
  }

  hostName(event: HostName): void {
    if (event.address === this.client) this.outer.hostName(event);
  }

  hostStatement(): void { /* of the server */ }
  nameLookup(): void { /* asked of a server that is not known */ }
  rpcBind(): void { /* its port is not that of the flow */ }
  rpcMapping(): void { /* of the server */ }
  rpcNotRegistered(): void { /* of the server */ }
  rpcQuestion(): void { /* of the server */ }
  rpcRefusal(): void { /* of the server */ }

  addressText(address: number): string {
    return this.outer.addressText(address);
  }

  addressId(text: string): number | undefined {
    return this.outer.addressId(text);
  }
}
