/** One row of a document against one class of conversations: five agreements and the verdict that follows from them. */
import type { Candidate } from '../catalog/catalog.js';
import { compatible } from '../catalog/protocols.js';
import { roleAgreement } from '../catalog/roles.js';
import type { Agreement, Verdict } from './report-model.js';
import type { RoleKnowledge } from './role-knowledge.js';

/** What all conversations of one class have in common. */
export interface ConversationClass {
  readonly transport: 'tcp' | 'udp';
  /** One port of the class; the others stand in the same rows. */
  readonly port: number;
  /** As recognised by payload or named by the endpoint mapper; null: unknown. A port proves no protocol. */
  readonly protocol: string | null;
  readonly client: RoleKnowledge;
  readonly server: RoleKnowledge;
  /** True: the endpoint mapper, a DCOM answer or a bind explains why this port. */
  readonly explained: boolean;
  /** True: both ends are client and server at once. */
  readonly symmetric: boolean;
}

export interface RowJudgement {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
  readonly transport: Agreement;
  readonly protocol: Agreement;
  readonly source: Agreement;
  readonly target: Agreement;
  /** True: the roles fit the other way round, so the row is witnessed in reverse. */
  readonly reversed: boolean;
  readonly rank: number;
}

/** Ranges wider than this say which ports are possible, not what runs on them. */
const WIDE = 16;
const verdictRank: Readonly<Record<Verdict, number>> = { ambient: 5, 'documented-dynamic': 4, documented: 3, 'protocol-mismatch': 2, 'role-mismatch': 1, undocumented: 0 };

export function judgeRow(candidate: Candidate, conversation: ConversationClass): RowJudgement {
  const { row, entry, width } = candidate;
  const protocol = compatible(entry.protocol, conversation.protocol);
  let source = roleAgreement(conversation.client.held, row.source, conversation.client.complete);
  let target = roleAgreement(conversation.server.held, row.target, conversation.server.complete);
  const backSource = roleAgreement(conversation.server.held, row.source, conversation.server.complete);
  const backTarget = roleAgreement(conversation.client.held, row.target, conversation.client.complete);
  const fitsBack = backSource === 'agrees' && backTarget === 'agrees';
  const fits = source === 'agrees' && target === 'agrees';
  if (conversation.symmetric && fitsBack) {
    source = backSource;
    target = backTarget;
  }
  const reversed = fitsBack && !fits && !conversation.symmetric;
  const verdict = verdictOf(protocol, source, target, width > WIDE, conversation.explained);
  const agreements = (protocol === 'agrees' ? 2 : 0) + (source === 'agrees' ? 2 : 0) + (target === 'agrees' ? 3 : 0) - (source === 'conflicts' ? 2 : 0) - (target === 'conflicts' ? 3 : 0);
  return { candidate, verdict, transport: 'agrees', protocol, source, target, reversed, rank: verdictRank[verdict] * 1000 + agreements * 10 - (width > WIDE ? 1 : 0) };
}

function verdictOf(protocol: Agreement, source: Agreement, target: Agreement, wide: boolean, explained: boolean): Verdict {
  // A high port without a word of RPC is not what a row on dynamic ports means.
  if (wide && !explained && protocol !== 'agrees') return 'undocumented';
  // A row about other machines altogether: that the port is the same proves nothing.
  if (source === 'conflicts' && target === 'conflicts') return 'undocumented';
  if (protocol === 'conflicts') return source === 'conflicts' || target === 'conflicts' ? 'undocumented' : 'protocol-mismatch';
  if (source === 'conflicts' || target === 'conflicts') return 'role-mismatch';
  return wide && explained ? 'documented-dynamic' : 'documented';
}

/** The best of them; the first among equals. */
export function bestOf(judgements: readonly RowJudgement[]): RowJudgement | undefined {
  let best: RowJudgement | undefined;
  for (const one of judgements) if (best === undefined || one.rank > best.rank) best = one;
  return best;
}

export function betterVerdict(a: Verdict, b: Verdict): boolean {
  return verdictRank[a] > verdictRank[b];
}
