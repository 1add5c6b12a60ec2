/** Findings of the transport: silence, resets, ICMP errors, handshakes and connections that break. One per cause and conversation. */
import type { Flow, FrameReference } from '../flow/flow.js';
import { failedAs, type Attempts, type Failed } from './attempts.js';
import { mappingFor, type CaseFile } from './case-file.js';
import { fallbackOf } from './fallback.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import { isGroupAddress } from './group-address.js';
import { describeInterface } from './knowledge.js';
import { resetOrigin } from './reset-origin.js';
import { readSilence } from './silence.js';
import { icmpMeaning } from './icmp-meaning.js';
import { findStall } from './stall.js';

const ENDPOINT_MAPPER = 135;
/** Ports whose protocols answer each datagram: only there is a lonely datagram a sign of trouble. */
const answeringUdpPorts: ReadonlySet<number> = new Set([53, 88, 123, 161, 389, 464, 1434, 1812, 1813]);
const answeringUdpProtocols: ReadonlySet<string> = new Set(['dns', 'kerberos', 'ldap', 'cldap', 'ntp', 'radius', 'snmp']);
const MAX_FRAMES = 16;
/** A sketch with this many rows is not all of its flow. */
const SKETCH_ROWS = 64;

export function connectionFindings(file: CaseFile): FindingDraft[] {
  return file.attempts.flatMap((attempts) => [
    silenceFinding(attempts, file), refusedFinding(attempts, file), rejectedFinding(attempts, file), brokenFinding('half-open', attempts, file),
    brokenFinding('reset-early', attempts, file), brokenFinding('stalled', attempts, file),
  ].filter((finding) => finding !== undefined));
}

function silenceFinding(attempts: Attempts, file: CaseFile): FindingDraft | undefined {
  const { conversation } = attempts;
  const { client, server, transport, serverPort: port } = conversation;
  const failed = failedAs(transport === 'udp' ? 'one-way' : 'no-answer', attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  if (transport === 'udp' && !expectsAnswer(attempts, file)) return undefined;
  // Every stack repeats its SYN: one that stays alone was given up at once, or its retries were not captured.
  const alone = transport === 'tcp' && failed.flows.length > 0 && failed.flows.every((flow) => flow.synCount === 1 && !flow.dropped);
  if (alone && (failed.workedBefore || failed.workedAfter)) return undefined;
  const base = baseOf(attempts, failed, file);
  const { mapping } = base;
  const reading = readSilence({ client, server, transport, port, failed, mapping }, file);
  const where = file.labels.short(server);
  const common = {
    ...base, confidence: transport === 'udp' || alone ? 'possible' as const : reading.confidence, droppedAt: reading.droppedAt, proof: reading.proof, ruledOut: reading.ruledOut,
    alternatives: reading.alternatives, explanation: `${sentence(reading.proof)}`,
  };
  const group = reading.droppedAt === 'server' ? `at ${server}` : `from ${client}`;
  if (transport === 'udp') {
    return { ...common, code: 'no-answer', state: 'LISTENING or FILTERED', remedy: 'open-port', cause: `udp silence ${server} ${port}`, title: `${file.portName('udp', port)} on ${where} does not answer ${file.labels.short(client)}` };
  }
  if (reading.unbound && reading.droppedAt === 'server') {
    return {
      ...common, code: 'service-not-listening', state: 'NOT LISTENING', remedy: 'start-service', cause: `not listening ${server} ${port}`,
      alternatives: [{ cause: 'nothing listens on the port', confidence: 'certain' }], title: `Nothing listens on ${where} TCP ${port}${serviceSuffix(file, transport, port)}`,
    };
  }
  if (mapping !== null) {
    return { ...common, code: 'blocked-dynamic-port', state: 'FILTERED', remedy: 'open-dynamic-port', cause: `dynamic silence ${group}`, title: `${mappedName(base, file)} on ${where} cannot be reached` };
  }
  if (!reading.blocked) {
    const dead = (file.heard.get(server) ?? 0) === 0;
    return { ...common, code: 'no-answer', state: 'FILTERED', remedy: 'path', cause: dead ? `silent host ${server}` : `silence ${server} ${port}`, title: dead ? `${where} does not answer at all` : `${file.portName('tcp', port)} on ${where} does not answer` };
  }
  if (port === ENDPOINT_MAPPER) {
    return { ...common, code: 'endpoint-mapper-blocked', state: 'FILTERED', remedy: 'open-endpoint-mapper', cause: `mapper silence ${group}`, title: `The RPC endpoint mapper on ${where} cannot be reached` };
  }
  return { ...common, code: 'blocked-port', state: 'FILTERED', remedy: 'open-port', cause: `silence ${server} ${port} ${reading.droppedAt ?? ''}`, title: `${file.portName('tcp', port)} on ${where} cannot be reached` };
}

function refusedFinding(attempts: Attempts, file: CaseFile): FindingDraft | undefined {
  const failed = failedAs('refused', attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  const { conversation: { client, server, serverPort: port } } = attempts;
  const base = baseOf(attempts, failed, file);
  const where = file.labels.short(server);
  const origin = failed.flows.length > 0 ? resetOrigin(failed.flows[0]!, file) : { by: 'unknown' as const, reason: '' };
  const at = `#${failed.flows[0]?.first.frame ?? base.frames[0]?.frame ?? 0}`;
  const seen = failed.flows[0]?.packets.client === 0
    ? `a RST from ${where} TCP ${port} (${at}); the SYN that it answers is not in the capture`
    : `${failed.count === 1 ? 'a SYN' : `${failed.count} connections`} to ${where} TCP ${port} answered by a RST (${at})`;
  const reset = { ...base, ruledOut: ['host down', 'silently dropped'] };
  if (origin.by === 'device') {
    const proof = [seen, origin.reason];
    const alternatives = [{ cause: 'a firewall on the way rejects it with a RST', confidence: 'likely' as const }];
    const common = { ...reset, proof, alternatives, confidence: 'likely' as const, droppedAt: 'path' as const, state: 'FILTERED' as const, explanation: sentence(proof), ruledOut: [...reset.ruledOut, `refused by ${where} itself`] };
    if (base.mapping !== null) return { ...common, proof: [...proof, namedBy(base, file)], code: 'blocked-dynamic-port', remedy: 'open-dynamic-port', cause: `dynamic reset ${client}`, title: `${mappedName(base, file)} on ${where} is rejected on the way` };
    if (port === ENDPOINT_MAPPER) return { ...common, code: 'endpoint-mapper-blocked', remedy: 'open-endpoint-mapper', cause: `mapper reset ${client}`, title: `The RPC endpoint mapper on ${where} is rejected on the way` };
    return { ...common, code: 'rejected-by-firewall', remedy: 'open-port', cause: `reset by device ${server} ${port}`, title: `${file.portName('tcp', port)} on ${where} is rejected on the way` };
  }
  if (base.mapping !== null && origin.by === 'unknown') {
    const proof = [seen, namedBy(base, file)];
    return {
      ...reset, proof, code: 'blocked-dynamic-port', confidence: 'possible', state: 'FILTERED', remedy: 'open-dynamic-port', cause: `dynamic reset ${client}`, explanation: sentence(proof),
      alternatives: [{ cause: 'a firewall rejects it with a RST', confidence: 'possible' }, { cause: 'the service stopped after the mapper named it', confidence: 'possible' }],
      title: `${mappedName(base, file)} on ${where} is refused`,
    };
  }
  const proof = [seen, ...(origin.by === 'host' ? [origin.reason] : []), ...(base.mapping === null ? [] : [namedBy(base, file)])];
  return {
    ...reset, proof, code: 'service-not-listening', confidence: origin.by === 'host' ? 'certain' : 'likely', droppedAt: 'server', state: 'NOT LISTENING', remedy: 'start-service',
    cause: `not listening ${server} ${port}`, explanation: `${sentence(proof)} Nothing listens on this port; no firewall rule helps.`, ruledOut: [...reset.ruledOut, ...(origin.by === 'host' ? ['a firewall on the way'] : [])],
    alternatives: [
      { cause: `the service is stopped, or listens on another port or address`, confidence: origin.by === 'host' ? 'certain' : 'likely' },
      ...(origin.by === 'host' ? [] : [{ cause: 'a firewall answers in its name', confidence: 'possible' as const }]),
    ],
    title: `Nothing listens on ${where} TCP ${port}${serviceSuffix(file, 'tcp', port)}`,
  };
}

function rejectedFinding(attempts: Attempts, file: CaseFile): FindingDraft | undefined {
  const failed = failedAs('rejected', attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  const { conversation: { client, server, transport, serverPort: port } } = attempts;
  // The client's own "port unreachable" answers a late answer: its socket was closed already, and nothing is wrong.
  if (failed.flows.length > 0 && failed.flows.every((flow) => flow.icmp?.from === client)) return undefined;
  const base = baseOf(attempts, failed, file);
  const where = file.labels.short(server);
  const icmp = failed.flows.find((flow) => flow.icmp !== null)?.icmp ?? null;
  const frames = icmp === null ? base.frames : uniqueFrames([...base.frames.slice(0, MAX_FRAMES - 1), icmp.first]);
  if (icmp === null) {
    return { ...base, code: 'rejected-by-firewall', confidence: 'possible', explanation: `An ICMP error answered ${failed.count} attempts.`, state: 'FILTERED', remedy: 'open-port', cause: `icmp ${server} ${port}`, title: `${file.portName(transport, port)} on ${where} is rejected` };
  }
  const meaning = icmpMeaning(icmp, server);
  const from = icmp.from === server ? `${where} itself` : file.labels.full(icmp.from);
  const proof = [`${from} answers with ${meaning.text} (#${icmp.first.frame})`];
  const common = { ...base, frames, proof, confidence: 'certain' as const, explanation: sentence(proof) };
  const ruledOut = ['silently dropped', ...(icmp.from === server ? ['host down', 'a firewall on the way'] : [`refused by ${where} itself`])];
  switch (meaning.kind) {
    case 'nothing-listens':
      return { ...common, ruledOut, code: 'service-not-listening', droppedAt: 'server', state: 'NOT LISTENING', remedy: 'start-service', cause: `not listening ${server} ${port}`, alternatives: [{ cause: 'nothing listens on the port', confidence: 'certain' }], title: `Nothing listens on ${where} ${transport.toUpperCase()} ${port}${serviceSuffix(file, transport, port)}` };
    case 'unreachable':
      return { ...common, code: 'no-answer', droppedAt: 'path', state: 'FILTERED', remedy: 'path', cause: `unreachable ${server}`, alternatives: [{ cause: `${where} is down, or the route to it is missing`, confidence: 'likely' }], title: `${where} cannot be reached: ${meaning.text}` };
    case 'prohibited': {
      const by = icmp.from === server ? `the firewall of ${where} itself` : `the firewall ${file.labels.full(icmp.from)}`;
      const rest = { ...common, ruledOut, droppedAt: icmp.from === server ? 'server' as const : 'path' as const, state: 'FILTERED' as const, alternatives: [{ cause: `${by} has a rule against it`, confidence: 'certain' as const }] };
      if (transport === 'tcp' && base.mapping !== null) return { ...rest, proof: [...proof, namedBy(base, file)], code: 'blocked-dynamic-port', remedy: 'open-dynamic-port', cause: `dynamic icmp ${icmp.from} ${client}`, title: `${mappedName(base, file)} on ${where} is rejected by ${file.labels.short(icmp.from)}` };
      if (transport === 'tcp' && port === ENDPOINT_MAPPER) return { ...rest, code: 'endpoint-mapper-blocked', remedy: 'open-endpoint-mapper', cause: `mapper icmp ${icmp.from}`, title: `The RPC endpoint mapper on ${where} is rejected by ${file.labels.short(icmp.from)}` };
      return { ...rest, code: 'rejected-by-firewall', remedy: 'open-port', cause: `icmp ${icmp.from} ${server} ${port}`, title: `${file.portName(transport, port)} on ${where} is rejected by ${file.labels.short(icmp.from)}` };
    }
  }
}

function brokenFinding(outcome: 'half-open' | 'reset-early' | 'stalled', attempts: Attempts, file: CaseFile): FindingDraft | undefined {
  const failed = failedAs(outcome, attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  const { client, server, serverPort: port, outcomes } = attempts.conversation;
  const flow = failed.flows[0];
  const base = baseOf(attempts, failed, file);
  const severity = outcomes.accepted !== undefined ? 'warning' as const : 'error' as const;
  const name = `${file.portName('tcp', port)} on ${file.labels.short(server)}`;
  const at = `#${flow?.first.frame ?? base.frames[0]?.frame ?? 0}`;
  if (outcome === 'half-open') {
    const proof = [`${file.labels.short(server)} answers the SYN and repeats its answer; the ${file.labels.short(client)} side never acknowledges (${at})`];
    return { ...base, severity, proof, code: 'half-open', confidence: 'likely', droppedAt: 'path', remedy: 'path', cause: `half-open ${client} ${server}`, explanation: sentence(proof), ruledOut: ['port closed', 'host down'], alternatives: [{ cause: 'the answers do not reach the client: asymmetric route, or a firewall on the way back', confidence: 'likely' }, { cause: 'the client is gone, or its address is forged', confidence: 'possible' }], title: `The handshake with ${name} never completes` };
  }
  if (outcome === 'reset-early') {
    if (flow !== undefined && isProbe(flow)) return undefined;
    const origin = flow === undefined ? { by: 'unknown' as const, reason: '' } : resetOrigin(flow, file);
    const proof = [`the connection is accepted, then reset from the server's side before it said anything (${at})`, ...(origin.reason === '' ? [] : [origin.reason])];
    const alternatives = origin.by === 'device'
      ? [{ cause: 'a device on the way cuts it after looking at the first data', confidence: 'likely' as const }]
      : [{ cause: 'the service refuses what the client says (TLS version, certificate, dialect, licence)', confidence: 'likely' as const }, { cause: 'a device on the way cuts it', confidence: 'possible' as const }];
    return { ...base, severity, proof, code: 'connection-reset', confidence: 'likely', droppedAt: origin.by === 'device' ? 'path' : null, remedy: 'path', cause: `reset ${server} ${port}`, explanation: sentence(proof), ruledOut: ['port closed', 'silently dropped'], alternatives, title: `${name} accepts connections and resets them` };
  }
  const stall = flow === undefined ? null : findStall(flow);
  // The whole flow is in the sketch, and it shows nothing that was repeated for lack of an answer.
  if (flow !== undefined && stall === null && flow.sketch.length > 0 && flow.sketch.length < SKETCH_ROWS) return undefined;
  const proof = [`after the handshake ${stall?.side === 'server' ? file.labels.short(server) : file.labels.short(client)} sends data that is never acknowledged, although it is repeated (${at})`, ...(stall?.fullSize ? [`only segments of ${stall.length} bytes are lost; smaller ones pass`] : [])];
  const alternatives = stall?.fullSize
    ? [{ cause: 'packets above the path MTU vanish (a tunnel, and ICMP filtered)', confidence: 'likely' as const }, { cause: 'a device on the way drops the connection', confidence: 'possible' as const }]
    : [{ cause: 'a firewall or NAT on the way forgot the connection', confidence: 'possible' as const }, { cause: 'the peer went away', confidence: 'possible' as const }];
  return { ...base, severity, proof, code: 'connection-stalled', confidence: 'likely', droppedAt: 'path', remedy: 'path', cause: `stalled ${client} ${server}`, explanation: sentence(proof), ruledOut: ['port closed', 'refused'], alternatives, title: `${name} stalls after the handshake` };
}

/** What all findings of a conversation have in common. */
function baseOf({ conversation }: Attempts, failed: Failed, file: CaseFile): Omit<FindingDraft, 'code' | 'title' | 'explanation' | 'cause' | 'confidence'> {
  const { client, server, transport, serverPort: port } = conversation;
  const mapping = mappingFor(file, client, server, transport, port, failed.flows[0]);
  const fallback = fallbackOf(conversation, mapping, file);
  const worked = failed.workedAfter ? 'worked later in this capture' : failed.workedBefore ? 'failed; it had worked earlier in this capture' : null;
  const frames = failed.flows.length > 0
    ? uniqueFrames(failed.flows.flatMap((flow) => (flow.sketch.length > 0 ? flow.sketch.slice(0, 8).map((row) => row.frame) : [flow.first])))
    : conversation.frames;
  return {
    ...draftDefaults, client, server, transport, port, mapping, flows: failed.flows, rows: file.rowsFor(conversation.index),
    interface: mapping === null || mapping.interface === null ? null : file.knowledge.interfaceName(mapping.interface),
    frames: (mapping === null ? frames : uniqueFrames([mapping.frame, ...frames])).slice(0, MAX_FRAMES),
    severity: failed.workedAfter || fallback !== null ? 'warning' : transport === 'udp' ? 'warning' : 'error',
    impact: fallback !== null ? `covered by a fallback: ${fallback}` : worked ?? 'failed, no fallback seen',
  };
}

function expectsAnswer({ conversation, flows }: Attempts, file: CaseFile): boolean {
  if (isGroupAddress(conversation.server)) return false;
  const protocol = conversation.application?.protocol;
  if (!answeringUdpPorts.has(conversation.serverPort) && !(protocol !== undefined && answeringUdpProtocols.has(protocol))) return false;
  if ((conversation.outcomes.answered ?? 0) > 0) return false;
  // NTP: only client mode asks for an answer; symmetric and broadcast modes do not.
  const mode = conversation.application?.facts['mode'];
  if (conversation.serverPort === 123 && mode !== undefined && mode !== 'client' && mode !== 3) return false;
  if (conversation.orientation === 'symmetric') return false;
  // Where nobody's answers to this client are seen, or one direction only, a missing answer means nothing.
  if ((file.heard.get(conversation.server) ?? 0) === 0 && file.survey.hosts.get(conversation.client)?.gotAnswers !== true) return false;
  const traits = file.evidence.captures[flows[0]?.first.capture ?? conversation.frames[0]?.capture ?? 0]?.traits;
  return traits === undefined || traits.oneSidedFlows * 2 <= traits.flows;
}

/** A port probe: connected, said nothing, left. What follows is no failure. */
function isProbe(flow: Flow): boolean {
  return flow.payload.client === 0 && flow.history.includes('F');
}

function mappedName({ mapping }: { readonly mapping: FindingDraft['mapping'] }, file: CaseFile): string {
  if (mapping === null) return 'A dynamic port';
  if (mapping.interface === null) return `Dynamic port ${mapping.port}`;
  return describeInterface(file.knowledge, mapping.interface);
}

function namedBy({ mapping }: { readonly mapping: FindingDraft['mapping'] }, file: CaseFile): string {
  return mapping === null ? '' : `the endpoint mapper of ${file.labels.short(mapping.server)} named this port (#${mapping.frame.frame})`;
}

function serviceSuffix(file: CaseFile, transport: 'tcp' | 'udp', port: number): string {
  const name = file.knowledge.serviceName(transport, port);
  return name === null ? '' : ` (${name})`;
}

function uniqueFrames(frames: readonly FrameReference[]): FrameReference[] {
  const seen = new Set<string>();
  return frames.filter(({ capture, frame }) => {
    const key = `${capture}#${frame}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function sentence(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').map((part) => `${part[0]!.toUpperCase()}${part.slice(1)}.`).join(' ');
}
