/** What mends, and proves, failures that no open port mends: packet size, idle timers, programs, routes, TLS, dialects, clocks, names of principals. */
import type { CaseFile } from './case-file.js';
import type { FindingDraft } from './finding-draft.js';
import { hopsTravelled } from './vantage.js';

export function fixOfBroken(draft: FindingDraft, file: CaseFile, where: string): string | null {
  const port = `${draft.transport?.toUpperCase() ?? ''} ${draft.port ?? ''}`;
  switch (draft.remedy) {
    case 'mtu': return [
      'no port is closed. Let ICMP "fragmentation needed" (3/4; IPv6: "packet too big") through on the whole way, or make packets smaller:',
      'on a Linux router in between:', '  nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu',
      `on ${where}, elevated (the adapter's name is in Get-NetAdapter):`, '  netsh interface ipv4 set subinterface "<adapter>" mtu=1400 store=persistent',
    ].join('\n');
    case 'idle': if (draft.droppedAt === 'server' || draft.droppedAt === 'client') return `no firewall rule: find out why ${forgetful(draft, file)} lost the connection (restarted, its service restarted, failed over), and let the program connect anew`;
      return `no port is closed: raise the idle timeout for ${port} on the firewall in between, or let the program send keep-alives sooner than that`;
    case 'inspection': return `no port is closed: on the firewall or intrusion prevention in between, look in its log for ${port} from ${file.labels.short(draft.client!)} to ${where} at the times above, and let it pass (application control, TLS inspection, signatures)`;
    case 'program': return `no firewall rule: look at the program behind this connection on ${blamed(draft, file)}; the network delivers, it does not read`;
    case 'route': return `no port is closed: let the way from ${where} back to ${file.labels.short(draft.client!)} be the way there (gateway and routes of ${where}), or let the firewall on the way back pass answers to connections that it did not see begin`;
    case 'tls': return `no firewall rule: on ${where} bind a certificate that ${file.labels.short(draft.client!)} trusts to ${port}, and let both have a TLS version and a cipher suite in common`;
    case 'dialect': return `no firewall rule: let ${file.labels.short(draft.client!)} and ${where} have a version and a level of security in common`;
    case 'clock': return `no firewall rule: set the clocks right, on both, elevated:\n  w32tm /resync`;
    case 'principal': return `no firewall rule: register the service principal name with the account that runs the service, or use the name that has one instead of an alias or an address:\n  setspn -S <service>/<name> <account>`;
    case 'delegation': return `no firewall rule: let the account of ${file.labels.short(draft.client!)} delegate to this service (Active Directory, PowerShell; the service stands in the problem's title):\n  Get-ADComputer <account> -Properties msDS-AllowedToDelegateTo,TrustedToAuthForDelegation\n  Set-ADComputer <account> -Add @{'msDS-AllowedToDelegateTo'='<service>/<name>'}`;
    case 'rpc-policy': return `no port is closed: look for what restricts RPC clients on ${where} (policy RestrictRemoteClients, RPC filters)`;
    case 'target': return `no firewall rule: mend the name that is asked for, or offer it on ${where}`;
    case 'backend': return draft.port === 5985 || draft.port === 5986
      ? `on ${where}, elevated (makes the listener of WinRM; another web server on the port must leave it first):\n  Enable-PSRemoting -Force`
      : `no firewall rule: start what stands behind ${port} on ${where} (service, application pool, listener for this path)`;
    default: return null;
  }
}

export function checkOfBroken(draft: FindingDraft, file: CaseFile): string | null {
  const on = `on ${file.labels.short(draft.client!)}:`;
  const there = `on ${file.labels.short(draft.server!)}:`;
  const server = bare(draft.server!);
  const six = draft.server!.includes(':');
  switch (draft.remedy) {
    // 1500 bytes on the wire, not to be fragmented; an IPv6 router never fragments.
    case 'mtu': return six ? `${on} ping -6 -l 1452 ${server}` : `${on} ping -f -l 1472 ${server}`;
    case 'idle': if (draft.droppedAt === 'server' || draft.droppedAt === 'client') return `on ${forgetful(draft, file)}: Get-WinEvent -FilterHashtable @{LogName='System'; Id=1074,6005,6006,6008,7036} -MaxEvents 20`;
      return `on the firewall in between, if it runs Linux: conntrack -L -p ${draft.transport} -d ${server} --orig-port-dst ${draft.port}`;
    // Connecting works; only what passes on both sides of the device tells them apart.
    case 'inspection': return `capture on ${file.labels.short(draft.client!)} and on ${file.labels.short(draft.server!)} at once: portwitness analyze <one> <other>`;
    case 'program': return `on ${blamed(draft, file)}: Get-NetTCPConnection ${draft.title.startsWith('The client') ? `-RemotePort ${draft.port} -RemoteAddress ${server}` : `-LocalPort ${draft.port} -RemoteAddress ${bare(draft.client!)}`} | Select-Object State,OwningProcess`;
    case 'route': return `${there} Find-NetRoute -RemoteIPAddress ${bare(draft.client!)}`;
    case 'tls': return draft.port === 3389 ? `${on} mstsc /v:${server}` : `${on} curl.exe -vk https://${six ? `[${server}]` : server}:${draft.port}/`;
    case 'dialect': return draft.port === 445 || draft.port === 139 ? `${there} Get-SmbServerConfiguration | Select-Object *Protocol,*Signature,EncryptData` : null;
    case 'rpc-policy': return `${there} netsh rpc filter show filter`;
    case 'target': return draft.port === 445 || draft.port === 139 ? `${there} Get-SmbShare` : null;
    case 'backend': return webPorts.has(draft.port!) ? `${on} curl.exe -vk ${tlsPorts.has(draft.port!) ? 'https' : 'http'}://${six ? `[${server}]` : server}:${draft.port}/` : null;
    case 'clock': return `${on} w32tm /stripchart /computer:${server} /samples:3 /dataonly`;
    default: return null;
  }
}

const webPorts: ReadonlySet<number> = new Set([80, 443, 5985, 5986, 8080, 8443, 8530, 8531]);
const tlsPorts: ReadonlySet<number> = new Set([443, 5986, 8443, 8531]);

/** Who no longer knows the connection. */
function forgetful(draft: FindingDraft, file: CaseFile): string {
  return file.labels.short(draft.droppedAt === 'client' ? draft.client! : draft.server!);
}

/** Of a stalled program: which end. */
function blamed(draft: FindingDraft, file: CaseFile): string {
  return file.labels.short(draft.title.startsWith('The client') ? draft.client! : draft.server!);
}

/** Without the zone of a link-local address: display filters and most commands do not take one. */
export function bare(address: string): string {
  return address.split('%')[0]!;
}

/** Its packets began with TTL 64: Linux and most appliances, not Windows, which begins at 128. */
export function startsAt64({ server }: FindingDraft, { evidence }: CaseFile): boolean {
  const ttl = evidence.captures.flatMap((capture) => capture.traits.senders).find((sender) => sender.address === server && sender.packets > 0)?.ttl;
  return ttl !== undefined && ttl > 32 && ttl <= 64 && hopsTravelled(ttl) < 32;
}
