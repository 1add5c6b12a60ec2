/** What a claim's test answers: a status, what it rests on, and the frames that prove it. */
import type { Conversation } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { ClaimStatus } from './report-model.js';

export interface Decision {
  readonly status: ClaimStatus;
  readonly evidence: string;
  readonly proof: Proof | null;
}

/** The conversation or port that decided it. */
export interface Proof {
  readonly client: string | null;
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly frames: readonly FrameReference[];
}

export const untested: Decision = { status: 'not-testable', evidence: 'nothing in this capture decides it', proof: null };

export function decided(status: ClaimStatus, conversation: Conversation, prefix = ''): Decision {
  const { client, server, transport, serverPort: port, frames } = conversation;
  return { status, evidence: `${prefix}${connectionText(conversation)}`, proof: { client, server, transport, port, frames } };
}

export function connectionText({ client, server, transport, serverPort, frames }: Conversation): string {
  return `${client} -> ${server} ${transport.toUpperCase()} ${serverPort} (#${frames[0]?.frame ?? 0})`;
}
