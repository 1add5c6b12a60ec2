/** What claims about roles, logons and pairs of connections are decided by: one small record for each claim. */
import type { CatalogDocument, ClaimTest, PortRange, Row } from '../catalog/types.js';
import type { Conversation } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import { impliedRoles } from '../catalog/roles.js';
import { connectionText, decided, untested, type Decision } from './claim-decision.js';
import type { RoleKnowledge } from './role-knowledge.js';

/** Whether somebody of whom this is known plays one of some roles. */
export type PlaysOne = (knowledge: RoleKnowledge) => boolean;
type Test<K extends ClaimTest['kind']> = Extract<ClaimTest, { kind: K }>;

/** Pairs of machines that are watched for a mirrored row. */
const MAX_PAIRS = 10_000;
const mechanisms = ['ntlm', 'kerberos', 'basic', 'certificate'];

interface Pair {
  base: Conversation | null;
  mirror: Conversation | null;
}

/** Of machines, by client and server, in the order in which they were met. */
class Pairs {
  readonly list: Pair[] = [];
  private readonly byClient = new Map<string, Map<string, Pair>>();

  /** undefined: there is no room for it. */
  of(client: string, server: string): Pair | undefined {
    let servers = this.byClient.get(client);
    const known = servers?.get(server);
    if (known !== undefined || this.list.length >= MAX_PAIRS) return known;
    if (servers === undefined) this.byClient.set(client, servers = new Map<string, Pair>());
    const pair: Pair = { base: null, mirror: null };
    this.list.push(pair);
    servers.set(server, pair);
    return pair;
  }
}

interface CitedRow {
  readonly row: Row;
  readonly source: PlaysOne;
  readonly target: PlaysOne;
}

interface Sighting {
  readonly test: ClaimTest;
  /** Rows that a `rows-mirrored` claim cites. */
  readonly rows: readonly CitedRow[];
  /** Whom the claim speaks of. `same-address`: of both roles. */
  readonly source: PlaysOne;
  readonly target: PlaysOne;
  readonly pairs: Pairs;
  count: number;
  first: Conversation | null;
  against: Conversation | null;
}

/** What a sighting has to do with one port. */
interface OnPort {
  readonly sighting: Sighting;
  /** The port is that of the mirror. */
  readonly isMirror: boolean;
  /** Cited rows that have the port. */
  readonly rows: readonly CitedRow[];
}

export class ClaimSightings {
  private readonly byTest = new Map<ClaimTest, Sighting>();
  private readonly logons: Sighting[] = [];
  private readonly addresses: Sighting[] = [];
  private readonly ports: Sighting[] = [];
  /** 1: a claim of `ports` looks at this port; TCP first, then UDP. */
  private readonly watchedPorts = new Uint8Array(2 * 65_536);
  /** Looked up once for each of them. */
  private readonly onPorts = new Map<number, readonly OnPort[]>();
  private readonly knowledgeOf: (address: string) => RoleKnowledge;
  private readonly notable: readonly Flow[];

  constructor(documents: readonly CatalogDocument[], knowledgeOf: (address: string) => RoleKnowledge, notable: readonly Flow[]) {
    this.knowledgeOf = knowledgeOf;
    this.notable = notable;
    for (const document of documents) for (const { test } of document.claims) this.watch(test, document);
  }

  /** As a watcher does: see `conversation-walk.ts`. */
  meet(first: Conversation): boolean {
    const { transport, serverPort, application, server } = first;
    const known = this.knowledgeOf(server);
    for (const sighting of this.addresses) if (sighting.source(known) && sighting.target(known)) see(sighting, first);
    if (this.logons.length > 0 && application !== null && application.facts['authentication'] !== undefined) return true;
    return this.on(transport, serverPort).some(({ sighting: { test, target }, isMirror, rows }) => (test.kind === 'range-used' ? target(known) : isMirror || rows.some((cited) => cited.target(known))));
  }

  /** Of conversations that worked. */
  note(conversation: Conversation): void {
    const { transport, serverPort, application } = conversation;
    if (application !== null && application.facts['authentication'] !== undefined) for (const sighting of this.logons) this.noteLogon(sighting, conversation);
    for (const one of this.on(transport, serverPort)) {
      if (one.sighting.test.kind === 'rows-mirrored') this.notePair(one, conversation);
      else if (this.fits(conversation, one.sighting)) see(one.sighting, conversation);
    }
  }

  decide(test: Test<'authentication' | 'rows-mirrored' | 'client-ports' | 'range-used' | 'same-address'>): Decision {
    if (test.kind === 'client-ports') return this.clientPorts(test.range);
    const { first, against, count, pairs } = this.byTest.get(test)!;
    switch (test.kind) {
      case 'authentication':
        if (against !== null) return decided('contradicted', against, `logon by ${mechanismOf(against) ?? 'another mechanism'}: `);
        return first === null ? { ...untested, evidence: `no logon of a ${test.source.join(' or ')} could be read here` } : decided('confirmed', first, `${count} with logons, all by ${test.mechanism}: `);
      case 'rows-mirrored': return mirrored(pairs.list, test);
      case 'range-used':
        return first === null ? { ...untested, evidence: `no connection of these roles into ${test.range[0]}-${test.range[1]} here` } : decided('confirmed', first, `${count} conversations: `);
      case 'same-address':
        return first === null ? { ...untested, evidence: `no address is known to play both ${test.roles.join(' and ')}` } : decided('confirmed', first, `${first.server} plays both: `);
    }
  }

  private watch(test: ClaimTest, document: CatalogDocument): void {
    switch (test.kind) {
      case 'authentication':
        this.keep(this.logons, test, test.source, []);
        break;
      case 'same-address':
        this.keep(this.addresses, test, [test.roles[0]], [test.roles[1]]);
        break;
      case 'range-used':
        this.keep(this.ports, test, test.source, test.target);
        this.watchPorts(test.transport, [test.range]);
        break;
      case 'rows-mirrored': {
        const rows = document.tables.flatMap((table) => table.rows.filter((row) => test.rows.includes(`${table.id}/${row.id}`)));
        this.keep(this.ports, test, [], [], rows.map((row) => ({ row, source: playsOne(row.source), target: playsOne(row.target) })));
        this.watchPorts(test.transport, test.ports);
        for (const row of rows) for (const entry of row.entries) for (const transport of ['tcp', 'udp'] as const) if (entry.transport.includes(transport)) this.watchPorts(transport, entry.ports);
      }
    }
  }

  private keep(list: Sighting[], test: ClaimTest, source: readonly string[], target: readonly string[], rows: readonly CitedRow[] = []): void {
    const sighting: Sighting = { test, rows, source: playsOne(source), target: playsOne(target), pairs: new Pairs(), count: 0, first: null, against: null };
    this.byTest.set(test, sighting);
    list.push(sighting);
  }

  private watchPorts(transport: string, ranges: readonly PortRange[]): void {
    const base = transport === 'udp' ? 65_536 : 0;
    for (const [from, to] of ranges) this.watchedPorts.fill(1, base + from, base + to + 1);
  }

  private noteLogon(sighting: Sighting, conversation: Conversation): void {
    const mechanism = mechanismOf(conversation);
    if (sighting.test.kind !== 'authentication' || mechanism === undefined || !sighting.source(this.knowledgeOf(conversation.client))) return;
    if (mechanism === sighting.test.mechanism) see(sighting, conversation);
    else sighting.against ??= conversation;
  }

  private on(transport: Conversation['transport'], port: number): readonly OnPort[] {
    const place = transport === 'udp' ? port + 65_536 : port;
    if (this.watchedPorts[place] === 0) return NOTHING;
    let known = this.onPorts.get(place);
    if (known === undefined) this.onPorts.set(place, known = this.ports.flatMap((sighting) => onPort(sighting, transport, port)));
    return known;
  }

  private notePair({ sighting, isMirror, rows }: OnPort, conversation: Conversation): void {
    if (!isMirror && !this.fitsOne(conversation, rows)) return;
    const pair = sighting.pairs.of(conversation.client, conversation.server);
    if (pair === undefined) return;
    if (isMirror) pair.mirror ??= conversation;
    else pair.base ??= conversation;
  }

  /** Of most flows the client's port is not kept: what is decided here is decided by those that are. */
  private clientPorts(range: PortRange): Decision {
    const opened = this.notable.filter(({ transport, orientation }) => transport === 'tcp' && orientation === 'handshake');
    const [other] = opened.filter(({ client }) => !within(client.port, [range]));
    if (opened.length === 0) return { ...untested, evidence: 'the ports of clients are not looked at here' };
    if (other === undefined) return { status: 'confirmed', evidence: `${opened.length} connections were opened from ports of ${range[0]}-${range[1]} (#${opened[0]!.first.frame})`, proof: null };
    const { client, server, transport, first } = other;
    return {
      status: 'contradicted', evidence: `${client.address} opened a connection from port ${client.port}, which is not in ${range[0]}-${range[1]} (#${first.frame})`,
      proof: { client: client.address, server: server.address, transport, port: server.port, frames: [first] },
    };
  }

  private fits({ client, server }: Conversation, { source, target }: Pick<CitedRow, 'source' | 'target'>): boolean {
    return source(this.knowledgeOf(client)) && target(this.knowledgeOf(server));
  }

  private fitsOne({ client, server }: Conversation, rows: readonly CitedRow[]): boolean {
    const ofClient = this.knowledgeOf(client);
    const ofServer = this.knowledgeOf(server);
    for (const { source, target } of rows) if (source(ofClient) && target(ofServer)) return true;
    return false;
  }
}

const NOTHING: readonly OnPort[] = [];

function onPort(sighting: Sighting, transport: Conversation['transport'], port: number): OnPort[] {
  const { test, rows } = sighting;
  if (test.kind === 'range-used') return transport === test.transport && within(port, [test.range]) ? [{ sighting, isMirror: false, rows: [] }] : [];
  if (test.kind !== 'rows-mirrored') return [];
  const isMirror = transport === test.transport && within(port, test.ports);
  const on = isMirror ? [] : rows.filter(({ row }) => isOn(row, transport, port));
  return isMirror || on.length > 0 ? [{ sighting, isMirror, rows: on }] : [];
}

/** Answered once for each combination of roles that addresses hold, and from then on by its number: this is asked of every conversation. */
export function playsOne(roles: readonly string[]): PlaysOne {
  const answers: (boolean | undefined)[] = [];
  return ({ id, held }) => (answers[id] ??= held.some((role) => impliedRoles(role).some((implied) => roles.includes(implied))));
}

/** Somewhere the mirror has to be seen: elsewhere it may simply be switched off. */
function mirrored(pairs: readonly Pair[], test: Test<'rows-mirrored'>): Decision {
  const based = pairs.filter(({ base }) => base !== null);
  const both = based.filter(({ mirror }) => mirror !== null);
  const alone = based.find(({ mirror }) => mirror === null);
  const port = `${test.transport.toUpperCase()} ${test.ports.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(', ')}`;
  if (based.length === 0) return { ...untested, evidence: 'none of the rows was witnessed between machines of known roles' };
  if (both.length === 0) return { ...untested, evidence: `${based.length} pairs use the rows, none ${port}: it may be switched off` };
  if (alone !== undefined) return decided('contradicted', alone.base!, `${both.length} of ${based.length} pairs also use ${port}; not this one: `);
  return { status: 'confirmed', evidence: `all ${based.length} pairs also use ${port}: ${connectionText(both[0]!.mirror!)}`, proof: null };
}

function see(sighting: Sighting, conversation: Conversation): void {
  sighting.count++;
  sighting.first ??= conversation;
}

function isOn(row: Row, transport: Conversation['transport'], port: number): boolean {
  return row.entries.some((entry) => entry.transport.includes(transport) && within(port, entry.ports));
}

function within(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(([from, to]) => port >= from && port <= to);
}

/** The first that the payload tells; `negotiate` alone leaves open which. */
function mechanismOf({ application }: Conversation): string | undefined {
  const told = application?.facts['authentication'];
  const words = (Array.isArray(told) ? told.join(' ') : typeof told === 'string' ? told : '').toLowerCase();
  return mechanisms.find((mechanism) => words.includes(mechanism));
}
