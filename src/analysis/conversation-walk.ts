/**
 * The walk that judges each conversation. Nearly all of them differ from one before in their client only, and nobody has a question about them:
 * whether one is worth a look follows from its kind, so it is asked once for each kind.
 */
import type { Conversation, ConversationKinds } from '../evidence/evidence.js';
import type { ClaimWatch } from './claims.js';
import type { Classifier } from './classifier.js';
import type { OverviewBuilder } from './overview.js';
import type { Classification } from './report-model.js';
import type { Classified } from './traffic-findings.js';

/** Of each kind of finding about traffic that works; the conversations themselves tell the rest. */
const MAX_TRAFFIC_FINDINGS = 200;

export interface Watcher {
  /** The first conversation of each kind. Answers whether those of the kind are to be shown one by one, this one included. */
  meet(first: Conversation): boolean;
  /** Answers whether it wants to see more of the kind. */
  note(conversation: Conversation): boolean;
}

export interface Watchers {
  readonly ofAll: readonly Watcher[];
  /** Of conversations that worked. */
  readonly ofWorking: readonly Watcher[];
  readonly overview: OverviewBuilder;
  readonly claims: ClaimWatch;
}

export interface Judged {
  /** By `Conversation.index`: positions in the records of the classifier. */
  readonly classOf: Uint32Array;
  /** The first conversations of each that worked. */
  readonly undocumented: readonly Classified[];
  readonly mismatched: readonly Classified[];
}

/** What is known of a kind: bits, and one for each watcher behind them. */
const KNOWN = 1;
const WORKED = 2;
const FIRST_WATCHER = 2;
const WATCHED = ~(KNOWN | WORKED);

export function judgeConversations(kinds: ConversationKinds, classifier: Classifier, { ofAll, ofWorking, overview, claims }: Watchers): Judged {
  const { kindOf } = kinds;
  const { records } = classifier;
  const watchers = [...ofAll, ...ofWorking];
  const known = new Uint32Array(kinds.count);
  const classOf = new Uint32Array(kindOf.length);
  const undocumented: Classified[] = [];
  const mismatched: Classified[] = [];
  const look = (first: Conversation): number => {
    const worked = didWork(first);
    let bits = KNOWN | (worked ? WORKED : 0);
    watchers.forEach((watcher, i) => {
      if ((i < ofAll.length || worked) && watcher.meet(first)) bits |= 1 << (FIRST_WATCHER + i);
    });
    return bits;
  };
  for (let index = 0; index < kindOf.length; index++) {
    const kind = kindOf[index]!;
    let bits = known[kind]!;
    if (bits === 0) known[kind] = bits = look(kinds.at(index));
    const id = classifier.classOf(index);
    classOf[index] = id;
    const record = records[id]!;
    const { classification } = record;
    const worked = (bits & WORKED) !== 0;
    if (worked) {
      record.worked++;
      record.firstWorked ??= kinds.at(index);
    } else {
      record.failed++;
      record.firstFailed ??= kinds.at(index);
    }
    if (overview.tell(classification, worked)) overview.note(kinds.at(index), classification);
    if ((bits & WATCHED) !== 0) known[kind] = show(kinds.at(index), watchers, bits);
    if (!worked) continue;
    const { verdict } = classification;
    if (verdict === 'undocumented') {
      keep(undocumented, kinds, index, classification);
      if (claims.wantsUndocumented) claims.noteUndocumented(kinds.at(index));
    } else if (verdict === 'protocol-mismatch' || verdict === 'role-mismatch') keep(mismatched, kinds, index, classification);
  }
  return { classOf, undocumented, mismatched };
}

/** Answers what is known of the kind from now on. */
function show(conversation: Conversation, watchers: readonly Watcher[], bits: number): number {
  for (let i = 0; i < watchers.length; i++) {
    const bit = 1 << (FIRST_WATCHER + i);
    if ((bits & bit) !== 0 && !watchers[i]!.note(conversation)) bits &= ~bit;
  }
  return bits;
}

/** True: some flow of it was answered, or was in full swing when the capture began; between equals, both ways. */
function didWork({ outcomes, packets, orientation }: Conversation): boolean {
  if (outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined) return true;
  if (orientation === 'symmetric') return packets.client > 0 && packets.server > 0;
  return outcomes.stalled !== undefined;
}

function keep(list: Classified[], kinds: ConversationKinds, index: number, classification: Classification): void {
  if (list.length < MAX_TRAFFIC_FINDINGS) list.push({ conversation: kinds.at(index), classification });
}
