/**
 * What may be concluded from a SYN without an answer. Silence is filtered *or* not listening (Windows' stealth mode is silent
 * too); it is called blocked only with support, and where the capture was taken tells whose silence it is.
 */
import type { Flow, FlowDrop } from '../flow/flow.js';
import { pairKey, synsSent, type Failed } from './attempts.js';
import type { CaseFile, SeenMapping } from './case-file.js';
import type { Alternative, Confidence, DroppedAt } from './report-model.js';
import { retransmissionStack } from './syn-schedule.js';

export interface SilenceReading {
  readonly blocked: boolean;
  /** A drop record says that the packets arrived, and that nothing listens. */
  readonly unbound: boolean;
  readonly confidence: Confidence;
  readonly droppedAt: DroppedAt;
  readonly proof: string[];
  readonly ruledOut: string[];
  readonly alternatives: Alternative[];
}

export interface SilentTarget {
  readonly client: string;
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly failed: Failed;
  readonly mapping: SeenMapping | null;
}

export function readSilence(target: SilentTarget, file: CaseFile): SilenceReading {
  const { client, server, transport, port, failed, mapping } = target;
  const { labels, reachability } = file;
  const proof = [sentSentence(target, file)];
  const ruledOut: string[] = [];
  let support = 0;

  const others = reachability.otherPorts(client, server, transport, port);
  const reached = others.find((one) => !one.refused);
  const refused = others.find((one) => one.refused);
  if (reached !== undefined) {
    support++;
    proof.push(`${labels.short(client)} reaches ${labels.short(server)} on ${reached.transport.toUpperCase()} ${reached.port} (${file.at(reached.frame)})`);
    ruledOut.push('host down', 'no route');
    if (mapping !== null && others.some((one) => one.port === 135 && !one.refused)) ruledOut.push('endpoint mapper (135) blocked');
  }
  if (refused !== undefined) {
    support++;
    proof.push(`${labels.short(server)} answers ${refused.transport.toUpperCase()} ${refused.port} with a RST (${file.at(refused.frame)}): its closed ports are not silent`);
    if (reached === undefined) ruledOut.push('host down', 'no route');
  }
  const elsewhere = reachability.samePort(server, transport, port, client);
  if (elsewhere !== undefined) {
    support += 2;
    proof.push(`${labels.short(elsewhere.client)} reaches the same port (${file.at(elsewhere.frame)})`);
    ruledOut.push('service not running');
  }
  if (failed.workedBefore) {
    support++;
    proof.push('the same port answered earlier in this capture');
  }
  if (mapping !== null) {
    support += 2;
    proof.push(`the ${mapping.source === 'oxid' ? 'DCOM answer' : 'endpoint mapper'} of ${labels.short(mapping.server)} named this port (${file.at(mapping.frame)}${mapping.behind === undefined ? '' : `, seen behind the address translation, where ${labels.short(client)} is ${mapping.behind}`})`);
  }
  const anything = support > 0 ? undefined : reachability.anything(server);
  if (anything !== undefined) {
    support++;
    proof.push(`${labels.short(anything.client)} reaches ${labels.short(server)} on ${anything.transport.toUpperCase()} ${anything.port} (${file.at(anything.frame)})`);
    ruledOut.push('host down');
  }
  const heard = (file.heard.get(server) ?? 0) > 0;
  if (support === 0 && !heard) proof.push(`${labels.short(server)} sent no packet at all in this capture${otherSilentPorts(target, file)}`);
  const named = support === 0 ? namedByDns(target, file) : null;
  if (named !== null) proof.push(named.proof);
  const elsewhereMapped = mapping !== null && mapping.server !== server;
  if (elsewhereMapped) proof.push(`${labels.short(mapping.server)} told ${labels.short(client)} this address instead of its own (${file.at(mapping.frame)})`);

  const record = failed.flows.find((flow) => flow.dropped !== null && flow.dropped !== undefined)?.dropped ?? null;
  if (record !== null) {
    support += 3;
    proof.push(`the capturing system says that it dropped a packet of ${labels.short(record.from)} (${file.at(record.frame)}): ${record.reason}, at ${record.component}`);
    ruledOut.push('lost on the wire');
  }
  const { droppedAt, sentence } = record === null ? placeOfLoss(target, file) : { droppedAt: placeOfDrop(record, target, file), sentence: null };
  if (sentence !== null) proof.push(sentence);
  if (droppedAt === 'server' && record === null) ruledOut.push(`dropped on the way to ${labels.short(server)}`);
  const confidence: Confidence = record !== null ? 'certain' : support === 0 ? (heard ? 'likely' : 'possible') : 'likely';
  return { blocked: support > 0, unbound: record !== null && NOT_LISTENING.test(record.reason), confidence, droppedAt, proof, ruledOut: [...new Set(ruledOut)], alternatives: [...(elsewhereMapped ? [{ cause: `${server} is an address of ${labels.short(mapping.server)} that ${labels.short(client)} cannot reach (address translation, or another network)`, confidence: 'likely' as const }] : []), ...(named === null ? [] : [named.cause]), ...causes(target, file, droppedAt, support, refused !== undefined, heard)] };
}

function causes({ server, mapping, failed }: SilentTarget, file: CaseFile, droppedAt: DroppedAt, support: number, refuses: boolean, heard: boolean): Alternative[] {
  const name = file.labels.short(server);
  if (support === 0) {
    return [
      ...(heard ? [] : [{ cause: `${name} is down, or its address is wrong`, confidence: 'possible' as const }]),
      { cause: `a firewall on the way or on ${name} drops it`, confidence: 'possible' },
      { cause: `nothing listens there (the Windows Firewall's stealth mode is silent too)`, confidence: 'possible' },
      ...(heard ? [] : [{ cause: 'the answers take a path that this capture does not see', confidence: 'possible' as const }]),
    ];
  }
  const list: Alternative[] = droppedAt === 'server'
    ? [{ cause: `the firewall of ${name} itself`, confidence: 'likely' }, { cause: `another filter on ${name} (security agent, IPsec policy)`, confidence: 'possible' }]
    : [{ cause: `a firewall on the way, or that of ${name} itself`, confidence: 'likely' }];
  if (mapping === null && !refuses && !failed.workedBefore) list.push({ cause: 'nothing listens there (stealth mode is silent too)', confidence: 'possible' });
  if (mapping !== null || failed.workedBefore) list.push({ cause: 'the service stopped in the meantime', confidence: 'possible' });
  return list;
}

function sentSentence({ client, server, transport, port, failed }: SilentTarget, file: CaseFile): string {
  const first = failed.flows[0];
  const where = `${file.labels.short(server)} ${transport.toUpperCase()} ${port}`;
  if (first === undefined) return `${failed.count} ${failed.count === 1 ? 'attempt' : 'attempts'} of ${file.labels.short(client)} to ${where} got no answer`;
  const syns = failed.flows.reduce((sum, flow) => sum + synsSent(flow), 0);
  const word = transport === 'udp' ? `${first.packets.client} datagram${first.packets.client === 1 ? '' : 's'}` : `${syns} SYN${syns === 1 ? '' : 's'}`;
  const span = schedule(failed.flows);
  return `${word}${failed.count > 1 ? ` in ${failed.count} attempts` : ''} to ${where}${span} (${file.at(first.first)}): no answer, no reset, no ICMP error`;
}

function schedule(flows: readonly Flow[]): string {
  const [flow] = flows;
  if (flow === undefined || flows.length > 1 || flow.sketch.length < 2) return '';
  const start = flow.sketch[0]!.time;
  const at = flow.sketch.filter((row) => row.from === 'client').slice(1)
    .map((row) => Math.round(row.time.seconds - start.seconds + (row.time.nanoseconds - start.nanoseconds) / 1e9));
  if (at.length === 0 || at.some((seconds) => Number.isNaN(seconds))) return '';
  const stack = flow.transport === 'tcp' ? retransmissionStack(at, flow.ttl.client) : null;
  return `, again after ${at.join(', ')} s${stack === null ? '' : ` (as ${stack} does)`}`;
}

/** Who asked DNS for this address: a stale record is as silent as a firewall. */
function namedByDns({ client, server }: SilentTarget, file: CaseFile): { proof: string; cause: Alternative } | null {
  const { evidence, labels } = file;
  const found = evidence.lookups.find((one) => one.result === 0 && one.client === client && one.addresses.includes(server));
  if (found === undefined) return null;
  const others = evidence.names.filter((one) => one.address !== server && one.from !== 'dns' && firstLabel(one.name) === firstLabel(found.name));
  const elsewhere = others[0];
  return {
    proof: `DNS answered that ${found.name} is ${server} (${file.at(found.frame)})${elsewhere === undefined ? '' : `, but ${elsewhere.address} calls itself ${elsewhere.name} (${file.at(elsewhere.frame)})`}`,
    cause: { cause: `the DNS record of ${labels.hasName(server) ? labels.short(server) : found.name} is wrong or old: the machine has another address`, confidence: elsewhere === undefined ? 'possible' : 'likely' },
  };
}

function firstLabel(name: string): string {
  return (/^[^.]*/u.exec(name)?.[0] ?? name).toLowerCase();
}

const NO_PORTS: ReadonlySet<number> = new Set();

/** A host that is down is silent on all ports; a filter seldom is. */
function otherSilentPorts({ client, server, transport, port }: SilentTarget, file: CaseFile): string {
  const ports = file.silentPorts.get(pairKey(client, server)) ?? NO_PORTS;
  const isSelf = (one: number): boolean => transport === 'tcp' && one === port;
  const others = ports.size - (isSelf(port) && ports.has(port) ? 1 : 0);
  if (others === 0) return '';
  return `; ${others === 1 ? `TCP ${[...ports].find((one) => !isSelf(one))} is silent as well` : `${others} other ports are silent as well`}`;
}

/** As pktmon names them. */
const NOT_LISTENING = /^(?:INET_EndpointNotFound|NL_PortUnreachable|INET_TcbNotInTcbTable)$/u;

/** A drop record comes from the machine that captured; where that is not known, TCP/IP discards on its way in what came over the wire. */
function placeOfDrop(record: FlowDrop, { client, server }: SilentTarget, file: CaseFile): DroppedAt {
  const host = file.vantages[record.frame.capture]?.host;
  if (host === server) return 'server';
  if (host === client) return 'client';
  if (!/^(?:INET|NL|FL|Ipsec)_/u.test(record.reason)) return 'path';
  return record.from === client ? 'server' : 'client';
}

function placeOfLoss({ client, server, failed }: SilentTarget, file: CaseFile): { droppedAt: DroppedAt; sentence: string | null } {
  const capture = failed.flows[0]?.first.capture ?? 0;
  const vantage = file.vantages[capture];
  if (vantage === undefined) return { droppedAt: null, sentence: null };
  const name = file.labels.short(server);
  if (vantage.host === server && vantage.onHost) {
    return { droppedAt: 'server', sentence: `the capture was taken on ${name}: the packets reached it, and nothing left it in answer` };
  }
  if (vantage.host === client) return { droppedAt: null, sentence: `the packets left ${file.labels.short(client)}; lost on the way, or on ${name}` };
  return { droppedAt: null, sentence: null };
}
