/**
 * One walk over all conversations: who served and who opened what, and which conversations need a closer look. Memory is one
 * small object per address and a bounded list; the loop allocates nothing else, because it runs a million times.
 */
import type { Conversation, Evidence } from '../evidence/evidence.js';
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
  /** Conversations that reached this host's stack and were answered, refusals not counted. */
  reached = 0;
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

export function survey(evidence: Evidence, telltales: readonly Telltale[]): Survey {
  const hosts = new Map<string, HostSurvey>();
  const failing: Conversation[] = [];
  const management: Conversation[] = [];
  const index = telltaleIndex(telltales);
  let failingLeftOut = 0;
  let beganHere = 0;
  let beganBefore = 0;
  for (const conversation of evidence.conversations) {
    const server = hostOf(hosts, conversation.server);
    const client = hostOf(hosts, conversation.client);
    server.servedConversations++;
    client.openedConversations++;
    const { outcomes } = conversation;
    const bits = index.bits(conversation);
    client.tried |= bits;
    beganHere += outcomes.accepted ?? 0;
    beganBefore += outcomes.midstream ?? 0;
    if (conversation.packets.server > 0) client.gotAnswers = true;
    if (outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined) {
      server.reached++;
      if (bits !== 0) {
        server.served |= bits;
        client.opened |= bits;
        if (conversation.orientation === 'symmetric') {
          server.opened |= bits;
          client.served |= bits;
        }
      }
    }
    if (didFail(conversation)) {
      if (failing.length < MAX_FAILING) failing.push(conversation);
      else failingLeftOut++;
    }
    const protocol = conversation.application?.protocol;
    if ((protocol === 'winrm' || protocol === 'http') && management.length < MAX_FAILING) management.push(conversation);
  }
  return { hosts, failing, failingLeftOut, beganHere, beganBefore, management };
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
