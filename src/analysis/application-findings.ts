/** Failures that a protocol above the transport reported: the network did its work, what was asked for was refused. */
import type { Flow } from '../flow/flow.js';
import type { ProtocolFailure } from '../flow/inspection.js';
import { conversationKey } from './attempts.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import { compareMoments, secondsOf } from './moments.js';
import type { Alternative, FindingCode } from './report-model.js';

interface Heard {
  readonly flow: Flow;
  readonly failure: ProtocolFailure;
}

type ApplicationCode = Extract<FindingCode, 'authentication-failed' | 'access-denied' | 'tls-failed'>;

/** RPC tells its own story (rpc-findings), DNS likewise (name-findings). */
const toldElsewhere: ReadonlySet<string> = new Set(['dce-rpc', 'epmap', 'dcom', 'dns', 'llmnr', 'mdns', 'netbios-ns']);

export function applicationFindings(file: CaseFile): FindingDraft[] {
  const groups = new Map<string, { readonly code: ApplicationCode; readonly heard: Heard[] }>();
  for (const flow of file.evidence.notable) {
    for (const failure of flow.failures) {
      const code = codeOf(failure);
      if (code === null) continue;
      const target = code === 'access-denied' ? failure.target : '';
      const key = `${code} ${flow.client.address} ${flow.server.address} ${flow.transport} ${flow.server.port} ${failure.code} ${target}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { code, heard: [{ flow, failure }] });
      else group.heard.push({ flow, failure });
    }
  }
  return [...groups.values()].map(({ code, heard }) => (code === 'authentication-failed' && workedLater(heard, file) ? mended(draftOf(code, heard, file)) : draftOf(code, heard, file)));
}

/** More flows of a conversation than are kept: what came later cannot be told. */
const KEPT_FLOWS = 6;

/** True: the same client came back to the same port after the last refusal, and was not refused again. */
function workedLater(heard: readonly Heard[], file: CaseFile): boolean {
  const last = heard[heard.length - 1]!.flow;
  const { client, server, transport, overlay } = last;
  const key = conversationKey(client.address, server.address, transport, server.port, overlay);
  const kept = file.notable.get(key) ?? [];
  if (kept.length >= KEPT_FLOWS) return false;
  const later = kept.filter((flow) => compareMoments(flow.start, flow.first, last.start, last.first) > 0);
  if (later.some((flow) => flow.failures.length > 0)) return false;
  if (later.some((flow) => flow.outcome === 'accepted' || flow.outcome === 'answered')) return true;
  // HTTP clients answer a 401 for a stale context with a new connection; those that went well are not kept one by one.
  const web = heard[0]!.failure.protocol === 'winrm' || heard[0]!.failure.protocol === 'http';
  return web && (file.lastHeard.get(key) ?? -Infinity) > secondsOf(last.end) + 0.001;
}

/** A stale ticket or a mistyped password: worth a line, but nobody has to mend it. */
function mended(draft: FindingDraft): FindingDraft {
  return { ...draft, severity: 'info', cause: null, impact: 'worked later', title: `${draft.title}, and accepts it later`, explanation: `${draft.explanation} Later connections were not refused.` };
}

function codeOf({ kind, protocol }: ProtocolFailure): ApplicationCode | null {
  if (toldElsewhere.has(protocol)) return null;
  if (kind === 'authentication') return 'authentication-failed';
  if (kind === 'access-denied') return 'access-denied';
  if (kind === 'tls') return 'tls-failed';
  return null;
}

function draftOf(code: ApplicationCode, heard: readonly Heard[], file: CaseFile): FindingDraft {
  const { flow, failure } = heard[0]!;
  const client = flow.client.address;
  const server = flow.server.address;
  const where = file.labels.short(server);
  const name = protocolLabel(failure.protocol);
  const frames = heard.map((one) => ({ capture: one.failure.capture, frame: one.failure.frame })).slice(0, 16);
  const times = heard.length === 1 ? '' : `, ${heard.length} times`;
  const target = failure.target === '' ? '' : ` for ${failure.target}`;
  const proof = [`${where} answers ${failure.code}${target} (#${failure.frame})${times}`];
  const base = {
    ...draftDefaults, code, client, server, transport: flow.transport, port: flow.server.port, frames, confidence: 'certain' as const, proof,
    severity: 'error' as const, explanation: `${where} answers ${name} with ${failure.code}${target} (#${failure.frame})${times}: the connection itself works.`,
    ruledOut: ['port blocked', 'service not running'], flows: heard.map((one) => one.flow),
  };
  switch (code) {
    case 'authentication-failed':
      return { ...base, cause: `logon ${client} ${server}`, title: `${where} refuses the logon of ${file.labels.short(client)} over ${name}`, alternatives: logonCauses(failure), remedy: 'credentials' };
    case 'access-denied':
      return { ...base, cause: `denied ${client} ${server}`, title: `${where} denies ${file.labels.short(client)} access${target === '' ? '' : ` to ${failure.target}`} (${name})`, alternatives: [{ cause: 'the account has no right to it (share and file permissions both count)', confidence: 'likely' }], remedy: 'permissions' };
    case 'tls-failed':
      return { ...base, cause: `tls ${server} ${flow.server.port}`, title: `TLS to ${where} TCP ${flow.server.port} fails: ${failure.code}`, alternatives: [{ cause: 'no common TLS version or cipher, or a certificate that the other side does not accept', confidence: 'likely' }], remedy: null };
  }
}

/** The codes that administrators look up, with what they mean. */
const logonMeanings: readonly (readonly [RegExp, string])[] = [
  [/LOGON_FAILURE|PREAUTH_FAILED|^401|invalidCredentials|18456|^49/i, 'wrong password, or unknown account'],
  [/SKEW/i, 'the clocks of the two machines differ by more than 5 minutes'],
  [/S_PRINCIPAL_UNKNOWN/i, 'no account has this service principal name (SPN missing, or an address was used for a name)'],
  [/C_PRINCIPAL_UNKNOWN|NO_SUCH_USER/i, 'the account does not exist'],
  [/LOCKED|CLIENT_REVOKED|DISABLED/i, 'the account is locked or disabled'],
  [/EXPIRED|MUST_CHANGE/i, 'the password has expired'],
  [/MODIFIED|BAD_INTEGRITY/i, 'double or misplaced SPN: another machine got the ticket'],
  [/ETYPE/i, 'no common encryption type'],
  [/WORKSTATION|LOGON_TYPE|RESTRICTION/i, 'a policy forbids this logon'],
];

function logonCauses(failure: ProtocolFailure): Alternative[] {
  const found = logonMeanings.filter(([pattern]) => pattern.test(failure.code)).map(([, cause]): Alternative => ({ cause, confidence: 'likely' }));
  return found.length > 0 ? found : [{ cause: 'the account or its password is not accepted', confidence: 'likely' }];
}

const labels: Readonly<Record<string, string>> = {
  smb: 'SMB', kerberos: 'Kerberos', ldap: 'LDAP', http: 'HTTP', winrm: 'WinRM', rdp: 'RDP', tds: 'SQL (TDS)', iscsi: 'iSCSI', tls: 'TLS', dns: 'DNS', ntp: 'NTP', 'dce-rpc': 'RPC', vmconnect: 'VMConnect',
};

export function protocolLabel(protocol: string): string {
  return labels[protocol] ?? protocol;
}
