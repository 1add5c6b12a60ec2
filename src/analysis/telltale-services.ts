/**
 * Services that tell what a machine is. A role is inferred from what a machine serves or opens, never from a port alone when
 * the payload says something else; reasons and confidence go into the report.
 */
import type { Conversation } from '../evidence/evidence.js';
import type { RoleConfidence } from './report-model.js';

export interface RoleHint {
  readonly role: string;
  readonly confidence: RoleConfidence;
}

export interface Telltale {
  readonly id: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  /** What a recogniser may call it; null: nothing is recognised on it. Another name on the port does not count. */
  readonly protocols: readonly string[] | null;
  /** What people call it. */
  readonly name: string;
  readonly server?: RoleHint;
  readonly client?: RoleHint;
}

/** At most 32: a machine's services are bits of one number. */
export const telltales: readonly Telltale[] = [
  { id: 'endpoint-mapper', transport: 'tcp', port: 135, protocols: ['dce-rpc', 'epmap', 'dcom'], name: 'RPC endpoint mapper' },
  { id: 'smb', transport: 'tcp', port: 445, protocols: ['smb', 'smb1', 'smb2', 'smb3'], name: 'SMB' },
  { id: 'kerberos', transport: 'tcp', port: 88, protocols: ['kerberos'], name: 'Kerberos' },
  { id: 'kerberos-udp', transport: 'udp', port: 88, protocols: ['kerberos'], name: 'Kerberos' },
  { id: 'ldap', transport: 'tcp', port: 389, protocols: ['ldap'], name: 'LDAP' },
  { id: 'cldap', transport: 'udp', port: 389, protocols: ['ldap', 'cldap'], name: 'LDAP ping' },
  { id: 'global-catalog', transport: 'tcp', port: 3268, protocols: ['ldap'], name: 'global catalog', server: { role: 'domain-controller', confidence: 'likely' } },
  { id: 'dns', transport: 'udp', port: 53, protocols: ['dns'], name: 'DNS', server: { role: 'dns-server', confidence: 'certain' } },
  { id: 'dns-tcp', transport: 'tcp', port: 53, protocols: ['dns'], name: 'DNS', server: { role: 'dns-server', confidence: 'certain' } },
  { id: 'ntp', transport: 'udp', port: 123, protocols: ['ntp'], name: 'NTP', server: { role: 'time-server', confidence: 'likely' } },
  { id: 'winrm', transport: 'tcp', port: 5985, protocols: ['winrm', 'http'], name: 'WinRM', client: { role: 'management-station', confidence: 'likely' } },
  { id: 'winrm-tls', transport: 'tcp', port: 5986, protocols: ['winrm', 'tls'], name: 'WinRM over TLS', client: { role: 'management-station', confidence: 'likely' } },
  { id: 'cluster', transport: 'udp', port: 3343, protocols: null, name: 'cluster heartbeat', server: { role: 'cluster-node', confidence: 'likely' }, client: { role: 'cluster-node', confidence: 'likely' } },
  { id: 'cluster-tcp', transport: 'tcp', port: 3343, protocols: null, name: 'cluster service', server: { role: 'cluster-node', confidence: 'likely' }, client: { role: 'cluster-node', confidence: 'likely' } },
  { id: 'live-migration', transport: 'tcp', port: 6600, protocols: null, name: 'live migration', server: { role: 'hyper-v-host', confidence: 'likely' }, client: { role: 'hyper-v-host', confidence: 'likely' } },
  { id: 'vmconnect', transport: 'tcp', port: 2179, protocols: ['rdp', 'vmconnect', 'tls'], name: 'VMConnect', server: { role: 'hyper-v-host', confidence: 'likely' } },
  { id: 'iscsi', transport: 'tcp', port: 3260, protocols: ['iscsi'], name: 'iSCSI', server: { role: 'iscsi-target', confidence: 'certain' }, client: { role: 'iscsi-initiator', confidence: 'certain' } },
  { id: 'rdp', transport: 'tcp', port: 3389, protocols: ['rdp', 'tls'], name: 'Remote Desktop', server: { role: 'rdp-server', confidence: 'certain' } },
  { id: 'sql', transport: 'tcp', port: 1433, protocols: ['tds'], name: 'SQL Server', server: { role: 'sql-server', confidence: 'certain' } },
  { id: 'vmm', transport: 'tcp', port: 8100, protocols: null, name: 'VMM console', server: { role: 'vmm-server', confidence: 'likely' }, client: { role: 'vmm-console', confidence: 'likely' } },
  { id: 'wsus', transport: 'tcp', port: 8530, protocols: ['http', 'wsus'], name: 'WSUS', server: { role: 'wsus-server', confidence: 'likely' } },
  { id: 'wsus-tls', transport: 'tcp', port: 8531, protocols: ['tls'], name: 'WSUS', server: { role: 'wsus-server', confidence: 'likely' } },
  { id: 'dhcp', transport: 'udp', port: 67, protocols: null, name: 'DHCP', server: { role: 'dhcp-server', confidence: 'likely' } },
  { id: 'nfs', transport: 'tcp', port: 2049, protocols: null, name: 'NFS', server: { role: 'nfs-server', confidence: 'likely' } },
];

export interface TelltaleIndex {
  /** Bits of the services that this conversation is one of. */
  bits(conversation: Conversation): number;
}

export function telltaleIndex(list: readonly Telltale[]): TelltaleIndex {
  const byPort = new Map<number, { readonly bit: number; readonly protocols: ReadonlySet<string> | null }>();
  list.forEach((telltale, i) => {
    byPort.set(portKey(telltale.transport, telltale.port), { bit: 1 << i, protocols: telltale.protocols === null ? null : new Set(telltale.protocols) });
  });
  return {
    bits({ transport, serverPort, application }) {
      const entry = byPort.get(portKey(transport, serverPort));
      if (entry === undefined) return 0;
      if (application === null || application.confidence === 'port' || entry.protocols === null) return entry.bit;
      return entry.protocols.has(application.protocol) ? entry.bit : 0;
    },
  };
}

function portKey(transport: 'tcp' | 'udp', port: number): number {
  return transport === 'tcp' ? port : port + 65_536;
}
