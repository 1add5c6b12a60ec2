/** What RPC itself refused: interfaces without an endpoint, refused binds, faults. No firewall rule mends any of these. */
import type { BindEvidence, NotRegisteredEvidence, RefusalEvidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import { describeInterface } from './knowledge.js';

/** ept_s_not_registered (C706 appendix N). */
const NOT_REGISTERED = 0x16c9a0d6;
const FAULT_ACCESS_DENIED = 5;
/** RPC_S_SEC_PKG_ERROR. */
const FAULT_SECURITY_PACKAGE = 0x721;
/** nca_unk_if and its Win32 name. */
const FAULT_UNKNOWN_INTERFACE = 0x1c010003;
const RPC_S_UNKNOWN_IF = 0x6b5;
/** nca_s_proto_error: what a server answers to the first call after a third leg (AUTH3) with a wrong password. */
const FAULT_PROTOCOL_ERROR = 0x1c01000b;
const PROVIDER_REJECTION = 2;
const ABSTRACT_SYNTAX_NOT_SUPPORTED = 1;
/** bind_nak reasons that speak of authentication (C706 12.6.3.1, MS-RPCE 2.2.2.5). */
const authenticationNaks: ReadonlySet<number> = new Set([8, 9]);

export function rpcFindings(file: CaseFile): FindingDraft[] {
  return [...notRegistered(file), ...rejectedBinds(file), ...refusals(file), ...unknownInterfaces(file), ...refusedBinds(file)];
}

function notRegistered(file: CaseFile): FindingDraft[] {
  const asked = group(file.evidence.rpc.notRegistered.filter((one) => one.status === NOT_REGISTERED), (one) => `${one.client} ${one.server} ${one.port} ${one.interface?.uuid ?? ''} ${one.interface?.version ?? ''}`);
  return asked.map((list: readonly NotRegisteredEvidence[]): FindingDraft => {
    const one = list[0]!;
    const name = one.interface === null ? 'An RPC interface' : describeInterface(file.knowledge, one.interface);
    const where = file.labels.short(one.server);
    const pipes = one.interface === null ? [] : file.knowledge.pipesOf(one.interface);
    return {
      ...draftDefaults, code: 'interface-not-registered', severity: 'error', confidence: 'certain', client: one.client, server: one.server, transport: one.transport, port: one.port,
      interface: one.interface === null ? null : file.knowledge.interfaceName(one.interface),
      frames: framesOf(list.flatMap((each) => (each.asked === null ? [each.frame] : [each.asked, each.frame]))),
      title: `${name} is not registered on ${where}`,
      explanation: `The endpoint mapper of ${where} answers that ${name} has no endpoint (status 0x16c9a0d6, ${file.at(one.frame)}).`,
      cause: `not registered ${one.server}`,
      proof: [`the endpoint mapper of ${where} answers: ${name} has no TCP endpoint (${file.at(one.frame)})`],
      ruledOut: ['135 blocked', 'a missing firewall rule'],
      alternatives: [
        { cause: 'the service is stopped, or its role is not installed', confidence: 'likely' },
        { cause: pipes.length > 0 ? `it is offered over the named pipe \\pipe\\${pipes[0]} only (TCP 445)` : 'it is offered over a named pipe only (TCP 445)', confidence: 'possible' },
      ],
      moments: [{ time: one.time, frame: one.frame, text: `the endpoint mapper of ${where} does not know ${name}`, result: '' }],
      remedy: 'start-service',
    };
  });
}

function rejectedBinds(file: CaseFile): FindingDraft[] {
  const { binds } = file.evidence.rpc;
  const accepted = new Set(binds.filter((bind) => bind.result === 0).map((bind) => bindKey(bind)));
  const rejected = binds.filter((bind) => bind.result === PROVIDER_REJECTION && bind.reason === ABSTRACT_SYNTAX_NOT_SUPPORTED && bind.pipe === null && !accepted.has(bindKey(bind)));
  return group(rejected, bindKey).map((list): FindingDraft => {
    const one = list[0]!;
    const name = describeInterface(file.knowledge, one.interface);
    const where = file.labels.short(one.server);
    return {
      ...draftDefaults, code: 'interface-not-registered', severity: 'warning', confidence: 'certain', client: one.client, server: one.server, transport: one.transport, port: one.port,
      interface: file.knowledge.interfaceName(one.interface), frames: framesOf(list.map((each) => each.frame)), title: `${where} does not offer ${name} on TCP ${one.port}`,
      explanation: `The bind to ${name} is rejected: the program behind TCP ${one.port} does not know this interface (${file.at(one.frame)}).`, cause: `not registered ${one.server}`,
      proof: [`the bind to ${name} on TCP ${one.port} is rejected: abstract syntax not supported (${file.at(one.frame)})`], ruledOut: ['a missing firewall rule'],
      alternatives: [{ cause: 'another program has the port now, or the service has another version', confidence: 'likely' }], remedy: 'start-service',
    };
  });
}

function refusals(file: CaseFile): FindingDraft[] {
  const list = file.evidence.rpc.refusals.filter((one) => codeOf(one) !== null);
  return group(list, (one) => `${codeOf(one)} ${one.client} ${one.server} ${one.port} ${one.interface?.uuid ?? ''} ${one.status}`).map((same): FindingDraft => {
    const one = same[0]!;
    const name = one.interface === null ? 'an RPC interface' : describeInterface(file.knowledge, one.interface);
    const where = file.labels.short(one.server);
    const status = `0x${one.status.toString(16).padStart(8, '0')}`;
    const base = { ...draftDefaults, client: one.client, server: one.server, transport: 'tcp' as const, port: one.port, interface: one.interface === null ? null : file.knowledge.interfaceName(one.interface), frames: framesOf(same.map((each) => each.frame)) };
    if (codeOf(one) === 'access-denied') {
      return {
        ...base, code: 'access-denied', severity: 'info', confidence: 'certain', cause: null, title: `${where} denies a call to ${name}`,
        explanation: `After a good bind ${where} answers a call to ${name} with fault access denied${one.operation === null ? '' : ` (operation ${one.operation})`} (${file.at(one.frame)}): the network is fine; the interface wants other rights, or another authentication level.`,
      };
    }
    const what = one.kind === 'bind_nak' ? `the bind with reason ${one.status}` : `the first call with fault ${status}`;
    return {
      ...base, code: 'authentication-failed', severity: 'error', confidence: 'likely', cause: `logon ${one.client} ${one.server}`, title: `${where} does not accept the logon of ${file.labels.short(one.client)} to ${name}`,
      explanation: `${where} answers ${what} after an authenticated bind to ${name} (${file.at(one.frame)}): the usual sign of a wrong password or a refused security package.`,
      proof: [`${where} answers ${what} after an authenticated bind to ${name} (${file.at(one.frame)})`], ruledOut: ['port blocked', 'service not running'],
      alternatives: [{ cause: 'wrong password, or an account that may not log on', confidence: 'likely' }, { cause: 'clock difference, or a missing or double SPN', confidence: 'possible' }], remedy: 'credentials',
    };
  });
}

/** A call to an interface that the program behind the port no longer has: nca_unk_if, RPC_S_UNKNOWN_IF. */
function unknownInterfaces(file: CaseFile): FindingDraft[] {
  const list = file.evidence.rpc.refusals.filter((one) => one.kind === 'fault' && (one.status === FAULT_UNKNOWN_INTERFACE || one.status === RPC_S_UNKNOWN_IF));
  return group(list, (one) => `${one.client} ${one.server} ${one.port} ${one.interface?.uuid ?? ''}`).map((same): FindingDraft => {
    const one = same[0]!;
    const name = one.interface === null ? 'an RPC interface' : describeInterface(file.knowledge, one.interface);
    const where = file.labels.short(one.server);
    const proof = [`${where} answers a call to ${name} on TCP ${one.port} with fault unknown interface (${file.at(one.frame)})`];
    return {
      ...draftDefaults, code: 'interface-not-registered', severity: 'warning', confidence: 'certain', client: one.client, server: one.server, transport: 'tcp', port: one.port,
      interface: one.interface === null ? null : file.knowledge.interfaceName(one.interface), frames: framesOf(same.map((each) => each.frame)), title: `${where} does not know ${name} on TCP ${one.port}`,
      explanation: `${proof[0]}: the program behind the port does not offer it.`, cause: `not registered ${one.server}`, proof, ruledOut: ['a missing firewall rule'],
      alternatives: [{ cause: 'another program has the port now, or the service has another version', confidence: 'likely' }], remedy: 'start-service',
    };
  });
}

/** Binds that were refused as such, not for their credentials (C706 12.6.4.5). */
function refusedBinds(file: CaseFile): FindingDraft[] {
  const list = file.evidence.rpc.refusals.filter((one) => one.kind === 'bind_nak' && !authenticationNaks.has(one.status));
  return group(list, (one) => `${one.client} ${one.server} ${one.port} ${one.interface?.uuid ?? ''} ${one.status}`).map((same): FindingDraft => {
    const one = same[0]!;
    const name = one.interface === null ? 'an RPC interface' : describeInterface(file.knowledge, one.interface);
    const where = file.labels.short(one.server);
    const [reason, cause] = nakReasons.get(one.status) ?? [`reason ${one.status}`, 'the server refuses this client or this kind of bind (RestrictRemoteClients, an RPC filter)'];
    const proof = [`${where} refuses the bind to ${name} on TCP ${one.port}: ${reason} (${file.at(one.frame)})`];
    return {
      ...draftDefaults, code: one.status === NAK_VERSION ? 'protocol-mismatch' : 'access-denied', severity: 'warning', confidence: 'certain', client: one.client, server: one.server, transport: 'tcp', port: one.port,
      interface: one.interface === null ? null : file.knowledge.interfaceName(one.interface), frames: framesOf(same.map((each) => each.frame)), title: `${where} refuses the bind to ${name}: ${reason}`,
      explanation: `${proof[0]}: the connection itself works.`, cause: `bind ${one.client} ${one.server}`, proof, ruledOut: ['port blocked', 'interface not registered'],
      alternatives: [{ cause, confidence: 'likely' }], remedy: 'rpc-policy',
    };
  });
}

const NAK_VERSION = 4;
const nakReasons: ReadonlyMap<number, readonly [reason: string, cause: string]> = new Map([
  [0, ['no reason given', 'the server refuses this client or this kind of bind (RestrictRemoteClients, an RPC filter)']],
  [1, ['temporary congestion', 'the server is overloaded']], [2, ['local limit exceeded', 'the server has no room for another connection']],
  [3, ['called address unknown', 'the server does not serve this address']], [NAK_VERSION, ['protocol version not supported', 'client and server have no version of DCE/RPC in common']],
]);

function codeOf({ kind, status }: RefusalEvidence): 'access-denied' | 'authentication-failed' | null {
  if (kind === 'bind_nak') return authenticationNaks.has(status) ? 'authentication-failed' : null;
  if (status === FAULT_ACCESS_DENIED) return 'access-denied';
  return status === FAULT_PROTOCOL_ERROR || status === FAULT_SECURITY_PACKAGE ? 'authentication-failed' : null;
}

function bindKey(bind: BindEvidence): string {
  return `${bind.client} ${bind.server} ${bind.port} ${bind.interface.uuid} ${bind.interface.version}`;
}

function framesOf(frames: readonly FrameReference[]): FrameReference[] {
  return frames.slice(0, 16);
}

/** In the order of first appearance. */
function group<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const map = new Map<string, Item[]>();
  for (const item of items) {
    const list = map.get(key(item));
    if (list === undefined) map.set(key(item), [item]);
    else list.push(item);
  }
  return [...map.values()];
}
