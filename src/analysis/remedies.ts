/**
 * What mends a finding and how to check it. On Windows the remedy is the rule that Windows ships, by the name that is the same in
 * every language; strings from the wire never reach a command (addresses and ports are canonical text and numbers).
 */
import type { CaseFile } from './case-file.js';
import type { FindingDraft } from './finding-draft.js';
import { describeInterface, type ShippedRules } from './knowledge.js';
import { bare, checkOfBroken, fixOfBroken, startsAt64 } from './remedies-beyond-ports.js';

const MAX_RULES = 6;

/** Lines; null: nothing can be said. */
export function fixFor(drafts: readonly FindingDraft[], file: CaseFile): string | null {
  const first = drafts[0]!;
  const where = first.server === null ? '' : list([...new Set(drafts.map((draft) => file.labels.short(draft.server!)))]);
  const onPath = drafts.some((draft) => draft.droppedAt === 'path');
  switch (first.remedy) {
    case 'open-dynamic-port': return openDynamic(drafts, file, where, onPath);
    case 'open-endpoint-mapper': return openEndpointMapper(drafts, where, onPath);
    case 'open-port': return openPort(first, file, where, onPath);
    case 'start-service': return startService(first, file, where);
    case 'credentials': return first.port === 3260 ? 'no firewall rule: mend the CHAP name and secret on initiator and target' : 'no firewall rule: mend the account, its password or the service principal name';
    case 'permissions': return `no firewall rule: give the account rights on ${where} (share and file permissions)`;
    case 'names': return 'register the name in DNS, or mend the DNS server or suffix that the client uses';
    case 'path': return `check that ${where} is up, its address right and the way to it and back open`;
    case 'encrypt': return `on ${where}: use HTTPS (TCP 5986) or message encryption (Kerberos, Negotiate); do not allow unencrypted WinRM`;
    case 'mtu': case 'idle': case 'program': case 'route': case 'tls': case 'dialect': case 'clock': case 'principal': case 'target': case 'backend': case 'rpc-policy': case 'inspection': case 'delegation': return fixOfBroken(first, file, where);
    case 'capture': case null: return null;
  }
}

function openDynamic(drafts: readonly FindingDraft[], file: CaseFile, where: string, onPath: boolean): string {
  const rules = new Set<string>();
  const unnamed: string[] = [];
  const ports = new Set<number>();
  for (const draft of drafts) {
    ports.add(draft.port!);
    const id = draft.mapping?.interface ?? null;
    const shipped = id === null ? undefined : file.knowledge.rulesForInterface(id);
    if (shipped !== undefined && shipped.service.length > 0) for (const rule of shipped.service) rules.add(rule);
    else if (id !== null) unnamed.push(describeInterface(file.knowledge, id));
  }
  const lines: string[] = [];
  const between = `on ${onPath ? 'the' : 'a'} firewall in between: allow TCP 135 and the dynamic range 49152-65535 from ${clients(drafts, file)} to ${where}`;
  const several = new Set(drafts.map((draft) => draft.server)).size > 1;
  if (onPath || several) lines.push(between);
  if (!onPath) {
    if (rules.size > 0) lines.push(`on ${where}, elevated (the rule that Windows ships for this; try -WhatIf first):`, enable([...rules]));
    if (unnamed.length > 0) lines.push(`${rules.size > 0 ? 'also ' : ''}on ${where}: allow inbound TCP, local port RPC (dynamic), for the program behind ${list([...new Set(unnamed)])}`);
    if ([...rules].some((rule) => rule.startsWith('ADDS-'))) lines.push('(rules that begin with ADDS exist on domain controllers only)');
    if (!several && drafts[0]!.droppedAt !== 'server') lines.push(between);
  }
  lines.push(`Do not open ${[...ports].sort((a, b) => a - b).slice(0, 3).join(', ')} alone: ${ports.size === 1 ? 'it' : 'they'} may change at the next restart.`);
  return lines.join('\n');
}

function openEndpointMapper(drafts: readonly FindingDraft[], where: string, onPath: boolean): string {
  const between = `on ${onPath ? 'the' : 'a'} firewall in between: allow TCP 135 and then the dynamic range 49152-65535 to ${where}`;
  if (onPath) return between;
  return [`on ${where}, elevated (one of the rules that Windows ships for this; try -WhatIf first):`, enable([rulesForMapper(drafts)]), between].join('\n');
}

function rulesForMapper(drafts: readonly FindingDraft[]): string {
  return drafts.some((draft) => draft.port === 135) ? 'RemoteSvcAdmin-RPCSS-In-TCP' : '';
}

function openPort(draft: FindingDraft, file: CaseFile, where: string, onPath: boolean): string {
  const transport = draft.transport!;
  const shipped: ShippedRules | undefined = file.knowledge.rulesForPort(transport, draft.port!);
  const between = `${transport.toUpperCase()} ${draft.port} from ${file.labels.short(draft.client!)} to ${where}`;
  if (onPath) return `on the firewall in between: allow ${between}`;
  if (shipped === undefined || shipped.service.length === 0) return `on ${where} or the firewall in between: allow inbound ${between}`;
  const lines = [`on ${where}, elevated (the rule that Windows ships for this; try -WhatIf first):`, enable(shipped.service)];
  if (shipped.note !== null) lines.push(shipped.note);
  if (startsAt64(draft, file)) lines.push(`if ${where} runs Linux, as its TTL suggests:`, `  nft insert rule inet filter input ${draft.client!.includes(':') ? 'ip6' : 'ip'} saddr ${bare(draft.client!)} ${transport} dport ${draft.port} accept`);
  if (draft.droppedAt !== 'server') lines.push(`on a firewall in between: allow ${between}`);
  return lines.join('\n');
}

function startService(draft: FindingDraft, file: CaseFile, where: string): string {
  if (draft.code === 'interface-not-registered') return `no firewall rule: start the service on ${where}, or install the role that offers it`;
  const name = file.knowledge.serviceName(draft.transport!, draft.port!);
  if (draft.transport === 'tcp' && draft.port === 5985) return `on ${where}, elevated:\n  Enable-PSRemoting -Force\n(starts WinRM, makes its listener and its firewall rule)`;
  return `no firewall rule: start ${name === null ? 'the service' : `the service (${name})`} on ${where}, or mend the port that the client asks for`;
}

/** One command that proves it; null: the findings are of no connection. */
export function checkFor(draft: FindingDraft, file: CaseFile): string | null {
  if (draft.server === null || draft.port === null || draft.client === null) return null;
  const on = `on ${file.labels.short(draft.client)}:`;
  const there = `on ${file.labels.short(draft.server)}:`;
  const server = bare(draft.server);
  switch (draft.remedy) {
    case 'open-dynamic-port': case 'open-endpoint-mapper': case 'open-port': case 'path': case 'start-service':
      if (draft.code === 'interface-not-registered') return `${there} Get-Service; on the client: portqry -n ${server} -e 135`;
      return reachCheck(draft, on);
    case 'names': return `${on} Resolve-DnsName <name> -Server ${server}`;
    case 'credentials': case 'principal': case 'delegation': return logonCheck(draft, file, on);
    case 'permissions': return draft.port === 445 || draft.port === 139 ? `${there} Get-SmbShareAccess -Name <share>` : logonCheck(draft, file, on);
    case 'encrypt': return `${there} winrm get winrm/config/service`;
    default: return checkOfBroken(draft, file) ?? reachCheck(draft, on);
  }
}

function reachCheck({ transport, server, port }: FindingDraft, on: string): string {
  return transport === 'tcp' ? `${on} Test-NetConnection ${bare(server!)} -Port ${port}` : `${on} portqry -n ${bare(server!)} -p udp -e ${port}`;
}

/** With a logon of the same kind: that the port is reached is known already. */
function logonCheck(draft: FindingDraft, file: CaseFile, on: string): string {
  const server = bare(draft.server!);
  switch (draft.port) {
    case 5985: case 5986: return `${on} Test-WSMan ${server} -Authentication Default${draft.port === 5986 ? ' -UseSSL' : ''}`;
    case 88: case 464: return `${on} klist purge; klist get krbtgt`;
    case 389: case 636: case 3268: case 3269: return `${on} nltest /dsgetdc:<domain> /force; klist`;
    case 1433: return `${on} sqlcmd -S tcp:${server},1433 -E -Q "SELECT 1"`;
    case 3260: return `${on} Get-IscsiTargetPortal; Get-IscsiSession`;
    case 3389: return `${on} mstsc /v:${server}`;
    default: return draft.port === 445 || draft.port === 139 || draft.mapping !== null ? `${on} klist; net use \\\\${file.labels.short(draft.server!)}\\IPC$` : reachCheck(draft, on);
  }
}

/** Shows exactly the packets of these findings; null: they are of no connection. */
export function filterFor(drafts: readonly FindingDraft[]): string | null {
  const clients = [...new Set(drafts.map((draft) => draft.client))].filter((one) => one !== null);
  const servers = [...new Set(drafts.map((draft) => draft.server))].filter((one) => one !== null);
  if (clients.length === 0 || servers.length === 0) return null;
  const ports = new Set<number>();
  for (const draft of drafts) {
    if (draft.mapping !== null) ports.add(135);
    if (draft.port !== null) ports.add(draft.port);
  }
  const transport = drafts[0]!.transport ?? 'tcp';
  const sorted = [...ports].sort((a, b) => a - b).slice(0, 16);
  const port = sorted.length === 0 ? '' : sorted.length === 1 ? ` && ${transport}.port==${sorted[0]}` : ` && ${transport}.port in {${sorted.join(',')}}`;
  return `${addresses(clients)} && ${addresses(servers)}${port}`;
}

function addresses(list: readonly string[]): string {
  const one = (address: string): string => `${address.includes(':') ? 'ipv6' : 'ip'}.addr==${address.split('%')[0]}`;
  const shown = list.slice(0, 6).map(one);
  return shown.length === 1 ? shown[0]! : `(${shown.join(' || ')})`;
}

function enable(rules: readonly string[]): string {
  return `  Enable-NetFirewallRule -Name ${rules.slice(0, MAX_RULES).map((rule) => `'${rule}'`).join(', ')}`;
}

function clients(drafts: readonly FindingDraft[], file: CaseFile): string {
  return list([...new Set(drafts.map((draft) => file.labels.short(draft.client!)))]);
}

function list(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
