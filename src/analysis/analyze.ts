/**
 * Evidence, catalog and inventory in, the report model out. Two walks over the conversations: one to learn who is who and what
 * failed, one to judge each against the documents; everything after that looks at bounded lists.
 */
import type { Catalog } from '../catalog/catalog.js';
import { staticPortRecipes } from '../catalog/static-ports.js';
import type { CatalogDocument, RpcInterface } from '../catalog/types.js';
import { kindsOf } from '../evidence/conversation-kinds.js';
import type { Conversation, ConversationKinds, Evidence } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import type { Inventory } from '../inventory/inventory.js';
import type { WitnessFile } from '../witness/witness.js';
import { applicationFindings } from './application-findings.js';
import { attemptsOf, notableByConversation, silentPortsOf } from './attempts.js';
import { brokenFindings } from './broken-findings.js';
import { doubtOf } from './capture-doubts.js';
import { captureFindings } from './capture-findings.js';
import { malformedFindings } from './malformed-findings.js';
import type { CapturePair } from './capture-pairs.js';
import { mappingsByPort, type CaseFile } from './case-file.js';
import { catalogKnowledge } from './catalog-knowledge.js';
import { checklist } from './checklist.js';
import { ClaimWatch } from './claims.js';
import { Classifier } from './classifier.js';
import { compareEvidence } from './comparison.js';
import { judgeConversations } from './conversation-walk.js';
import { connectionFindings } from './connection-findings.js';
import { contradictionFindings, contradictions } from './document-contradictions.js';
import { validate } from './document-validation.js';
import { DynamicPorts } from './dynamic-ports.js';
import { DynamicRangeUse } from './dynamic-range.js';
import { ErratumWatch } from './erratum-watch.js';
import type { Expectation } from './expectation.js';
import { examine, expectationFindings, expectationReports, type ExpectationContext } from './expectations.js';
import type { FindingDraft } from './finding-draft.js';
import { firewallRecords } from './firewall-records.js';
import { HostGroups } from './host-groups.js';
import { frameText } from './frame-text.js';
import { HostLabels } from './host-labels.js';
import { hostReports } from './hosts.js';
import { InventoryTestimony } from './inventory-testimony.js';
import { rolesFromInventory } from './inventory-roles.js';
import { hasTime, secondsBetween } from './moments.js';
import { nameFindings } from './name-findings.js';
import { notVisible } from './not-visible.js';
import { NtlmLogons } from './ntlm-fallback.js';
import { operations } from './operations/index.js';
import { OverviewBuilder } from './overview.js';
import { diagnose } from './problems.js';
import { refine, type Refined } from './refine.js';
import { RefusedConversations } from './refused-conversations.js';
import { Reachability } from './reachability.js';
import type { CaptureReport, Classification, ClassifiedConversations, EndsReport, ReportModel } from './report-model.js';
import { Roles } from './role-knowledge.js';
import { rolesPossible, withImplied } from './row-status.js';
import { rpcFindings } from './rpc-findings.js';
import { staticPortPlan, type PinnedPort } from './static-port-plan.js';
import { survey as surveyOf } from './survey.js';
import { together } from './testimony.js';
import { twoEnds } from './two-ends.js';
import { telltales } from './telltale-services.js';
import { cleartextFinding, mismatchFinding, undocumentedFinding } from './traffic-findings.js';
import { blindSpots, vantageOf } from './vantage.js';

export interface AnalyzeOptions {
  /** Documents and references to judge by; without one, nothing is documented. */
  readonly catalog: Catalog;
  /** Who plays which role; without one, roles are inferred. */
  readonly inventory?: Inventory | undefined;
  /** Ids of the only documents to judge; empty: all that are not superseded. A superseded one is judged only when named. */
  readonly documents?: readonly string[] | undefined;
  /** Names of RPC interfaces beside the built-in ones. */
  readonly interfaces?: readonly RpcInterface[] | undefined;
  /** RPC services that were pinned to a port: the report tells whether that took effect. */
  readonly pinned?: readonly PinnedPort[] | undefined;
  /** What should be in the captures: see `parseExpectation`. */
  readonly expectations?: readonly Expectation[] | undefined;
  /** Id of one of `operations`, whose steps become a checklist. */
  readonly operation?: string | undefined;
  /** Logs of firewalls: see `readWitness`. */
  readonly witnesses?: readonly WitnessFile[] | undefined;
  /** An earlier run of the same, to be compared with. */
  readonly baseline?: Evidence | undefined;
}

/** The same evidence gives the same model. */
export function analyze(all: Evidence, options: AnalyzeOptions): ReportModel {
  const { catalog, inventory } = options;
  const labels = new HostLabels(all.names, inventory?.hosts);
  const kinds = kindsOf(all.conversations);
  const survey = surveyOf(all, telltales, kinds);
  const groups = new HostGroups({ seen: survey.hosts, statements: all.statements, listed: inventory?.hosts ?? [], named: labels.pairs() });
  labels.adopt(groups);
  const roles = new Roles(survey.hosts, inventory === undefined ? undefined : { rolesOf: (address) => rolesFromInventory(inventory, groups, labels, address) }, groups);
  const knowledge = catalogKnowledge(catalog, options.interfaces);
  const vantages = all.captures.map((capture) => vantageOf(capture, survey.hosts, labels));
  // From here on a connection that two captures show is there once.
  const ends = twoEnds(all, vantages, labels);
  const evidence: Evidence = { ...all, notable: ends.notable };
  const judged = judgedDocuments(catalog, options.documents ?? []);

  const dynamicPorts = new DynamicPorts(evidence, knowledge);
  const classifier = new Classifier(catalog, judged, roles, dynamicPorts, kinds);
  const reachability = new Reachability(reachableInterest(survey.failing, labels));
  const dynamicRange = new DynamicRangeUse();
  const overview = new OverviewBuilder();
  const errata = new ErratumWatch(judged);
  const claims = new ClaimWatch(judged, roles, evidence.notable);
  const refused = new RefusedConversations(evidence.notable);
  const { classOf, undocumented, mismatched } = judgeConversations(kinds, classifier, {
    ofAll: [refused, reachability, dynamicPorts, dynamicRange], ofWorking: [errata, claims], overview, claims,
  });
  const classification = (index: number): Classification => classifier.records[classOf[index]!]!.classification;

  const present = withImplied(roles.present);
  const notable = notableByConversation(evidence.notable);
  const rowsFor = (index: number): readonly string[] => classification(index).matches.flatMap(({ verdict, row }) => {
    const known = row === null ? undefined : catalog.row(row);
    return known !== undefined && (verdict === 'documented' || verdict === 'documented-dynamic') && rolesPossible(known.row, present) ? [row!] : [];
  });
  const attempts = attemptsOf(survey.failing, notable, ends);
  const file: CaseFile = {
    evidence, kinds, survey, labels, lastHeard: refused.lastHeard, roles, vantages, doubts: evidence.captures.map(doubtOf), reachability, knowledge, notable, mappings: mappingsByPort(evidence.rpc.mappings),
    attempts, silentPorts: silentPortsOf(attempts), heard: new Map(evidence.hosts.map((host) => [host.address, host.packetsSent])),
    byServer: flowsByServer(evidence.notable), otherAddresses: (address) => labels.sharing(address), ntlmLogons: new NtlmLogons(evidence, labels),
    rowsFor, rowsOf: (flow) => {
      const index = refused.indexOf(flow);
      return index === undefined ? [] : rowsFor(index);
    },
    at: (frame) => frameText(frame, evidence.captures.length),
    portName: (transport, port) => {
      const name = knowledge.serviceName(transport, port);
      return name === null ? `${transport.toUpperCase()} ${port}` : `${name} (${transport.toUpperCase()} ${port})`;
    },
  };
  const hosts = hostReports(evidence, survey.hosts.keys(), labels, roles, groups, (address) => inventory?.rolesOf(address)?.network ?? null);
  const documents = validate(judged, { records: classifier.records, rolesPresent: roles.present, seconds: observedSeconds(evidence) }, errata, undocumented, hosts);
  const contradicted = contradictions(judged, documents);
  const rows = dynamicPorts.rows();
  const records = firewallRecords(options.witnesses ?? [], evidence, labels, vantages);
  const expecting: ExpectationContext = { file, written: inventory?.hosts ?? [], records };
  const examined = examine(options.expectations ?? [], expecting);
  const told = refine([...connectionFindings(file), ...brokenFindings(file)], together([records.testify, ends.testify]));
  const drafts: FindingDraft[] = [
    ...captureFindings(file), ...malformedFindings(file), ...withNames(told.map(({ draft }) => draft), nameFindings(file)), ...expectationFindings(examined, expecting), ...rpcFindings(file), ...applicationFindings(file),
    ...survey.management.map((conversation) => cleartextFinding(conversation, file)).filter((draft) => draft !== null),
    ...mismatched.map((one) => mismatchFinding(one, file)), ...errata.findings(file), ...claims.contradictions(rows), ...contradictionFindings(contradicted, documents), ...undocumented.map((one) => undocumentedFinding(one, file)),
  ];
  const heard = new InventoryTestimony(inventory, groups, labels).hear(drafts);
  const { problems, findings } = diagnose(heard, file);
  const idOf = new Map(drafts.map((draft, i) => [draft, findings[i]!.id]));
  const operation = operations.find(({ id }) => id === options.operation);
  return {
    captures: evidence.captures.map((capture, i): CaptureReport => ({
      file: capture.file, format: capture.format, compression: capture.compression, linkTypes: capture.linkTypes, packets: capture.packets, bytes: capture.bytes, start: capture.start, end: capture.end,
      decoded: capture.decoded, skipped: capture.skipped, dropped: capture.dropped, damage: capture.damage, vantage: vantages[i]!, blindTo: blindSpots(capture, vantages[i]!, labels),
    })),
    hosts,
    conversations: new Classifieds(evidence, kinds, classification), aggregated: evidence.aggregated, dynamicPorts: rows, dynamicRange: dynamicRange.rows(rows),
    staticPorts: staticPortPlan({ rpc: evidence.rpc, recipes: staticPortRecipes, knowledge, plays: (address, role) => roles.knowledge(address).held.includes(role), pinned: options.pinned ?? [] }),
    problems, findings,
    documents, claims: claims.reports(rows), contradictions: contradicted,
    overview: overview.build(evidence), expectations: expectationReports(examined, findings, expecting), operation: operation === undefined ? null : checklist(operation, evidence, findings, labels),
    ends: ends.pairs.map((pair) => endsReport(pair, told, idOf)), witnesses: records.reports(),
    comparison: options.baseline === undefined ? null : compareEvidence(options.baseline, evidence, findings, knowledge), notVisible: notVisible(evidence.hidden, labels),
  };
}

class Classifieds implements ClassifiedConversations {
  private readonly evidence: Evidence;
  readonly kinds: ConversationKinds;
  readonly classification: (index: number) => Classification;

  constructor(evidence: Evidence, kinds: ConversationKinds, classification: (index: number) => Classification) {
    this.evidence = evidence;
    this.kinds = kinds;
    this.classification = classification;
  }

  get length(): number {
    return this.evidence.conversations.length;
  }

  [Symbol.iterator](): Iterator<Conversation> {
    return this.evidence.conversations[Symbol.iterator]();
  }
}

function judgedDocuments(catalog: Catalog, named: readonly string[]): readonly CatalogDocument[] {
  if (named.length === 0) return catalog.documents.filter((document) => !document.superseded);
  return catalog.documents.filter((document) => named.includes(document.id));
}

function endsReport({ client, server, common, offset, uncertainty, translations }: CapturePair, told: readonly Refined[], idOf: ReadonlyMap<FindingDraft, string>): EndsReport {
  return {
    client, server, commonConnections: common, clockOffset: offset, clockUncertainty: uncertainty, translations,
    losses: told.flatMap(({ draft, testimony }) => (testimony === null || testimony.place === null || !isOfPair(draft, client, server) ? []
      : [{ finding: idOf.get(draft)!, place: testimony.place, explanation: testimony.sentences.join('; '), frames: testimony.frames }])),
  };
}

function isOfPair({ flows: [flow] }: FindingDraft, client: number, server: number): boolean {
  return flow !== undefined && (flow.first.capture === client || flow.first.capture === server);
}

/**
 * A question that got no answer because the name server cannot be reached is the same problem as that; one to a server that
 * answers otherwise, or that the capture's end cut off, is none.
 */
function withNames(connections: readonly FindingDraft[], names: readonly FindingDraft[]): FindingDraft[] {
  const lost = new Map(connections.filter((draft) => draft.port === 53 && draft.transport === 'udp').map((draft) => [`${draft.client} ${draft.server}`, draft.cause]));
  return [...connections, ...names.flatMap((draft) => {
    if (draft.confidence !== 'possible') return [draft];
    const cause = lost.get(`${draft.client} ${draft.server}`);
    return cause === undefined ? [] : [{ ...draft, cause }];
  })];
}

/** Servers that failed somebody, with the other addresses of the same machines: a fallback may have reached those. */
function reachableInterest(failing: readonly Conversation[], labels: HostLabels): ReadonlySet<string> {
  const servers = new Set<string>();
  for (const { server } of failing) {
    servers.add(server);
    for (const other of labels.sharing(server)) servers.add(other);
  }
  return servers;
}

function flowsByServer(notable: readonly Flow[]): (server: string) => readonly Flow[] {
  const map = new Map<string, Flow[]>();
  for (const flow of notable) {
    const list = map.get(flow.server.address);
    if (list === undefined) map.set(flow.server.address, [flow]);
    else if (list.length < 64) list.push(flow);
  }
  return (server) => map.get(server) ?? [];
}

function observedSeconds(evidence: Evidence): number {
  return Math.max(0, ...evidence.captures.map(({ start, end }) => (hasTime(start) && hasTime(end) ? secondsBetween(start, end) : 0)));
}
