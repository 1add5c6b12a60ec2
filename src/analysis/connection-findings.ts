/** Connections that are never made: silence, resets, ICMP errors. One finding per cause and conversation. */
import { failedAs, synsSent, type Attempts } from './attempts.js';
import type { CaseFile } from './case-file.js';
import { baseOf, MAX_FRAMES, sentence, uniqueFrames } from './connection-base.js';
import type { FindingDraft } from './finding-draft.js';
import { isGroupAddress } from './group-address.js';
import { describeInterface } from './knowledge.js';
import { resetOrigin } from './reset-origin.js';
import { readSilence } from './silence.js';
import { icmpMeaning } from './icmp-meaning.js';

const ENDPOINT_MAPPER = 135;
/** Where ports that no service owns by name begin (RFC 6335 6: system ports end below it). */
const FIRST_DYNAMIC = 1024;
/** Ports whose protocols answer each datagram: only there is a lonely datagram a sign of trouble. */
const answeringUdpPorts: ReadonlySet<number> = new Set([53, 88, 123, 161, 389, 464, 1434, 1812, 1813]);
const answeringUdpProtocols: ReadonlySet<string> = new Set(['dns', 'kerberos', 'ldap', 'cldap', 'ntp', 'radius', 'snmp']);

export function connectionFindings(file: CaseFile): FindingDraft[] {
  return file.attempts.flatMap((attempts) => [
    silenceFinding(attempts, file), refusedFinding(attempts, file), rejectedFinding(attempts, file),
  ].filter((finding) => finding !== undefined));
}

/** What findings of silence differ in. */
type Silence = Pick<FindingDraft, 'code' | 'state' | 'remedy' | 'cause' | 'title'> & Partial<Pick<FindingDraft, 'alternatives'>>;

function silenceFinding(attempts: Attempts, file: CaseFile): FindingDraft | undefined {
  const { conversation } = attempts;
  const { client, server, transport, serverPort: port } = conversation;
  const failed = failedAs(transport === 'udp' ? 'one-way' : 'no-answer', attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  if (transport === 'udp' && !expectsAnswer(attempts, file)) return undefined;
  // Every stack repeats its SYN: one that stays alone was given up at once, or its retries were not captured.
  const alone = transport === 'tcp' && failed.flows.length > 0 && failed.flows.every((flow) => synsSent(flow) === 1 && !flow.dropped);
  if (alone && (failed.workedBefore || failed.workedAfter)) return undefined;
  // Where packets are missing from the capture, only the client's own repetitions prove that it had no answer.
  const doubt = file.doubts[failed.flows[0]?.first.capture ?? conversation.frames[0]?.capture ?? 0];
  const isPartial = doubt !== undefined && (doubt.hasHoles || doubt.clockBack || file.survey.beganBefore > file.survey.beganHere);
  if (isPartial && (alone || transport === 'udp') && !failed.flows.some((flow) => flow.dropped)) return undefined;
  const base = baseOf(attempts, failed, file);
  const { mapping } = base;
  const reading = readSilence({ client, server, transport, port, failed, mapping }, file);
  const where = file.labels.short(server);
  // In one literal, as `baseOf`: to copy what findings have in common and to add to it took a third of the time of a flood's 20,000.
  const told = ({ code, state, remedy, cause, title, alternatives = reading.alternatives }: Silence): FindingDraft => ({
    code, severity: base.severity, confidence: transport === 'udp' || alone ? 'possible' : reading.confidence, client, server, transport, port, interface: base.interface, frames: base.frames, rows: base.rows,
    droppedAt: reading.droppedAt, proof: reading.proof, ruledOut: reading.ruledOut, alternatives, impact: base.impact, state, flows: base.flows, mapping, moments: base.moments, remedy,
    explanation: sentence(reading.proof), cause, title,
  });
  const group = reading.droppedAt === 'server' ? `at ${server}` : `from ${client}`;
  if (transport === 'udp') {
    return told({ code: 'no-answer', state: 'LISTENING or FILTERED', remedy: 'open-port', cause: `udp silence ${server} ${port}`, title: `${file.portName('udp', port)} on ${where} does not answer ${file.labels.short(client)}` });
  }
  if (reading.unbound && reading.droppedAt === 'server') {
    return told({
      code: 'service-not-listening', state: 'NOT LISTENING', remedy: 'start-service', cause: `not listening ${server} ${port}`,
      alternatives: [{ cause: 'nothing listens on the port', confidence: 'certain' }], title: `Nothing listens on ${where} TCP ${port}${serviceSuffix(file, transport, port)}`,
    });
  }
  if (mapping !== null) {
    return told({ code: 'blocked-dynamic-port', state: 'FILTERED', remedy: 'open-dynamic-port', cause: `dynamic silence ${group}`, title: `${mappedName(base, file)} on ${where} cannot be reached` });
  }
  if (!reading.blocked) {
    const dead = (file.heard.get(server) ?? 0) === 0;
    return told({ code: 'no-answer', state: 'FILTERED', remedy: 'path', cause: dead ? `silent host ${server}` : `silence ${server} ${port}`, title: dead ? `${where} does not answer at all` : `${file.portName('tcp', port)} on ${where} does not answer` });
  }
  if (port === ENDPOINT_MAPPER) {
    return told({ code: 'endpoint-mapper-blocked', state: 'FILTERED', remedy: 'open-endpoint-mapper', cause: `mapper silence ${group}`, title: `The RPC endpoint mapper on ${where} cannot be reached` });
  }
  return told({ code: 'blocked-port', state: 'FILTERED', remedy: 'open-port', cause: `silence ${server} ${port} ${reading.droppedAt ?? ''}`, title: `${file.portName('tcp', port)} on ${where} cannot be reached` });
}

function refusedFinding(attempts: Attempts, file: CaseFile): FindingDraft | undefined {
  const failed = failedAs('refused', attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  const { conversation: { client, server, serverPort: port } } = attempts;
  const base = baseOf(attempts, failed, file);
  const where = file.labels.short(server);
  const origin = failed.flows.length > 0 ? resetOrigin(failed.flows[0]!, file) : { by: 'unknown' as const, reason: '' };
  const at = file.at(failed.flows[0]?.first ?? base.frames[0]);
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
  // Neither does that of a client whose question was not captured: the datagram came from a service and went to a port of the dynamic kind.
  if (transport === 'udp' && failed.flows.length > 0 && failed.flows.every((flow) => flow.orientation === 'icmp' && flow.icmp?.from === server && flow.client.port < FIRST_DYNAMIC && flow.server.port >= FIRST_DYNAMIC)) return undefined;
  const base = baseOf(attempts, failed, file);
  const where = file.labels.short(server);
  const icmp = failed.flows.find((flow) => flow.icmp !== null)?.icmp ?? null;
  const frames = icmp === null ? base.frames : uniqueFrames([...base.frames.slice(0, MAX_FRAMES - 1), icmp.first]);
  if (icmp === null) {
    return { ...base, code: 'rejected-by-firewall', confidence: 'possible', explanation: `An ICMP error answered ${failed.count} attempts.`, state: 'FILTERED', remedy: 'open-port', cause: `icmp ${server} ${port}`, title: `${file.portName(transport, port)} on ${where} is rejected` };
  }
  const meaning = icmpMeaning(icmp, server);
  const from = icmp.from === server ? `${where} itself` : file.labels.full(icmp.from);
  const proof = [`${from} answers with ${meaning.text} (${file.at(icmp.first)})`];
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

function expectsAnswer({ conversation, flows }: Attempts, file: CaseFile): boolean {
  if (isGroupAddress(conversation.server)) return false;
  // What was said was not recognised: by its port alone nobody knows whether it wants an answer.
  if (conversation.application === null) return false;
  const { protocol } = conversation.application;
  if (!answeringUdpPorts.has(conversation.serverPort) && !answeringUdpProtocols.has(protocol)) return false;
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

function mappedName({ mapping }: { readonly mapping: FindingDraft['mapping'] }, file: CaseFile): string {
  if (mapping === null) return 'A dynamic port';
  if (mapping.interface === null) return `Dynamic port ${mapping.port}`;
  return describeInterface(file.knowledge, mapping.interface);
}

function namedBy({ mapping }: { readonly mapping: FindingDraft['mapping'] }, file: CaseFile): string {
  return mapping === null ? '' : `the endpoint mapper of ${file.labels.short(mapping.server)} named this port (${file.at(mapping.frame)})`;
}

function serviceSuffix(file: CaseFile, transport: 'tcp' | 'udp', port: number): string {
  const name = file.knowledge.serviceName(transport, port);
  return name === null ? '' : ` (${name})`;
}
