/** Prose of a document, put to the capture. What a capture cannot decide is said to be not testable, never confirmed. */
import type { CatalogDocument, Claim, PortRange } from '../catalog/types.js';
import type { Conversation } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import { decided, untested, type Decision } from './claim-decision.js';
import { ClaimSightings, playsOne } from './claim-sightings.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import type { ClaimReport, DynamicPortReport } from './report-model.js';
import type { Roles } from './role-knowledge.js';
import { isReadableWinrm } from './traffic-findings.js';

/** What claims are decided by, gathered in the one walk over the conversations. */
export class ClaimWatch {
  /** Watched ports that were served: TCP, and UDP after 65535. */
  private readonly byPort = new Map<number, { readonly protocols: Set<string>; readonly conversation: Conversation }>();
  private readonly clear = new Map<string, { clear: number; hidden: number; first: Conversation; firstClear?: Conversation }>();
  private clusterUndocumented: Conversation | null = null;
  private readonly watchedPorts = new Uint8Array(2 * 65_536);
  private readonly documents: readonly CatalogDocument[];
  private readonly roles: Roles;
  private readonly sightings: ClaimSightings;
  private readonly isClusterNode = playsOne(['cluster-node']);

  /** `notable`: the flows of which each port is kept. */
  constructor(documents: readonly CatalogDocument[], roles: Roles, notable: readonly Flow[] = []) {
    this.documents = documents;
    this.roles = roles;
    this.sightings = new ClaimSightings(documents, (address) => roles.knowledge(address), notable);
    for (const { test } of documents.flatMap((document) => document.claims)) {
      if (!('ports' in test)) continue;
      for (const [from, to] of test.ports) this.watchedPorts.fill(1, placeOf(test.transport, from), placeOf(test.transport, to) + 1);
    }
  }

  meet(first: Conversation): boolean {
    const { transport, serverPort, application } = first;
    const place = placeOf(transport, serverPort);
    if (this.watchedPorts[place] !== 0) {
      let seen = this.byPort.get(place);
      if (seen === undefined) this.byPort.set(place, seen = { protocols: new Set(), conversation: first });
      if (application !== null && application.confidence !== 'port') seen.protocols.add(application.protocol);
    }
    const isSighted = this.sightings.meet(first);
    return isSighted || application?.protocol === 'winrm';
  }

  /** Of conversations that worked. */
  note(conversation: Conversation): boolean {
    this.sightings.note(conversation);
    if (conversation.application?.protocol === 'winrm') {
      const seen = this.clear.get('winrm') ?? { clear: 0, hidden: 0, first: conversation };
      if (isReadableWinrm(conversation)) {
        seen.clear++;
        seen.firstClear ??= conversation;
      } else if (conversation.visibility !== 'clear') seen.hidden++;
      this.clear.set('winrm', seen);
    }
    return true;
  }

  /** False: one was found. */
  get wantsUndocumented(): boolean {
    return this.clusterUndocumented === null;
  }

  /** Of conversations that worked and that no document names. */
  noteUndocumented(conversation: Conversation): void {
    if (this.isClusterNode(this.roles.knowledge(conversation.client)) && this.isClusterNode(this.roles.knowledge(conversation.server))) this.clusterUndocumented = conversation;
  }

  reports(dynamicPorts: readonly DynamicPortReport[]): ClaimReport[] {
    return this.decisions(dynamicPorts).map(({ document, claim, status, evidence }) => ({ document: document.id, id: claim.id, claim: claim.claim, status, evidence }));
  }

  /** A claim that the capture contradicts is a finding: somebody may have planned by it. */
  contradictions(dynamicPorts: readonly DynamicPortReport[]): FindingDraft[] {
    return this.decisions(dynamicPorts).flatMap(({ document, claim, status, evidence, proof }): FindingDraft[] => (status !== 'contradicted' || proof === null ? [] : [{
      ...draftDefaults, ...proof, cause: null, code: 'document-contradiction', severity: 'info', confidence: 'certain', impact: 'works', title: `Not as ${document.id} says: ${claim.claim}`, explanation: `${document.title} says: ${claim.claim} Here: ${evidence}.`,
    }]));
  }

  private decisions(dynamicPorts: readonly DynamicPortReport[]): (Decision & { readonly document: CatalogDocument; readonly claim: Claim })[] {
    return this.documents.flatMap((document) => document.claims.map((claim) => ({ document, claim, ...this.decide(claim, dynamicPorts) })));
  }

  private decide({ test }: Claim, dynamicPorts: readonly DynamicPortReport[]): Decision {
    switch (test.kind) {
      case 'dynamic-ports-within': {
        const used = dynamicPorts.filter((row) => row.port >= test.range[0] && row.port <= test.range[1] && (row.outcomes.accepted ?? 0) > 0);
        const beyond = used.filter((row) => row.port >= test.range[0] + test.first);
        if (used.length === 0) return untested;
        return beyond.length === 0
          ? { status: 'confirmed', evidence: `${used.length} dynamic ports used, all below ${test.range[0] + test.first}`, proof: null }
          : { status: 'contradicted', evidence: `${beyond.length} of ${used.length} used dynamic ports lie beyond the first ${test.first}: ${beyond.slice(0, 3).map((row) => `${row.server}:${row.port}`).join(', ')}`, proof: { client: beyond[0]!.clients[0] ?? null, server: beyond[0]!.server, transport: beyond[0]!.transport, port: beyond[0]!.port, frames: beyond.slice(0, 8).flatMap((row) => row.knownFrom.slice(0, 1).map(({ frame }) => frame)) } };
      }
      case 'port-unused': {
        const seen = this.firstOn(test.transport, test.ports);
        return seen === undefined ? untested : decided('contradicted', seen);
      }
      case 'encrypted': {
        const seen = this.clear.get(test.protocol);
        if (seen === undefined || seen.clear + seen.hidden === 0) return untested;
        return seen.clear > 0 ? decided('contradicted', seen.firstClear ?? seen.first, 'readable: ') : { status: 'confirmed', evidence: `${seen.hidden} conversations, none readable`, proof: null };
      }
      case 'undocumented-traffic':
        return this.clusterUndocumented === null ? untested : decided('confirmed', this.clusterUndocumented);
      case 'server-ports': {
        for (const [from] of test.ports) {
          const seen = this.byPort.get(placeOf(test.transport, from));
          if (seen?.protocols.has(test.protocol)) return decided('confirmed', seen.conversation);
        }
        return untested;
      }
      case 'connection': {
        const seen = this.firstOn(test.transport, test.ports);
        if (seen === undefined || !this.plays(seen.client, test.source) || !this.plays(seen.server, test.target)) return untested;
        return decided('confirmed', seen);
      }
      case 'authentication': case 'rows-mirrored': case 'client-ports': case 'range-used': case 'same-address':
        return this.sightings.decide(test);
      case 'range':
        return { ...untested, evidence: `a definition, ${test.range[0]} to ${test.range[1]}: nothing in a capture can contradict it` };
    }
  }

  private firstOn(transport: string, ports: readonly PortRange[]): Conversation | undefined {
    for (const { conversation } of this.byPort.values()) {
      const port = conversation.serverPort;
      if (conversation.transport === transport && ports.some(([from, to]) => port >= from && port <= to)) return conversation;
    }
    return undefined;
  }

  private plays(address: string, roles: readonly string[]): boolean {
    return playsOne(roles)(this.roles.knowledge(address));
  }
}

function placeOf(transport: 'tcp' | 'udp', port: number): number {
  return transport === 'udp' ? port + 65_536 : port;
}
