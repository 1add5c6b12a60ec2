/**
 * One walk over all conversations: who served and who opened what, and which conversations need a closer look. Memory is one
 * small object per address and a bounded list; what follows from the kind of a conversation is asked of the first of each.
 */
import { kindsOf } from '../evidence/conversation-kinds.js';
import type { Conversation, ConversationKinds, Evidence } from '../evidence/evidence.js';
import { telltaleIndex, type Telltale } from './telltale-services.js';

/** Conversations that did not go well and are looked at one by one; the rest is counted. */
const MAX_FAILING = 20_000;

export class HostSurvey {
  /** Bit i: served telltale service i to somebody, both ways. */
  served = 0;
  /** Bit i: opened it. */
  opened = 0;
  /** Bit i: tried to, whatever came of it. */
  tried = 0;
  servedConversations = 0;
  openedConversations = 0;
  /** Somebody answered it: where the capture was taken, answers to this host can be seen. */
  gotAnswers = false;
  readonly address: string;
  constructor(address: string) {
    this.address = address;
  }
}

export interface Survey {
  readonly hosts: ReadonlyMap<string, HostSurvey>;
  readonly failing: readonly Conversation[];
  readonly failingLeftOut: number;
  /** TCP flows whose handshake is in the captures, and flows that are in full swing when their first packet comes. */
  readonly beganHere: number;
  readonly beganBefore: number;
  /** Conversations that carry an application with facts worth a finding (clear-text management). */
  readonly management: readonly Conversation[];
}

/** What a kind of conversations says of its two ends. */
const KNOWN = 1, FAILED = 2, MANAGEMENT = 4, ANSWERED = 8, SERVED = 16, SYMMETRIC = 32;

export function survey(evidence: Evidence, telltales: readonly Telltale[], kinds: ConversationKinds = kindsOf(evidence.conversations)): Survey {
  const hosts = new Map<string, HostSurvey>();
  const failing: Conversation[] = [];
  const management: Conversation[] = [];
  const services = telltaleIndex(telltales);
  const { kindOf, clientOf } = kinds;
  const known = new Uint8Array(kinds.count);
  const bitsOf = new Int32Array(kinds.count);
  const servers: HostSurvey[] = [];
  const clients: HostSurvey[] = [];
  let failingLeftOut = 0;
  for (let i = 0; i < kindOf.length; i++) {
    const kind = kindOf[i]!;
    if (known[kind] === 0) {
      const conversation = kinds.at(i);
      known[kind] = traitsOf(conversation);
      bitsOf[kind] = services.bits(conversation);
      servers[kind] = hostOf(hosts, conversation.server);
    }
    const traits = known[kind]!;
    const bits = bitsOf[kind]!;
    const server = servers[kind]!;
    const client = (clients[clientOf[i]!] ??= hostOf(hosts, kinds.clients[clientOf[i]!]!));
    server.servedConversations++;
    client.openedConversations++;
    client.tried |= bits;
    if ((traits & ANSWERED) !== 0) client.gotAnswers = true;
    if ((traits & SERVED) !== 0) {
      server.served |= bits;
      client.opened |= bits;
      if ((traits & SYMMETRIC) !== 0) {
        server.opened |= bits;
        client.served |= bits;
      }
    }
    if ((traits & FAILED) !== 0) {
      if (failing.length < MAX_FAILING) failing.push(kinds.at(i));
      else failingLeftOut++;
    }
    if ((traits & MANAGEMENT) !== 0 && management.length < MAX_FAILING) management.push(kinds.at(i));
  }
  return { hosts, failing, failingLeftOut, beganHere: kinds.outcomes.accepted ?? 0, beganBefore: kinds.outcomes.midstream ?? 0, management };
}

function traitsOf(example: Conversation): number {
  const { outcomes, packets, orientation, application } = example;
  const protocol = application?.protocol;
  return KNOWN | (didFail(example) ? FAILED : 0) | (protocol === 'winrm' || protocol === 'http' ? MANAGEMENT : 0) | (packets.server > 0 ? ANSWERED : 0)
    | (outcomes.accepted !== undefined || outcomes.midstream !== undefined || outcomes.answered !== undefined ? SERVED : 0) | (orientation === 'symmetric' ? SYMMETRIC : 0);
}

/** True: some flow of it ended in a way that a finding may be made of. */
export function didFail({ outcomes, transport }: Conversation): boolean {
  if (transport === 'udp') return outcomes.rejected !== undefined || outcomes['one-way'] !== undefined;
  return outcomes['no-answer'] !== undefined || outcomes.refused !== undefined || outcomes.rejected !== undefined
    || outcomes['half-open'] !== undefined || outcomes['reset-early'] !== undefined || outcomes.stalled !== undefined;
}

function hostOf(hosts: Map<string, HostSurvey>, address: string): HostSurvey {
  let host = hosts.get(address);
  if (host === undefined) {
    host = new HostSurvey(address);
    hosts.set(address, host);
  }
  return host;
}
