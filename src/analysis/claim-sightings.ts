/** What claims about roles, logons and pairs of connections are decided by: one small record for each claim. */
import type { CatalogDocument, ClaimTest, PortRange, Row } from '../catalog/types.js';
import type { Conversation } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import { connectionText, decided, untested, type Decision } from './claim-decision.js';

type Plays = (address: string, role: string) => boolean;
type Test<K extends ClaimTest['kind']> = Extract<ClaimTest, { kind: K }>;

/** Pairs of machines that are watched for a mirrored row. */
const MAX_PAIRS = 10_000;
const mechanisms = ['ntlm', 'kerberos', 'basic', 'certificate'];

interface Pair {
  base: Conversation | null;
  mirror: Conversation | null;
}

interface Sighting {
  readonly test: ClaimTest;
  /** Rows that a `rows-mirrored` claim cites. */
  readonly rows: readonly Row[];
  readonly pairs: Map<string, Pair>;
  count: number;
  first: Conversation | null;
  against: Conversation | null;
}

export class ClaimSightings {
  private readonly byTest = new Map<ClaimTest, Sighting>();
  private readonly watched: Sighting[] = [];
  private readonly plays: Plays;
  private readonly notable: readonly Flow[];

  constructor(documents: readonly CatalogDocument[], plays: Plays, notable: readonly Flow[]) {
    this.plays = plays;
    this.notable = notable;
    for (const document of documents) for (const { test } of document.claims) {
      if (test.kind !== 'authentication' && test.kind !== 'rows-mirrored' && test.kind !== 'range-used' && test.kind !== 'same-address') continue;
      const cited = test.kind === 'rows-mirrored' ? test.rows : [];
      const rows = document.tables.flatMap((table) => table.rows.filter((row) => cited.includes(`${table.id}/${row.id}`)));
      const sighting: Sighting = { test, rows, pairs: new Map(), count: 0, first: null, against: null };
      this.byTest.set(test, sighting);
      this.watched.push(sighting);
    }
  }

  /** Called for every conversation that worked. */
  note(conversation: Conversation): void {
    for (const sighting of this.watched) {
      const { test } = sighting;
      if (test.kind === 'authentication') this.noteLogon(test, sighting, conversation);
      else if (test.kind === 'rows-mirrored') this.notePair(test, sighting, conversation);
      else if (test.kind === 'same-address') {
        if (this.plays(conversation.server, test.roles[0]) && this.plays(conversation.server, test.roles[1])) see(sighting, conversation);
      } else if (test.kind === 'range-used' && conversation.transport === test.transport && within(conversation.serverPort, [test.range]) && this.fits(conversation, test.source, test.target)) see(sighting, conversation);
    }
  }

  decide(test: Test<'authentication' | 'rows-mirrored' | 'client-ports' | 'range-used' | 'same-address'>): Decision {
    if (test.kind === 'client-ports') return this.clientPorts(test.range);
    const { first, against, count, pairs } = this.byTest.get(test)!;
    switch (test.kind) {
      case 'authentication':
        if (against !== null) return decided('contradicted', against, `logon by ${mechanismOf(against) ?? 'another mechanism'}: `);
        return first === null ? { ...untested, evidence: `no logon of a ${test.source.join(' or ')} could be read here` } : decided('confirmed', first, `${count} with logons, all by ${test.mechanism}: `);
      case 'rows-mirrored': return mirrored([...pairs.values()], test);
      case 'range-used':
        return first === null ? { ...untested, evidence: `no connection of these roles into ${test.range[0]}-${test.range[1]} here` } : decided('confirmed', first, `${count} conversations: `);
      case 'same-address':
        return first === null ? { ...untested, evidence: `no address is known to play both ${test.roles.join(' and ')}` } : decided('confirmed', first, `${first.server} plays both: `);
    }
  }

  private noteLogon(test: Test<'authentication'>, sighting: Sighting, conversation: Conversation): void {
    const mechanism = mechanismOf(conversation);
    if (mechanism === undefined || !test.source.some((role) => this.plays(conversation.client, role))) return;
    if (mechanism === test.mechanism) see(sighting, conversation);
    else sighting.against ??= conversation;
  }

  private notePair(test: Test<'rows-mirrored'>, { rows, pairs }: Sighting, conversation: Conversation): void {
    const { client, server, transport, serverPort } = conversation;
    const mirror = transport === test.transport && within(serverPort, test.ports);
    const base = !mirror && rows.some((row) => row.entries.some((entry) => entry.transport.includes(transport) && within(serverPort, entry.ports)) && this.fits(conversation, row.source, row.target));
    if (!mirror && !base) return;
    const key = `${client} ${server}`;
    let pair = pairs.get(key);
    if (pair === undefined) {
      if (pairs.size >= MAX_PAIRS) return;
      pairs.set(key, pair = { base: null, mirror: null });
    }
    if (mirror) pair.mirror ??= conversation;
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

  private fits({ client, server }: Conversation, source: readonly string[], target: readonly string[]): boolean {
    return source.some((role) => this.plays(client, role)) && target.some((role) => this.plays(server, role));
  }
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

function within(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(([from, to]) => port >= from && port <= to);
}

/** The first that the payload tells; `negotiate` alone leaves open which. */
function mechanismOf({ application }: Conversation): string | undefined {
  const told = application?.facts['authentication'];
  const words = (Array.isArray(told) ? told.join(' ') : typeof told === 'string' ? told : '').toLowerCase();
  return mechanisms.find((mechanism) => words.includes(mechanism));
}
