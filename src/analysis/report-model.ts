import type { AggregatedTraffic, Conversation, ConversationKinds } from '../evidence/evidence.js';
import type { FrameReference, Outcome, Time } from '../flow/flow.js';

/**
 * What a report says, before anybody renders it. The fields are those of `portwitness.report/1` (docs/schema/report.json);
 * `overview` is for people and not part of the JSON. Addresses are canonical text.
 */
export interface ReportModel {
  readonly captures: readonly CaptureReport[];
  readonly hosts: readonly HostReport[];
  /** One object is made per step: a million conversations are never objects at the same time. */
  readonly conversations: ClassifiedConversations;
  readonly aggregated: readonly AggregatedTraffic[];
  readonly dynamicPorts: readonly DynamicPortReport[];
  /** One per server that has ports of the dynamic range, or answers that hide some. */
  readonly dynamicRange: readonly DynamicRangeReport[];
  /** What can be pinned, and whether it was. */
  readonly staticPorts: readonly StaticPortReport[];
  /** The gravest first. */
  readonly problems: readonly ProblemReport[];
  readonly findings: readonly FindingReport[];
  readonly documents: readonly DocumentReport[];
  readonly claims: readonly ClaimReport[];
  readonly contradictions: readonly ContradictionReport[];
  readonly overview: Overview;
  /** What was asked for with `--expect` and `--between`, in that order. */
  readonly expectations: readonly ExpectationReport[];
  /** The checklist of `--operation`; null: none was asked for. */
  readonly operation: OperationReport | null;
  /** Captures that are views of the same traffic from two places. */
  readonly ends: readonly EndsReport[];
  /** Logs and traces of firewalls that were read beside the captures. */
  readonly witnesses: readonly WitnessReport[];
  /** Against the captures of `--baseline`; null: none were named. */
  readonly comparison: ComparisonReport | null;
  /** What goes on, or may, where these captures show nothing of it. */
  readonly notVisible: readonly NotVisibleReport[];
}

/** Why an attempt is not in the capture; stable. */
export type MissingReason = 'name-not-resolved' | 'resolved-elsewhere' | 'no-neighbour-answer' | 'address-never-seen' | 'outside-time' | 'wrong-vantage' | 'dropped-at-client' | 'not-tried';

export interface ExpectationReport {
  readonly expected: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly transport: 'tcp' | 'udp';
  /** null: any. */
  readonly port: number | null;
  readonly status: 'worked' | 'failed' | 'never-attempted';
  /** null: it was attempted. */
  readonly reason: MissingReason | null;
  /** Sentences. */
  readonly why: readonly string[];
  readonly frames: readonly FrameReference[];
  /** Ids. */
  readonly findings: readonly string[];
  /** Which capture to take next, and where; empty: this one says it all. */
  readonly next: readonly string[];
}

export type StepState = 'seen' | 'failed' | 'not-reached' | 'not-in-capture';

export interface OperationStepReport {
  readonly id: string;
  readonly title: string;
  readonly state: StepState;
  /** What proves the state, or what its absence may mean. */
  readonly detail: string;
  /** Between whom, as it was seen: `10.0.0.1 -> 10.0.0.2`; at most 4. */
  readonly between: readonly { readonly client: string; readonly server: string }[];
  readonly frames: readonly FrameReference[];
  /** Ids. */
  readonly findings: readonly string[];
}

export interface OperationReport {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly OperationStepReport[];
  /** One sentence. */
  readonly verdict: string;
}

/** What became of what one end sent and the other should have got. */
export type LossPlace = 'never-left' | 'lost-on-the-way' | 'arrived-and-ignored' | 'answer-lost' | 'answer-ignored';

export interface EndsReport {
  /** Indexes in `captures`: the one nearer to the clients, the one nearer to the servers. */
  readonly client: number;
  readonly server: number;
  /** Connections that both show, by sockets and initial sequence number; behind an address translation by the number and the payload. */
  readonly commonConnections: number;
  /** Seconds that the second clock is ahead of the first, by the traffic itself. */
  readonly clockOffset: number;
  /** The most that this may be wrong by: half of the shortest round trip. */
  readonly clockUncertainty: number;
  /** Addresses that a router between them translates: as the first capture knows a machine, and as the second does. */
  readonly translations: readonly { readonly of: 'client' | 'server'; readonly near: string; readonly far: string }[];
  readonly losses: readonly { readonly finding: string; readonly place: LossPlace; readonly explanation: string; readonly frames: readonly FrameReference[] }[];
}

export interface WitnessReport {
  readonly file: string;
  readonly kind: 'pfirewall' | 'wfp-events' | 'wfp-state' | 'security-events-xml' | 'security-events-csv';
  readonly records: number;
  readonly drops: number;
  /** Records about connections of the captures. */
  readonly matched: number;
  readonly start: Time | null;
  readonly end: Time | null;
  /** Added to its local times to make them those of the captures, seconds; 0: they need none, null: nothing tells. */
  readonly clockOffset: number | null;
  /** Lines or elements that could not be understood. */
  readonly faults: number;
  /** Drops of connections of which the captures show nothing at all; at most 20. */
  readonly unseen: readonly { readonly client: string; readonly server: string; readonly transport: 'tcp' | 'udp'; readonly port: number; readonly times: number; readonly filter: string | null }[];
}

export interface ComparedTraffic {
  readonly client: string;
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  /** Interface of a dynamic port, which has another number each time; null: none is known. */
  readonly interface: InterfaceName | null;
  readonly application: string | null;
  /** Outcome words; '' where it was not there. */
  readonly before: string;
  readonly now: string;
  readonly frames: readonly FrameReference[];
  /** Ids, of the captures that are looked at. */
  readonly findings: readonly string[];
}

export interface ComparisonReport {
  readonly baseline: readonly string[];
  readonly broken: readonly ComparedTraffic[];
  readonly mended: readonly ComparedTraffic[];
  readonly added: readonly ComparedTraffic[];
  readonly gone: readonly ComparedTraffic[];
  /** Worked then and now. */
  readonly unchanged: number;
  /** Failed then and now. */
  readonly stillFailing: number;
  /** Of each list, what found no room in it. */
  readonly leftOut: { readonly broken: number; readonly mended: number; readonly added: number; readonly gone: number };
}

export interface NotVisibleReport {
  readonly what: 'rdma' | 'smb-encrypted' | 'dcom-private' | 'mapper-private';
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly explanation: string;
  readonly frames: readonly FrameReference[];
}

export type VantagePlace = 'client' | 'server' | 'path' | 'mirror' | 'switch' | 'unknown';

export interface Vantage {
  readonly at: VantagePlace;
  /** The host that the capture was taken on; null: on none of those seen, or it cannot be told. */
  readonly host: string | null;
  readonly evidence: readonly string[];
  /** True: what this host sent and dropped itself is visible here, so silence after an arriving SYN is its own. */
  readonly onHost: boolean;
}

export interface CaptureReport {
  readonly file: string;
  readonly format: string;
  readonly compression: string | null;
  readonly linkTypes: readonly number[];
  readonly packets: number;
  readonly bytes: number;
  readonly start: Time | null;
  readonly end: Time | null;
  readonly decoded: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly dropped: number | null;
  readonly damage: readonly DamageReport[];
  readonly vantage: Vantage;
  readonly blindTo: readonly string[];
}

export interface DamageReport {
  readonly code: string;
  readonly byteOffset: number;
  readonly expected: number;
  readonly found: number;
  readonly boundedBy: string;
  readonly detail: string;
}

/** How sure an inferred role is. Only `certain` and `likely` count as knowledge when rows are matched; `assumed` says so itself. */
export type RoleConfidence = 'certain' | 'likely' | 'assumed';

export interface HostRole {
  readonly role: string;
  readonly from: 'inventory' | 'inferred';
  readonly reason: string;
  readonly confidence: RoleConfidence;
}

/** What ties an address to another one of the same machine. */
export interface AddressProof {
  readonly by: 'inventory' | 'dcom' | 'ntlm' | 'smb-interfaces' | 'name';
  /** The other address. */
  readonly with: string;
  /** Where it was said; null: in the inventory, or by a name. */
  readonly frame: FrameReference | null;
}

export interface HostAddress {
  readonly address: string;
  /** By the inventory; null: it names none. */
  readonly network: string | null;
  readonly provedBy: AddressProof | null;
  /** True: of the cluster's own overlay (NetFT), which no rule concerns. */
  readonly overlay: boolean;
}

export interface HostReport {
  readonly id: string;
  readonly names: readonly { readonly name: string; readonly from: string }[];
  readonly addresses: readonly HostAddress[];
  readonly roles: readonly HostRole[];
  /** Why these addresses are one host: kinds of proof, the strongest first; null: there is one address. */
  readonly groupedBy: string | null;
}

export type Agreement = 'agrees' | 'conflicts' | 'unknown';
export type Verdict = 'ambient' | 'documented-dynamic' | 'documented' | 'protocol-mismatch' | 'role-mismatch' | 'undocumented';

export interface RowMatch {
  readonly document: string;
  /** `document/table/row`; null: no row of the document names this port and transport. */
  readonly row: string | null;
  readonly verdict: Verdict;
  readonly port: Agreement;
  readonly transport: Agreement;
  readonly protocol: Agreement;
  readonly source: Agreement;
  readonly target: Agreement;
}

/** Shared by all conversations of one class: never changed, serialised once. */
export interface Classification {
  /** Position in the table of classes. */
  readonly id: number;
  readonly verdict: Verdict;
  /** Document that the verdict comes from; null: from none. */
  readonly verdictFrom: string | null;
  /** One per document that has a row for this port. */
  readonly matches: readonly RowMatch[];
  /** Row of a reference that names this traffic, `reference/table/row`; null: nothing names it. */
  readonly reference: string | null;
  /** What that row calls it. */
  readonly referenceName: string | null;
  /** `"verdict":…,"reference":…` as it stands in the JSON. */
  readonly json: string;
}

export interface ClassifiedConversations extends Iterable<Conversation> {
  readonly length: number;
  readonly kinds: ConversationKinds;
  /** By `Conversation.index`. */
  classification(index: number): Classification;
}

export interface InterfaceName {
  readonly uuid: string;
  readonly version: string;
  /** null: no list that we have names it. */
  readonly name: string | null;
}

export type KnownFrom = 'ept_map' | 'ept_lookup' | 'oxid' | 'bind' | 'port-only';

export interface DynamicPortReport {
  readonly server: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  readonly interfaces: readonly InterfaceName[];
  /** Another address than the server's that the tower named; null: none. */
  readonly announced: string | null;
  readonly knownFrom: readonly { readonly source: KnownFrom; readonly frame: FrameReference }[];
  readonly clients: readonly string[];
  readonly flows: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

export interface DynamicRangeReport {
  readonly server: string;
  /** The range, both ends included, and how many ports it has. */
  readonly first: number;
  readonly last: number;
  readonly size: number;
  /** Ports of it that a tower, a string binding or a bind named; that somebody connected to. */
  readonly named: number;
  readonly used: number;
  /** The used ones, ascending; at most 64. */
  readonly ports: readonly number[];
  readonly highest: number | null;
  /** Answers that hand out ports but cannot be read; null: there were none. */
  readonly encryptedAnswers: { readonly of: readonly ('dcom' | 'epmap')[]; readonly clients: readonly string[]; readonly frames: readonly FrameReference[] } | null;
}

/**
 * `dynamic`: on ports of the dynamic range. `outside-range`: on a port below it, without being told what was meant. The others answer
 * `--pinned`: on that port; on that port and, against the documentation, on others; on others only; or nowhere in the captures.
 */
export type PinEffect = 'dynamic' | 'outside-range' | 'took-effect' | 'partly' | 'not-in-effect' | 'not-seen';

export interface StaticPortReport {
  /** null: of a `--pinned` service that was seen on no server. */
  readonly server: string | null;
  /** Id of the table of services; `rpc-range`: those that have no setting of their own. */
  readonly service: string;
  readonly title: string;
  readonly interfaces: readonly InterfaceName[];
  /** Where they were seen, ascending. */
  readonly ports: readonly number[];
  /** The port that `--pinned` named, else one to show; null: a range. */
  readonly port: number | null;
  readonly commands: readonly string[];
  /** True: one of the commands is enough. */
  readonly anyOf: boolean;
  readonly restart: string;
  /** What a firewall before the server has to let through then. */
  readonly firewall: string;
  readonly note: string;
  readonly source: string;
  readonly effect: PinEffect;
  readonly evidence: string;
}

/** Stable: reports, tests and `--fail-on` go by them. */
export const findingCodes = [
  'no-answer', 'blocked-port', 'blocked-dynamic-port', 'endpoint-mapper-blocked', 'rejected-by-firewall', 'service-not-listening',
  'interface-not-registered', 'half-open', 'connection-reset', 'connection-stalled', 'authentication-failed', 'access-denied', 'tls-failed',
  'name-not-resolved', 'never-attempted', 'undocumented-traffic', 'role-mismatch', 'protocol-mismatch', 'document-erratum', 'document-contradiction',
  'cleartext-management', 'capture-damaged', 'capture-incomplete', 'malformed-message',
] as const;
export type FindingCode = (typeof findingCodes)[number];

export type Severity = 'error' | 'warning' | 'info';
export type Confidence = 'certain' | 'likely' | 'possible';

/** Where a packet was lost, as far as the place of the capture tells. */
export type DroppedAt = 'server' | 'client' | 'path' | null;

export interface FindingReport {
  readonly id: string;
  /** null: worth knowing, but nothing that anybody has to mend. */
  readonly problem: string | null;
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly title: string;
  readonly client: string | null;
  readonly server: string | null;
  readonly transport: 'tcp' | 'udp' | null;
  readonly port: number | null;
  readonly interface: InterfaceName | null;
  readonly frames: readonly FrameReference[];
  readonly rows: readonly string[];
  readonly droppedAt: DroppedAt;
  readonly explanation: string;
}

export interface Alternative {
  readonly cause: string;
  readonly confidence: Confidence;
}

export interface TimelineRow {
  readonly time: Time;
  readonly frame: FrameReference;
  readonly text: string;
  /** The word in the last column: `LISTENING`, `no answer`; '' for none. */
  readonly result: string;
}

/** The words that PortQry taught administrators. */
export type PortState = 'LISTENING' | 'NOT LISTENING' | 'FILTERED' | 'LISTENING or FILTERED';

export interface ProblemReport {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly impact: string;
  readonly confidence: Confidence;
  readonly codes: readonly FindingCode[];
  readonly why: readonly string[];
  readonly ruledOut: readonly string[];
  /** The likeliest first. */
  readonly alternatives: readonly Alternative[];
  /** Lines; null: nothing in a network or a firewall mends it. */
  readonly fix: string | null;
  readonly check: string | null;
  readonly wiresharkFilter: string | null;
  /** Ids of findings. */
  readonly findings: readonly string[];
  readonly state: PortState | null;
  readonly timeline: readonly TimelineRow[];
  /** Timeline rows that were left out. */
  readonly timelineLeftOut: number;
}

export type RowStatus = 'witnessed' | 'witnessed-other-protocol' | 'witnessed-reversed' | 'failed' | 'not-seen' | 'not-observable';

export interface DocumentRowReport {
  readonly id: string;
  readonly status: RowStatus;
  readonly reason: string | null;
  readonly conversations: number;
  /** Of the first conversation that decided the status; empty where there is none. */
  readonly frames: readonly FrameReference[];
}

/** A known mistake of a row, put to the capture. */
export interface ErratumReport {
  /** Citation. */
  readonly row: string;
  readonly says: string;
  readonly correct: string;
  /** `confirmed`: only what is correct was seen; `contradicted`: only what the document says. */
  readonly status: 'confirmed' | 'contradicted' | 'both-seen' | 'not-seen';
  readonly frames: readonly FrameReference[];
}

/** A row that the document lacks: traffic between machines that it is about, which no judged document explains. */
export interface MissingRowReport {
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly protocol: string;
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly purpose: string;
  readonly conversations: number;
  readonly frames: readonly FrameReference[];
  /** The row as it would stand in the document's file: a list of one. */
  readonly yaml: string;
}

/** Two rows of two documents of which not both can be right. */
export interface ContradictionReport {
  readonly a: { readonly row: string; readonly says: string };
  readonly b: { readonly row: string; readonly says: string };
  readonly about: readonly { readonly field: string; readonly a: string; readonly b: string }[];
  readonly status: 'decided' | 'both-seen' | 'undecided';
  /** Citation of the row that the capture witnesses; null unless `decided`. */
  readonly right: string | null;
  readonly evidence: string;
  readonly frames: readonly FrameReference[];
}

export interface DocumentReport {
  readonly id: string;
  readonly title: string;
  readonly superseded: boolean;
  readonly rows: readonly DocumentRowReport[];
  readonly counts: Readonly<Record<RowStatus, number>>;
  readonly errata: readonly ErratumReport[];
  readonly missing: readonly MissingRowReport[];
}

export type ClaimStatus = 'confirmed' | 'contradicted' | 'not-testable';

export interface ClaimReport {
  readonly document: string;
  readonly id: string;
  readonly claim: string;
  readonly status: ClaimStatus;
  readonly evidence: string;
}

/** Conversations told in one line because they differ in nothing that matters. */
export interface TrafficGroup {
  readonly client: string;
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly application: string | null;
  readonly visibility: 'clear' | 'encrypted' | 'partial';
  /** True: both send first from the same port, so that nobody is the client. */
  readonly symmetric: boolean;
  readonly conversations: number;
  readonly flows: number;
  readonly packets: number;
  readonly bothWays: boolean;
  /** Row or reference that names it; null: none. */
  readonly citation: string | null;
  readonly name: string | null;
}

/** What the text report tells beside the problems. Lists are bounded; the counts are not. */
export interface Overview {
  /** By capture: how good it is, in words. */
  readonly quality: readonly (readonly string[])[];
  readonly worked: readonly TrafficGroup[];
  readonly workedCount: number;
  readonly undocumentedKnown: readonly TrafficGroup[];
  readonly undocumentedKnownCount: number;
  readonly unexplained: readonly TrafficGroup[];
  readonly unexplainedCount: number;
  readonly ambientConversations: number;
  readonly ambientPackets: number;
  readonly notableLeftOut: number;
  readonly evictedFlows: number;
}
