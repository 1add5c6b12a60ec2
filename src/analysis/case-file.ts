/** Everything that the makers of findings look at. Built once per analysis. */
import type { ConversationKinds, Evidence, MappingEvidence } from '../evidence/evidence.js';
import type { Flow, FrameReference } from '../flow/flow.js';
import type { Attempts } from './attempts.js';
import type { CaptureDoubt } from './capture-doubts.js';
import type { HostLabels } from './host-labels.js';
import type { Knowledge } from './knowledge.js';
import { hasTime, secondsBetween } from './moments.js';
import type { NtlmLogons } from './ntlm-fallback.js';
import type { Reachability } from './reachability.js';
import type { Vantage } from './report-model.js';
import type { Roles } from './role-knowledge.js';
import type { Survey } from './survey.js';

export interface CaseFile {
  readonly evidence: Evidence;
  readonly kinds: ConversationKinds;
  readonly survey: Survey;
  readonly labels: HostLabels;
  readonly roles: Roles;
  readonly vantages: readonly Vantage[];
  /** By capture: what is wrong with it as a witness. */
  readonly doubts: readonly CaptureDoubt[];
  readonly reachability: Reachability;
  readonly attempts: readonly Attempts[];
  /** Of `attempts`; see `silentPortsOf`. */
  readonly silentPorts: ReadonlyMap<string, ReadonlySet<number>>;
  readonly notable: ReadonlyMap<string, Flow[]>;
  readonly knowledge: Knowledge;
  /** What endpoint mappers and DCOM answers said of a port, by `mappingKey`. */
  readonly mappings: ReadonlyMap<string, readonly MappingEvidence[]>;
  /** Notable flows to a server, in the order of time; at most 64 of them. */
  byServer(server: string): readonly Flow[];
  /** Rows of documents that say that the conversation at this index should be open. */
  rowsFor(index: number): readonly string[];
  /** The same for a flow that a protocol refused something on. */
  rowsOf(flow: Flow): readonly string[];
  /** Further addresses of the same machine, by its name. */
  otherAddresses(address: string): readonly string[];
  /** By `conversationKey`, for conversations with failures above the transport: seconds of their last packet. */
  readonly lastHeard: ReadonlyMap<string, number>;
  readonly ntlmLogons: NtlmLogons;
  /** Packets that each address sent. */
  readonly heard: ReadonlyMap<string, number>;
  /** `#12`, with the number of the capture in front where there are several: `[2]#12`. */
  at(frame: FrameReference | null | undefined): string;
  /** Names of the port's service and of the application, for sentences. */
  portName(transport: 'tcp' | 'udp', port: number): string;
}

export interface SeenMapping extends MappingEvidence {
  /** Translated address of the client, where only the answer to that was kept. */
  readonly behind?: string;
}

export function mappingsByPort(mappings: readonly MappingEvidence[]): ReadonlyMap<string, readonly MappingEvidence[]> {
  const map = new Map<string, MappingEvidence[]>();
  for (const mapping of mappings) {
    const transport = mapping.protocol === 'ncacn_ip_tcp' ? 'tcp' : mapping.protocol === 'ncadg_ip_udp' ? 'udp' : null;
    if (transport === null || mapping.port === 0) continue;
    for (const server of new Set([mapping.server, mapping.announced])) {
      const key = mappingKey(server, transport, mapping.port);
      const list = map.get(key);
      if (list === undefined) map.set(key, [mapping]);
      else list.push(mapping);
    }
  }
  return map;
}

export function mappingKey(server: string, transport: 'tcp' | 'udp', port: number): string {
  return `${server} ${transport} ${port}`;
}

/** The latest word on a port before a connection to it: what the same client was told comes first. */
export function mappingFor(file: CaseFile, client: string, server: string, transport: 'tcp' | 'udp', port: number, flow: Flow | undefined): SeenMapping | null {
  let best: MappingEvidence | null = null;
  let bestScore = -Infinity;
  for (const mapping of file.mappings.get(mappingKey(server, transport, port)) ?? []) {
    const timed = flow !== undefined && hasTime(flow.start) && hasTime(mapping.time);
    const age = timed ? secondsBetween(mapping.time, flow.start) : 0;
    const score = (mapping.client === client ? 4e9 : 0) + (age >= -0.001 ? 2e9 : 0) + (mapping.interface === null ? 0 : 1e9) - Math.min(Math.abs(age), 1e8);
    if (score > bestScore) {
      bestScore = score;
      best = mapping;
    }
  }
  return best === null || best.client === client ? best : asSeenBy(client, best, file);
}

/** An answer that was kept as given to the translated address of this client: of equal statements the earliest is kept, wherever it was seen. */
function asSeenBy(client: string, mapping: MappingEvidence, file: CaseFile): SeenMapping {
  const isTwin = file.byServer(mapping.server).some((flow) => flow.client.address === mapping.client && flow.translation?.client.address === client);
  return isTwin ? { ...mapping, client, behind: mapping.client } : mapping;
}
