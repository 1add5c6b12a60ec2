/** Failures that a protocol above the transport reported: the network did its work, what was asked for was refused. */
import type { Flow } from '../flow/flow.js';
import type { ProtocolFailure } from '../flow/inspection.js';
import { conversationKey } from './attempts.js';
import type { CaseFile } from './case-file.js';
import { meaningOf, type Meaning } from './failure-meanings.js';
import type { FindingDraft } from './finding-draft.js';
import { compareMoments, hasTime, secondsBetween, secondsOf } from './moments.js';
import { ntlmInstead } from './ntlm-fallback.js';

interface Heard {
  readonly flow: Flow;
  readonly failure: ProtocolFailure;
}

interface Group {
  readonly meaning: Meaning;
  readonly heard: Heard[];
}

/** A refused logon within this time after a refusal of Kerberos is its consequence: what the ticket was for, tried in another way. */
const CONSEQUENCE_SECONDS = 60;

export function applicationFindings(file: CaseFile): FindingDraft[] {
  const groups = new Map<string, Group>();
  for (const flow of file.evidence.notable) {
    for (const failure of flow.failures) {
      const meaning = meaningOf(failure);
      if (meaning === null || (meaning.onlyWhenClosed === true && !wasClosed(flow))) continue;
      const target = meaning.code === 'access-denied' ? failure.target : '';
      const key = `${meaning.code} ${flow.client.address} ${flow.server.address} ${flow.transport} ${flow.server.port} ${failure.code} ${target}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { meaning, heard: [{ flow, failure }] });
      else group.heard.push({ flow, failure });
    }
  }
  return withFirstCause([...groups.values()].flatMap((group) => {
    const draft = draftOf(group, file);
    if (draft === null || draft.severity === 'info') return draft === null ? [] : [draft];
    return [group.meaning.code !== 'access-denied' && workedLater(group.heard, file) ? mended(draft) : draft];
  }));
}

/** A FIN or a RST of either side was seen: that nothing more was said is then the end, and not that of the capture. */
function wasClosed({ history }: Flow): boolean {
  return /[fr]/iu.test(history);
}

/** Kerberos comes before what it gives tickets for: what the same client was refused within a minute after it shares its cause. */
function withFirstCause(drafts: readonly FindingDraft[]): FindingDraft[] {
  const tickets = drafts.filter((draft) => draft.cause !== null && draft.flows[0]?.failures[0]?.protocol === 'kerberos');
  return drafts.map((draft) => {
    const [flow] = draft.flows;
    if (draft.code !== 'authentication-failed' || draft.cause === null || flow === undefined || tickets.includes(draft)) return draft;
    const first = tickets.find((ticket) => {
      const before = ticket.flows[0]!;
      const after = hasTime(before.start) && hasTime(flow.start) ? secondsBetween(before.start, flow.start) : NaN;
      return ticket.client === draft.client && after >= 0 && after <= CONSEQUENCE_SECONDS;
    });
    return first === undefined ? draft : { ...draft, cause: first.cause };
  });
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
  // HTTP clients answer a 401 for a stale context with a new connection, TLS and RDP clients a refusal with another offer; those that
  // went well are not kept one by one.
  return comesBack.has(heard[0]!.failure.protocol) && (file.lastHeard.get(key) ?? -Infinity) > secondsOf(last.end) + 0.001;
}

const comesBack: ReadonlySet<string> = new Set(['winrm', 'http', 'tls', 'rdp']);

/** A stale ticket or a mistyped password: worth a line, but nobody has to mend it. */
function mended(draft: FindingDraft): FindingDraft {
  return { ...draft, severity: 'info', cause: null, impact: 'worked later', title: `${draft.title}, and accepts it later`, explanation: `${draft.explanation} Later connections were not refused.` };
}

function draftOf({ meaning, heard }: Group, file: CaseFile): FindingDraft | null {
  const { flow, failure } = heard[0]!;
  const client = flow.client.address;
  const server = flow.server.address;
  const where = file.labels.short(server);
  const who = file.labels.short(client);
  const name = protocolLabel(failure.protocol);
  const frames = heard.map((one) => ({ capture: one.failure.capture, frame: one.failure.frame })).slice(0, 16);
  const times = heard.length === 1 ? '' : `, ${heard.length} times`;
  const wanted = targetOf(flow, failure);
  const target = wanted === '' ? '' : ` for ${wanted}`;
  const byClient = flow.application?.facts['alertFrom'] === 'client' && failure.kind === 'tls';
  const says = byClient ? `${who} breaks off with ${failure.code}` : `${where} answers ${failure.code}`;
  const proof = [`${says}${target} (${file.at(failure)})${times}`, ...tlsFacts(flow, failure)];
  const { code, severity, remedy } = meaning;
  const told = groupAndTitle(meaning, { flow, failure }, file, wanted);
  // In one literal, as `baseOf` of connection-base.ts: there may be thousands.
  const draft: FindingDraft = {
    code, severity, confidence: 'certain', client, server, transport: flow.transport, port: flow.server.port, interface: null, frames, rows: file.rowsOf(flow), droppedAt: null, proof,
    explanation: `${byClient ? says : `${where} answers ${name} with ${failure.code}`}${target} (${file.at(failure)})${times}: the connection itself works.`,
    ruledOut: ['port blocked', ...(code === 'service-not-listening' ? ['nothing listens on the port'] : ['service not running'])], flows: heard.map((one) => one.flow), state: 'LISTENING',
    alternatives: [{ cause: meaning.cause, confidence: 'likely' }], impact: 'failed', mapping: null, moments: [], remedy, cause: told.cause, title: told.title,
  };
  if (failure.protocol === 'kerberos' && failure.kind === 'name') return nameFallback(draft, heard, wanted, file);
  return severity === 'info' ? { ...draft, cause: null } : draft;
}

function groupAndTitle({ code, title }: Meaning, { flow, failure }: Heard, file: CaseFile, wanted: string): Pick<FindingDraft, 'cause' | 'title'> {
  const client = flow.client.address;
  const server = flow.server.address;
  const where = file.labels.short(server);
  const who = file.labels.short(client);
  const name = protocolLabel(failure.protocol);
  const port = `${flow.transport.toUpperCase()} ${flow.server.port}`;
  switch (code) {
    case 'authentication-failed':
      return { cause: `logon ${client} ${server}`, title: title === 'refuses the logon' ? `${where} refuses the logon of ${who} over ${name}` : `${where} ${title}${wanted === '' ? '' : ` for ${wanted}`} (${name}, asked by ${who})` };
    case 'access-denied':
      return title === 'denies access'
        ? { cause: `denied ${client} ${server}`, title: `${where} denies ${who} access${failure.target === '' ? '' : ` to ${failure.target}`} (${name})` }
        : { cause: `denied ${client} ${server}`, title: `${where} ${title}${wanted === '' ? '' : `: ${wanted}`} (${name})` };
    case 'tls-failed': return { cause: `tls ${server} ${flow.server.port}`, title: `TLS to ${where} ${port} fails: ${failure.code}` };
    case 'protocol-mismatch': return { cause: `dialect ${server} ${flow.server.port}`, title: `${where} ${title} (${name} on ${port})` };
    case 'service-not-listening': return { cause: `not offered ${server} ${flow.server.port}`, title: `${where} ${title}${wanted === '' ? '' : `: ${wanted}`} (${name} on ${port}, ${failure.code})` };
  }
}

/** Without the ticket Windows logs on by NTLM where it may: then nothing failed but Kerberos. */
function nameFallback(draft: FindingDraft, heard: readonly Heard[], wanted: string, file: CaseFile): FindingDraft | null {
  const found = ntlmInstead(heard[0]!.flow, wanted, file.ntlmLogons);
  if (found === null) return { ...draft, severity: 'info', cause: null };
  const { conversation, name } = found;
  const used = file.at(conversation.frames[0]);
  return {
    ...draft, severity: 'warning', impact: `covered by a fallback: NTLM instead of Kerberos to ${name} (${used})`, proof: [...draft.proof, `${file.labels.short(draft.client!)} then logs on to ${name} by NTLM (${used})`],
    title: `No Kerberos ticket for ${wanted === '' ? name : wanted}: NTLM is used instead`,
  };
}

/** What was asked for: the failure's own word, or what the request named where the answer does not repeat it. */
function targetOf(flow: Flow, { protocol, kind, target }: ProtocolFailure): string {
  if (protocol !== 'kerberos' || kind !== 'name' || target.includes('/')) return target;
  const services = flow.application?.facts['service'];
  const named = Array.isArray(services) ? (services as readonly string[]).find((one) => one.includes('/') && !one.startsWith('krbtgt/')) : undefined;
  return named ?? target;
}

function tlsFacts({ application }: Flow, { kind }: ProtocolFailure): string[] {
  if (kind !== 'tls' || application === null) return [];
  const { offeredVersion, version, certificate, issuer } = application.facts;
  return [
    ...(typeof offeredVersion === 'string' ? [`the client offers ${offeredVersion} at most${typeof version === 'string' ? `, the server chooses ${version}` : ''}`] : []),
    ...(typeof certificate === 'string' ? [`the certificate is that of ${certificate}${typeof issuer === 'string' ? `, issued by ${issuer}` : ''}`] : []),
  ];
}

const labels: Readonly<Record<string, string>> = {
  smb: 'SMB', kerberos: 'Kerberos', ldap: 'LDAP', http: 'HTTP', winrm: 'WinRM', rdp: 'RDP', tds: 'SQL (TDS)', iscsi: 'iSCSI', tls: 'TLS', dns: 'DNS', ntp: 'NTP', 'dce-rpc': 'RPC', vmconnect: 'VMConnect',
};

export function protocolLabel(protocol: string): string {
  return labels[protocol] ?? protocol;
}
