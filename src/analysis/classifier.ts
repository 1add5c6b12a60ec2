/**
 * Each conversation against each document, by class: a million conversations are a few hundred combinations of port, protocol
 * and roles, judged once each. Per conversation there are a few map lookups and one number; nothing is allocated.
 */
import type { Catalog } from '../catalog/catalog.js';
import type { CatalogDocument } from '../catalog/types.js';
import type { Conversation, ConversationKinds } from '../evidence/evidence.js';
import { isGroupAddress } from './group-address.js';
import { Overlay } from './overlay.js';
import type { Classification, RowMatch, Verdict } from './report-model.js';
import type { Roles } from './role-knowledge.js';
import { bestOf, betterVerdict, judgeRow, type RowJudgement } from './row-agreement.js';

/** A class with what happened in it; row statuses are summed up from these. */
export interface ClassRecord {
  readonly classification: Classification;
  /** Judgements of all rows, by document. */
  readonly byDocument: ReadonlyMap<string, readonly RowJudgement[]>;
  /** Conversations of it that worked, and those that did not. */
  worked: number;
  failed: number;
  /** The first of each, as proof. */
  firstWorked: Conversation | null;
  firstFailed: Conversation | null;
}

/** Server ports that somebody announced or accepted a bind on. */
export interface ExplainedPorts {
  has(server: string, port: number): boolean;
}

/** Above every number of roles. */
const OF_OVERLAY = 0x7fff_ffff;

export class Classifier {
  readonly records: ClassRecord[] = [];
  private readonly catalog: Catalog;
  private readonly judged: ReadonlySet<CatalogDocument>;
  private readonly roles: Roles;
  private readonly explained: ExplainedPorts;
  private readonly clusterOverlay: Overlay;
  private readonly classOfKey = new Map<number, number>();
  private readonly kinds: ConversationKinds;
  /** Of the roles of each client; -1: not looked up yet. */
  private readonly clientRoles: Int32Array;
  private readonly classOfKind = new Map<number, number>();
  private readonly protocolIds = new Map<string, number>();
  private readonly portClasses = new Map<string, number>();
  /** Class of a port, TCP first, then UDP; -1: not looked up yet. */
  private readonly portClass = new Int32Array(2 * 65_536).fill(-1);

  constructor(catalog: Catalog, judged: readonly CatalogDocument[], roles: Roles, explained: ExplainedPorts, kinds: ConversationKinds) {
    this.catalog = catalog;
    this.judged = new Set(judged);
    this.roles = roles;
    this.explained = explained;
    this.clusterOverlay = new Overlay(roles);
    this.kinds = kinds;
    this.clientRoles = new Int32Array(kinds.clients.length).fill(-1);
  }

  /** Position of its class in `records`: what the kind and the roles of the client decide, unless the client may be of the cluster's own network. */
  classOf(index: number): number {
    const { kinds, clientRoles } = this;
    const client = kinds.clientOf[index]!;
    let roles = clientRoles[client]!;
    if (roles < 0) clientRoles[client] = roles = this.rolesOf(kinds.clients[client]!);
    if (roles === OF_OVERLAY) return this.classify(kinds.at(index));
    const key = roles * kinds.count + kinds.kindOf[index]!;
    let id = this.classOfKind.get(key);
    if (id === undefined) this.classOfKind.set(key, id = this.classify(kinds.at(index)));
    return id;
  }

  private rolesOf(client: string): number {
    return this.clusterOverlay.has(client) ? OF_OVERLAY : this.roles.knowledge(client).id;
  }

  private classify(conversation: Conversation): number {
    const { transport, serverPort: port, application, server } = conversation;
    const tcp = transport === 'tcp';
    const client = this.roles.knowledge(conversation.client).id;
    const serverRoles = this.roles.knowledge(server).id;
    const protocol = application === null || application.confidence === 'port' ? 0 : this.protocolId(application.protocol);
    const explained = port >= 1024 && this.explained.has(server, port) ? 1 : 0;
    const symmetric = conversation.orientation === 'symmetric' ? 1 : 0;
    const noRule = (!tcp && isGroupAddress(server)) || this.clusterOverlay.carries(conversation.client, server, port) ? 1 : 0;
    const ports = this.portClass[tcp ? port : port + 65_536]! >= 0 ? this.portClass[tcp ? port : port + 65_536]! : this.portClassOf(transport, port);
    // 12 + 12 + 9 + 14 + 3 bits: exact in a double.
    const key = ((((client & 4095) * 4096 + (serverRoles & 4095)) * 512 + (protocol & 511)) * 16_384 + (ports & 16_383)) * 8 + explained * 4 + symmetric * 2 + noRule;
    const known = this.classOfKey.get(key);
    if (known !== undefined) return known;
    const id = this.records.length;
    this.classOfKey.set(key, id);
    this.records.push(this.judge(id, conversation, explained === 1, noRule === 1));
    return id;
  }

  private judge(id: number, conversation: Conversation, explained: boolean, noRule: boolean): ClassRecord {
    const { transport, serverPort: port, application } = conversation;
    const protocol = application === null || application.confidence === 'port' ? null : application.protocol;
    const asClass = {
      transport, port, protocol, explained, symmetric: conversation.orientation === 'symmetric',
      client: this.roles.knowledge(conversation.client), server: this.roles.knowledge(conversation.server),
    };
    const byDocument = new Map<string, RowJudgement[]>();
    let ambient = noRule;
    for (const candidate of this.catalog.candidateRows(transport, port)) {
      if (candidate.row.ambient) ambient = true;
      if (!this.judged.has(candidate.document)) continue;
      const list = byDocument.get(candidate.document.id);
      const judgement = judgeRow(candidate, asClass);
      if (list === undefined) byDocument.set(candidate.document.id, [judgement]);
      else list.push(judgement);
    }
    const matches: RowMatch[] = [];
    let verdict: Verdict = 'undocumented';
    let verdictFrom: string | null = null;
    for (const [document, judgements] of byDocument) {
      const best = bestOf(judgements)!;
      matches.push({
        document, row: best.candidate.citation, verdict: best.verdict, port: 'agrees', transport: best.transport, protocol: best.protocol, source: best.source, target: best.target,
      });
      if (verdictFrom === null ? best.verdict !== 'undocumented' : betterVerdict(best.verdict, verdict)) {
        verdict = best.verdict;
        verdictFrom = document;
      }
    }
    if (ambient) verdict = 'ambient';
    const named = this.catalog.referenceFor(transport, port, protocol);
    const reference = named?.citation ?? null;
    return {
      byDocument, worked: 0, failed: 0, firstWorked: null, firstFailed: null,
      classification: { id, verdict, verdictFrom: ambient ? null : verdictFrom, matches, reference, referenceName: named?.row.name ?? null, json: jsonOf(verdict, ambient ? null : verdictFrom, matches, reference) },
    };
  }

  private protocolId(name: string): number {
    let id = this.protocolIds.get(name);
    if (id === undefined) {
      id = this.protocolIds.size + 1;
      this.protocolIds.set(name, id);
    }
    return id;
  }

  /** Ports that stand in the same entries of the same rows are one class, and so are those that nothing names. */
  private portClassOf(transport: 'tcp' | 'udp', port: number): number {
    const signature = this.catalog.candidateRows(transport, port).map((candidate) => `${candidate.citation} ${candidate.width} ${candidate.entry.protocol}`).join('|');
    const key = `${transport} ${signature} ${this.catalog.referenceFor(transport, port, null)?.citation ?? ''}`;
    let id = this.portClasses.get(key);
    if (id === undefined) {
      id = this.portClasses.size;
      this.portClasses.set(key, id);
    }
    this.portClass[transport === 'tcp' ? port : port + 65_536] = id;
    return id;
  }
}

function jsonOf(verdict: Verdict, verdictFrom: string | null, matches: readonly RowMatch[], reference: string | null): string {
  return `"verdict":${JSON.stringify(verdict)},"verdictFrom":${JSON.stringify(verdictFrom)},"matches":${JSON.stringify(matches)},"reference":${JSON.stringify(reference)}`;
}
