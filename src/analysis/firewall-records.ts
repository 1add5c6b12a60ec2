/**
 * Records of firewalls beside the captures, matched on five-tuple and time. A record says which machine's filter dropped a packet, so it
 * decides where silence comes from. Local times have no zone: the whole quarter of an hour that most matches agree on is taken for it.
 */
import type { Evidence } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import type { WitnessFile, WitnessRecord } from '../witness/witness.js';
import type { HostLabels } from './host-labels.js';
import { hasTime, secondsOf } from './moments.js';
import { sameName } from './named-hosts.js';
import type { DroppedAt, Vantage, WitnessReport } from './report-model.js';
import type { Testify, Testimony } from './testimony.js';

/** Clocks of two machines of one domain differ by less (Kerberos allows five minutes). */
const TOLERANCE_SECONDS = 300;
const QUARTER = 900;
const MAX_UNSEEN = 20;
const MAX_PER_TUPLE = 32;

interface Known {
  readonly record: WitnessRecord;
  readonly file: number;
}

export interface FirewallRecords {
  readonly testify: Testify;
  readonly reports: () => WitnessReport[];
  /** Drops on the way out of one of these addresses to one of those, for attempts that never left. */
  dropsBetween(from: readonly string[], to: readonly string[], transport: 'tcp' | 'udp', port: number | null): readonly { readonly record: WitnessRecord; readonly sentence: string }[];
}

const NONE: readonly Known[] = [];

export function firewallRecords(files: readonly WitnessFile[], evidence: Evidence, labels: HostLabels, vantages: readonly Vantage[]): FirewallRecords {
  const byTuple = new Map<string, Known[]>();
  files.forEach(({ records }, file) => {
    for (const record of records) {
      const key = tupleKey(record.transport, record.source.address, record.source.port, record.destination.address, record.destination.port);
      const list = byTuple.get(key);
      if (list === undefined) byTuple.set(key, [{ record, file }]);
      else if (list.length < MAX_PER_TUPLE) list.push({ record, file });
    }
  });
  const filters = new Map<string, string>();
  for (const one of files) for (const [id, name] of one.filters) filters.set(id, name);
  const offsets = files.map((_, file) => localOffset(file, byTuple, evidence));
  const matched = files.map(() => new Set<WitnessRecord>());

  const find = (flow: Flow): readonly Known[] => {
    if (byTuple.size === 0) return NONE;
    const { client, server, transport } = flow;
    const all = [
      ...(byTuple.get(tupleKey(transport, client.address, client.port, server.address, server.port)) ?? []),
      ...(byTuple.get(tupleKey(transport, server.address, server.port, client.address, client.port)) ?? []),
    ];
    return all.filter(({ record, file }) => isAtTheTime(record, flow, offsets[file] ?? null));
  };
  if (byTuple.size > 0) for (const flow of evidence.notable) for (const { record, file } of find(flow)) matched[file]!.add(record);

  const filterName = ({ filter, filterId }: WitnessRecord): string | null => {
    const known = filterId === null ? undefined : filters.get(filterId);
    if (known !== undefined) return `${known} (filter ${filterId})`;
    if (filter !== null) return filterId === null ? filter : `${filter} (filter ${filterId})`;
    return filterId === null ? null : `filter ${filterId}`;
  };
  const sentenceOf = (record: WitnessRecord, file: number): string => {
    const name = filterName(record);
    const where = record.computer === null ? '' : ` of ${record.computer}`;
    const way = record.direction === null ? '' : ` ${record.direction}`;
    const layer = record.layer === null ? '' : ` at layer ${record.layer}`;
    return `${baseName(files[file]!.file)}${where}, line ${record.line}: ${record.action === 'drop' ? 'dropped' : 'let pass'}${way}${name === null ? '' : ` by ${name}`}${layer}`;
  };

  return {
    testify: (flow) => {
      const known = find(flow);
      const drop = known.find(({ record }) => record.action === 'drop');
      if (drop !== undefined) return dropped(drop.record, sentenceOf(drop.record, drop.file), filterName(drop.record), flow, labels, vantages);
      const pass = known.find(({ record }) => record.action === 'allow' && record.direction !== 'outbound');
      if (pass === undefined) return null;
      const server = labels.short(flow.server.address);
      return { droppedAt: null, confidence: 'likely', place: null, sentences: [sentenceOf(pass.record, pass.file)], ruledOut: [`the Windows Firewall of ${pass.record.computer ?? server}`], causes: [], frames: [] };
    },
    reports: () => files.map((file, i) => reportOf(file, offsets[i] ?? null, matched[i]!, evidence, filterName)),
    dropsBetween: (from, to, transport, port) => files.flatMap(({ records }, file) => records.filter((record) => record.action === 'drop' && record.transport === transport
      && ((from.includes(record.source.address) && to.includes(record.destination.address) && (port === null || record.destination.port === port))
        || (record.direction === null && to.includes(record.source.address) && from.includes(record.destination.address) && (port === null || record.source.port === port)))
      && isDuring(record, offsets[file] ?? null, evidence)).slice(0, MAX_UNSEEN).map((record) => ({ record, sentence: sentenceOf(record, file) }))),
  };
}

function dropped(record: WitnessRecord, sentence: string, filter: string | null, flow: Flow, labels: HostLabels, vantages: readonly Vantage[]): Testimony {
  const { client, server } = flow;
  const droppedAt = sideOf(record, flow, labels, vantages);
  const who = droppedAt === 'server' ? labels.short(server.address) : droppedAt === 'client' ? labels.short(client.address) : record.computer ?? 'a machine on the way';
  const by = filter === null ? `the firewall of ${who}` : `the firewall of ${who}: ${filter}`;
  const ruledOut = droppedAt === 'server' ? ['lost on the way', 'nothing listens there'] : droppedAt === 'client' ? ['lost on the way', `the firewall of ${labels.short(server.address)}`] : [`the firewall of ${labels.short(server.address)}`];
  return { droppedAt, confidence: 'certain', place: null, sentences: [sentence], ruledOut, causes: [{ cause: by, confidence: 'certain' }], frames: [] };
}

/** Whose firewall it was: by the name in the record, else by the direction that its machine saw. */
function sideOf({ computer, direction, source, destination }: WitnessRecord, { client, server }: Flow, labels: HostLabels, vantages: readonly Vantage[]): DroppedAt {
  if (direction === 'forward') return 'path';
  if (computer !== null) {
    const named = (address: string): boolean => labels.namesOf(address).some(({ name }) => sameName(name, computer)) || sameName(labels.short(address), computer);
    if (named(server.address)) return 'server';
    if (named(client.address)) return 'client';
  }
  if (direction !== null) {
    const owner = direction === 'inbound' ? destination : source;
    // Exports of inbound events exist that put the local side first: the port of the service tells then whose socket it is.
    if (owner.address === server.address && owner.port === server.port) return 'server';
    if (owner.address === client.address) return 'client';
    return 'path';
  }
  const host = vantages[0]?.host ?? null;
  return host === server.address ? 'server' : host === client.address ? 'client' : null;
}

function isAtTheTime(record: WitnessRecord, flow: Flow, offset: number | null): boolean {
  if (record.sequence !== null && flow.transport === 'tcp' && flow.sketch.some((row) => row.sequence === record.sequence)) return true;
  if (record.time === null || !hasTime(flow.start)) return true;
  if (record.localTime && offset === null) return false;
  const at = record.time + (record.localTime ? offset! : 0);
  return at >= secondsOf(flow.start) - TOLERANCE_SECONDS && at <= secondsOf(flow.end) + TOLERANCE_SECONDS;
}

function isDuring(record: WitnessRecord, offset: number | null, { captures }: Evidence): boolean {
  if (record.time === null) return true;
  // A log whose times cannot be told is believed where nothing else can be: its line is named.
  if (record.localTime && offset === null) return true;
  const at = record.time + (record.localTime ? offset! : 0);
  return captures.some(({ start, end }) => hasTime(start) && hasTime(end) && at >= secondsOf(start) - TOLERANCE_SECONDS && at <= secondsOf(end) + TOLERANCE_SECONDS);
}

/** Seconds to be added to local times: the multiple of a quarter of an hour that most records with a flow of the same sockets agree on; null: there is none. */
function localOffset(file: number, byTuple: ReadonlyMap<string, readonly Known[]>, evidence: Evidence): number | null {
  const votes = new Map<number, number>();
  for (const { client, server, transport, start } of evidence.notable) {
    if (!hasTime(start)) continue;
    for (const { record, file: from } of byTuple.get(tupleKey(transport, client.address, client.port, server.address, server.port)) ?? []) {
      if (from !== file || record.time === null || !record.localTime) continue;
      const offset = Math.round((secondsOf(start) - record.time) / QUARTER) * QUARTER;
      if (Math.abs(offset) <= 15 * 3600) votes.set(offset, (votes.get(offset) ?? 0) + 1);
    }
  }
  const best = [...votes].sort(([a, x], [b, y]) => y - x || Math.abs(a) - Math.abs(b))[0];
  return best?.[0] ?? null;
}

function reportOf(file: WitnessFile, offset: number | null, matched: ReadonlySet<WitnessRecord>, evidence: Evidence, filterName: (record: WitnessRecord) => string | null): WitnessReport {
  let first = Infinity;
  let last = -Infinity;
  const seen = new Set<string>();
  for (const { client, server, transport, serverPort } of evidence.conversations) seen.add(`${transport} ${client} ${server} ${serverPort}`);
  const unseen = new Map<string, WitnessReport['unseen'][number] & { times: number }>();
  let drops = 0;
  const local = file.records.some((record) => record.localTime);
  for (const record of file.records) {
    if (record.time !== null) {
      first = Math.min(first, record.time);
      last = Math.max(last, record.time);
    }
    if (record.action !== 'drop') continue;
    drops++;
    const { source, destination, transport } = record;
    if (matched.has(record) || !isDuring(record, offset, evidence) || (local && offset === null) || isBroadcast(destination.address)) continue;
    if (seen.has(`${transport} ${source.address} ${destination.address} ${destination.port}`) || seen.has(`${transport} ${destination.address} ${source.address} ${source.port}`)) continue;
    const key = `${transport} ${source.address} ${destination.address} ${destination.port}`;
    const known = unseen.get(key);
    if (known !== undefined) known.times++;
    else if (unseen.size < 1000) unseen.set(key, { client: source.address, server: destination.address, transport, port: destination.port, times: 1, filter: filterName(record) });
  }
  const shift = local ? offset ?? 0 : 0;
  return {
    file: file.file, kind: file.kind, records: file.records.length + file.recordsLeftOut, drops, matched: matched.size, start: timeOf(first + shift), end: timeOf(last + shift),
    clockOffset: local ? offset : 0, faults: file.faultCount, unseen: [...unseen.values()].sort((a, b) => b.times - a.times).slice(0, MAX_UNSEEN),
  };
}

function isBroadcast(address: string): boolean {
  return address.startsWith('ff') || address.endsWith('.255') || /^2(?:2[4-9]|3\d)\./u.test(address);
}

function timeOf(seconds: number): { seconds: number; nanoseconds: number } | null {
  if (!Number.isFinite(seconds)) return null;
  const whole = Math.floor(seconds);
  return { seconds: whole, nanoseconds: Math.round((seconds - whole) * 1e9) };
}

function tupleKey(transport: string, source: string, sourcePort: number, destination: string, destinationPort: number): string {
  return `${transport} ${source} ${sourcePort} ${destination} ${destinationPort}`;
}

function baseName(file: string): string {
  return file.replace(/^.*[\\/]/u, '');
}
