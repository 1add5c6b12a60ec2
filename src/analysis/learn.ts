/** Traffic that worked and that no document explains, as rows that a person can review and keep. */
import { unusedId, type DraftDocument, type DraftRow } from '../catalog/draft-yaml.js';
import { isProtocol, protocolTitle, resolveProtocol } from '../catalog/protocols.js';
import { unspecified } from '../catalog/protocol-vocabulary.js';
import type { Conversation } from '../evidence/evidence.js';
import { HostRoles } from './host-roles.js';
import { compareText } from './moments.js';
import type { ReportModel } from './report-model.js';
import type { Classified } from './traffic-findings.js';

/** One proposed row and what it was seen in. */
export interface LearnedRow {
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  /** Word of the protocol vocabulary. */
  readonly protocol: string;
  /** Empty: the role of some of these machines is not known. */
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** What a reference calls it, with its citation. */
  readonly name: string | null;
  readonly reference: string | null;
  readonly conversations: number;
  readonly packets: number;
  /** The first few, as proof. */
  readonly examples: readonly Conversation[];
  readonly symmetric: boolean;
  /** True: datagrams that nobody answered or rejected; some protocols want no answer, and some got none. */
  readonly oneWay: boolean;
}

export interface Learned {
  readonly rows: readonly LearnedRow[];
  /** Undocumented conversations that never worked: no rule is proposed for them. */
  readonly failed: number;
  /** Port and protocol pairs beyond the bound. */
  readonly leftOut: number;
}

/** Nobody reviews more rows than these; a scan cannot grow the draft past them. */
const MAX_ROWS = 2000;
const MAX_EXAMPLES = 3;

interface Group {
  readonly first: Conversation;
  readonly protocol: string;
  readonly source: Set<string>;
  readonly target: Set<string>;
  sourceUnknown: boolean;
  targetUnknown: boolean;
  conversations: number;
  packets: number;
  symmetric: boolean;
  oneWay: boolean;
  readonly examples: Conversation[];
  readonly name: string | null;
  readonly reference: string | null;
}

/** Everything that no document of the report explains. */
export function learn(model: ReportModel): Learned {
  return learnFrom(classified(model), new HostRoles(model.hosts));
}

function* classified({ conversations }: ReportModel): Generator<Classified> {
  for (const conversation of conversations) yield { conversation, classification: conversations.classification(conversation.index) };
}

export function learnFrom(conversations: Iterable<Classified>, roles: HostRoles): Learned {
  const groups = new Map<string, Group>();
  let failed = 0;
  let leftOut = 0;
  for (const { conversation, classification } of conversations) {
    const { verdict, reference, referenceName } = classification;
    if (verdict !== 'undocumented') continue;
    if (!worked(conversation) && !oneWay(conversation)) {
      failed++;
      continue;
    }
    const protocol = spokenProtocol(conversation);
    const key = `${conversation.transport} ${conversation.serverPort} ${protocol}`;
    let group = groups.get(key);
    if (group === undefined) {
      if (groups.size >= MAX_ROWS) {
        leftOut++;
        continue;
      }
      groups.set(key, group = { first: conversation, protocol, source: new Set(), target: new Set(), sourceUnknown: false, targetUnknown: false, conversations: 0, packets: 0, symmetric: false, oneWay: true, examples: [], name: referenceName, reference });
    }
    add(group, conversation, roles);
  }
  const rows = [...groups.values()].map((group): LearnedRow => ({
    transport: group.first.transport, port: group.first.serverPort, protocol: group.protocol, source: group.sourceUnknown ? [] : [...group.source].sort(compareText), target: group.targetUnknown ? [] : [...group.target].sort(compareText),
    name: group.name, reference: group.reference, conversations: group.conversations, packets: group.packets, examples: group.examples, symmetric: group.symmetric, oneWay: group.oneWay,
  })).sort((a, b) => a.port - b.port || compareText(a.transport, b.transport) || compareText(a.protocol, b.protocol));
  return { rows, failed, leftOut };
}

/** The same question as the findings ask: was it answered, or in full swing; between equals, both ways. */
export function worked({ outcomes, packets, orientation }: Conversation): boolean {
  if (outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined || outcomes.stalled !== undefined) return true;
  return orientation === 'symmetric' && packets.client > 0 && packets.server > 0;
}

function oneWay({ transport, outcomes }: Conversation): boolean {
  return transport === 'udp' && outcomes['one-way'] !== undefined && outcomes.answered === undefined && outcomes.rejected === undefined;
}

function add(group: Group, conversation: Conversation, roles: HostRoles): void {
  const client = roles.known(conversation.client);
  const server = roles.known(conversation.server);
  const symmetric = conversation.orientation === 'symmetric';
  for (const role of symmetric ? [...client, ...server] : client) group.source.add(role);
  for (const role of symmetric ? [...client, ...server] : server) group.target.add(role);
  group.sourceUnknown ||= client.length === 0 || (symmetric && server.length === 0);
  group.targetUnknown ||= server.length === 0 || (symmetric && client.length === 0);
  group.symmetric ||= symmetric;
  group.oneWay &&= oneWay(conversation);
  group.conversations++;
  group.packets += conversation.packets.client + conversation.packets.server;
  if (group.examples.length < MAX_EXAMPLES) group.examples.push(conversation);
}

/** A port proves no protocol, and a word outside the vocabulary no document can use. */
function spokenProtocol({ application }: Conversation): string {
  if (application === null || application.confidence === 'port') return unspecified;
  return isProtocol(application.protocol) ? application.protocol : resolveProtocol(application.protocol) ?? unspecified;
}

export function purposeOf({ name, protocol, transport, port }: LearnedRow): string {
  return name ?? (protocol === unspecified ? `Not explained: ${transport.toUpperCase()} ${port}` : protocolTitle(protocol));
}

/** `10.0.0.1 -> 10.0.0.2 (lab.pcapng #1, #7)`. */
export function exampleText({ client, server, frames }: Conversation, model: ReportModel): string {
  return `${client} -> ${server} (${frames.slice(0, 4).map(({ capture, frame }, index) => `${index === 0 ? `${fileName(model, capture)} ` : ''}#${frame}`).join(', ')})`;
}

function fileName(model: ReportModel, capture: number): string {
  return (model.captures[capture]?.file ?? '?').split(/[\\/]/).at(-1)!;
}

export function learnedDocument(model: ReportModel, learned: Learned, id: string): DraftDocument {
  const ids = new Set<string>();
  const roles = new HostRoles(model.hosts);
  const rows = learned.rows.map((row): DraftRow => ({
    id: unusedId(`${row.transport}-${row.port}`, ids), entries: [{ ports: [row.port, row.port], transport: row.transport, protocol: row.protocol }], source: row.source, target: row.target, purpose: purposeOf(row),
    remarks: [
      `${row.conversations} ${row.conversations === 1 ? 'conversation' : 'conversations'}, ${row.packets} packets${row.symmetric ? ', both sides send first' : ''}${row.reference === null ? '; no reference names it' : `; named by ${row.reference}`}`,
      ...row.examples.map((example) => exampleText(example, model)),
      ...[...new Set(row.examples.flatMap(({ client, server }) => [client, server]))].map((address) => roles.text(address)),
      ...(row.oneWay ? ['REVIEW: no answer was seen; keep it only where the protocol wants none'] : []),
      ...(row.source.length === 0 || row.target.length === 0 ? ['REVIEW: not every role is known; [] lets any machine'] : []),
    ],
  }));
  const remarks = [
    'Draft of what no document explains. Review each row: delete what should not be there, name what should.',
    `Learned from ${model.captures.map(({ file }) => file.split(/[\\/]/).at(-1)!).join(', ')}.`,
    ...(learned.failed > 0 ? [`${learned.failed} undocumented conversations never worked and are left out.`] : []),
    ...(learned.leftOut > 0 ? [`${learned.leftOut} conversations on further ports are left out: more than ${MAX_ROWS} rows.`] : []),
    ...(model.aggregated.length > 0 ? [`${model.aggregated.length} sums of traffic beyond the table of conversations are not looked at.`] : []),
  ];
  return { id, title: 'Traffic learned from captures', publisher: 'portwitness catalog learn', products: [], url: null, remarks, tables: rows.length === 0 ? [] : [{ id: 'learned', title: 'Seen and in no document', rows }] };
}
