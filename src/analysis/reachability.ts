/**
 * What got through to hosts that also failed to answer: the support without which silence is never called blocked. Filled in
 * the walk that classifies conversations.
 */
import type { Conversation } from '../evidence/evidence.js';
import type { FrameReference, Time } from '../flow/flow.js';

/** A conversation that got through. There may be thousands: where and when is made only of those that are told of. */
export class Reached {
  readonly client: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  /** True: the host refused (RST) or answered with an ICMP error of its own: it is up and its answers come back. */
  readonly refused: boolean;
  private readonly conversation: Conversation;

  constructor(conversation: Conversation, refused: boolean) {
    this.client = conversation.client;
    this.transport = conversation.transport;
    this.port = conversation.serverPort;
    this.refused = refused;
    this.conversation = conversation;
  }

  get frame(): FrameReference { return this.conversation.frames[0] ?? { capture: 0, frame: 0 }; }
  get start(): Time { return this.conversation.start; }
  get end(): Time { return this.conversation.end; }
}

const MAX_PER_SERVER = 256;

export class Reachability {
  private readonly servers: ReadonlySet<string>;
  private readonly byServer = new Map<string, Reached[]>();

  constructor(servers: ReadonlySet<string>) {
    this.servers = servers;
  }

  meet({ server }: Conversation): boolean {
    return this.servers.has(server);
  }

  note(conversation: Conversation): boolean {
    const { outcomes } = conversation;
    const worked = outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined
      || outcomes['reset-early'] !== undefined || outcomes.stalled !== undefined;
    const refused = !worked && outcomes.refused !== undefined;
    if (!worked && !refused) return false;
    let list = this.byServer.get(conversation.server);
    if (list === undefined) this.byServer.set(conversation.server, list = []);
    if (list.length >= MAX_PER_SERVER) return false;
    list.push(new Reached(conversation, refused));
    return true;
  }

  /** Other clients that reached this very port. */
  samePort(server: string, transport: string, port: number, notClient: string): Reached | undefined {
    return this.of(server).find((one) => one.transport === transport && one.port === port && one.client !== notClient && !one.refused);
  }

  /** Whoever reached this port. */
  anyClient(server: string, transport: string, port: number): Reached | undefined {
    return this.of(server).find((one) => one.transport === transport && one.port === port && !one.refused);
  }

  /** Other ports of the server that this client reached; those that worked first. */
  otherPorts(client: string, server: string, transport: string, port: number): readonly Reached[] {
    return this.of(server).filter((one) => one.client === client && !(one.transport === transport && one.port === port)).sort((a, b) => Number(a.refused) - Number(b.refused));
  }

  /** Anything of the server that anybody reached. */
  anything(server: string): Reached | undefined {
    return this.of(server).find((one) => !one.refused) ?? this.of(server)[0];
  }

  private of(server: string): readonly Reached[] {
    return this.byServer.get(server) ?? [];
  }
}
