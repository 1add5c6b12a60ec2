/** What the terminal report tells beside the problems: bounded lists of what worked, what no document names, and what is background. */
import type { CaptureEvidence, Conversation, Evidence } from '../evidence/evidence.js';
import type { Classification, Overview, TrafficGroup } from './report-model.js';

const MAX_GROUPS = 400;

interface Group {
  readonly first: Conversation;
  readonly classification: Classification;
  conversations: number;
  flows: number;
  packets: number;
  bothWays: boolean;
}

class Groups {
  readonly map = new Map<string, Group>();
  count = 0;

  /** True: it has to be added as well. */
  tell(): boolean {
    this.count++;
    return this.map.size < MAX_GROUPS || this.count < MAX_GROUPS * 4;
  }

  add(conversation: Conversation, classification: Classification): void {
    const key = `${conversation.client} ${conversation.server} ${conversation.transport} ${conversation.serverPort}`;
    const known = this.map.get(key);
    const packets = conversation.packets.client + conversation.packets.server;
    if (known !== undefined) {
      known.conversations++;
      known.flows += conversation.flows;
      known.packets += packets;
    } else if (this.map.size < MAX_GROUPS) {
      this.map.set(key, { first: conversation, classification, conversations: 1, flows: conversation.flows, packets, bothWays: conversation.packets.client > 0 && conversation.packets.server > 0 });
    }
  }

  /** The busiest first. */
  list(cite: (classification: Classification) => { citation: string | null; name: string | null }): TrafficGroup[] {
    return [...this.map.values()].sort((a, b) => b.packets - a.packets || a.first.index - b.first.index).map((group) => ({
      client: group.first.client, server: group.first.server, transport: group.first.transport, port: group.first.serverPort, application: group.first.application?.protocol ?? null,
      visibility: group.first.visibility, symmetric: group.first.orientation === 'symmetric', conversations: group.conversations, flows: group.flows, packets: group.packets, bothWays: group.bothWays, ...cite(group.classification),
    }));
  }
}

export class OverviewBuilder {
  private readonly worked = new Groups();
  private readonly undocumentedKnown = new Groups();
  private readonly unexplained = new Groups();
  private ambientConversations = 0;
  private ambientPackets = 0;

  /** Counts a conversation of the class; true: it has to be noted as well. `worked`: some flow of it reached its server and was answered. */
  tell(classification: Classification, worked: boolean): boolean {
    if (classification.verdict === 'ambient') return true;
    return worked && this.groupsOf(classification).tell();
  }

  note(conversation: Conversation, classification: Classification): void {
    if (classification.verdict !== 'ambient') {
      this.groupsOf(classification).add(conversation, classification);
      return;
    }
    this.ambientConversations++;
    this.ambientPackets += conversation.packets.client + conversation.packets.server;
  }

  private groupsOf({ verdict, reference }: Classification): Groups {
    if (verdict !== 'undocumented') return this.worked;
    return reference !== null ? this.undocumentedKnown : this.unexplained;
  }

  build(evidence: Evidence): Overview {
    const byRow = (classification: Classification): { citation: string | null; name: string | null } => ({
      citation: classification.matches.find((match) => match.document === classification.verdictFrom)?.row ?? null, name: classification.referenceName,
    });
    const byReference = (classification: Classification): { citation: string | null; name: string | null } => ({ citation: classification.reference, name: classification.referenceName });
    return {
      worked: this.worked.list(byRow), workedCount: this.worked.count, undocumentedKnown: this.undocumentedKnown.list(byReference), undocumentedKnownCount: this.undocumentedKnown.count,
      unexplained: this.unexplained.list(byReference), unexplainedCount: this.unexplained.count, ambientConversations: this.ambientConversations, ambientPackets: this.ambientPackets, notableLeftOut: evidence.notableLeftOut, evictedFlows: evidence.evictedFlows,
      quality: evidence.captures.map(qualityOf),
    };
  }
}

function qualityOf({ packets, bytes, isInterrupted, snapLength, cutPackets, traits, dropped, damage }: CaptureEvidence): string[] {
  const words = packets === 0 ? [] : [cutPackets === 0 ? 'full packets' : `${cutPackets} packets cut${snapLength === null ? '' : ` after ${snapLength} bytes`}`];
  if (traits.flows > 0) words.push(traits.oneSidedFlows * 2 > traits.flows ? 'one direction only' : traits.oneSidedFlows > 0 ? `both directions (${traits.oneSidedFlows} flows one-sided)` : 'both directions');
  if (dropped !== null) words.push(`${dropped} lost by the capture`);
  if ((traits.holedFlows ?? 0) > 0) words.push(`packets missing in ${traits.holedFlows} of ${traits.flows} flows`);
  if ((traits.clockBack ?? null) !== null) words.push('its clock goes back');
  if (isInterrupted === true) words.push(`read up to byte ${bytes} only, when Ctrl-C ended it`);
  for (const one of damage.slice(0, 2)) words.push(`damaged at byte ${one.byteOffset} (${one.detail})`);
  return words;
}
