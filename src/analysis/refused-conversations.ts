/** Conversations with failures above the transport: when they were heard last, and where they stand. */
import type { Conversation } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import { conversationKey } from './attempts.js';
import { secondsOf } from './moments.js';

export class RefusedConversations {
  /** By `conversationKey`: seconds of the last packet. */
  readonly lastHeard = new Map<string, number>();
  /** Positions of conversations, by the same. */
  private readonly indexes = new Map<string, number>();
  private readonly services = new Set<string>();

  constructor(notable: readonly Flow[]) {
    for (const { client, server, transport, overlay, failures } of notable) {
      if (failures.length === 0) continue;
      this.lastHeard.set(conversationKey(client.address, server.address, transport, server.port, overlay), -Infinity);
      this.services.add(conversationKey('', server.address, transport, server.port, overlay));
    }
  }

  meet({ server, transport, serverPort, overlay, application }: Conversation): boolean {
    return application !== null && this.services.has(conversationKey('', server, transport, serverPort, overlay));
  }

  note({ index, client, server, transport, serverPort, overlay, end }: Conversation): boolean {
    const key = conversationKey(client, server, transport, serverPort, overlay);
    if (this.lastHeard.has(key)) {
      this.lastHeard.set(key, secondsOf(end));
      this.indexes.set(key, index);
    }
    return true;
  }

  /** undefined: the flow is of no conversation with an application. */
  indexOf({ client, server, transport, overlay }: Flow): number | undefined {
    return this.indexes.get(conversationKey(client.address, server.address, transport, server.port, overlay));
  }
}
