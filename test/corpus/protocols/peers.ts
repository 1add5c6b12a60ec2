/**
 * What TShark and nDPI call each flow of a capture, in our recognisers' names. Both guess from ports where they know nothing better:
 * TShark's word counts for packets with payload only, nDPI's only where it says that it looked inside.
 */
import { spawnSync } from 'node:child_process';

/** Recognisers by flow, as {@link flowKey} writes it. */
export type Verdicts = ReadonlyMap<string, ReadonlySet<string>>;

export function flowKey(transport: string, a: string, aPort: number, b: string, bPort: number): string {
  const [one, other] = [`${a} ${aPort}`, `${b} ${bPort}`].sort();
  return `${transport} ${one} ${other}`;
}

/** The dissector directly above TCP or UDP. */
const TSHARK: Readonly<Record<string, string>> = {
  smb: 'smb', smb2: 'smb', nbss: 'smb', tls: 'tls', ssl: 'tls', http: 'http', http2: 'http', dcerpc: 'dce-rpc', ldap: 'ldap', cldap: 'ldap', kerberos: 'kerberos', kpasswd: 'kpasswd',
  dns: 'dns', llmnr: 'llmnr', mdns: 'mdns', nbns: 'netbios-ns', nbdgm: 'netbios-dgm', ntp: 'ntp', dhcp: 'dhcp', bootp: 'dhcp', dhcpv6: 'dhcpv6', tpkt: 'rdp', rdp: 'rdp', rdpudp: 'rdp-udp', tds: 'tds',
  iscsi: 'iscsi', ssh: 'ssh', vnc: 'rfb', ssdp: 'ssdp', socks: 'socks', snmp: 'snmp', syslog: 'syslog', radius: 'radius', stun: 'stun', 'classicstun': 'stun', quic: 'quic', gquic: 'quic', dtls: 'dtls', rmcp: 'ipmi', ipmi: 'ipmi', msmms: '', iwarp_mpa: 'smb-direct', 'mc-nmf': 'wcf', nmf: 'wcf',
};

/** Parts of nDPI's names; `NetBIOS` is told apart by port. */
const NDPI: Readonly<Record<string, string>> = {
  DCE_RPC: 'dce-rpc', RPC: 'dce-rpc', SMBv1: 'smb', SMBv23: 'smb', TLS: 'tls', HTTP: 'http', Kerberos: 'kerberos', LDAP: 'ldap', DNS: 'dns', LLMNR: 'llmnr', MDNS: 'mdns', NTP: 'ntp', DHCP: 'dhcp', DHCPV6: 'dhcpv6',
  RDP: 'rdp', 'MsSQL-TDS': 'tds', iSCSI: 'iscsi', SSH: 'ssh', VNC: 'rfb', SSDP: 'ssdp', SOCKS: 'socks', SNMP: 'snmp', Syslog: 'syslog', Radius: 'radius', STUN: 'stun', QUIC: 'quic', DTLS: 'dtls',
};

function run(command: string, args: readonly string[]): string {
  const { stdout, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'], timeout: 120_000 });
  if (error !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`${command} is not there: install tshark and libndpi-bin`);
  return stdout ?? '';
}

export function tsharkVerdicts(file: string): Verdicts {
  const fields = ['ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport', 'frame.protocols'];
  const output = run('tshark', ['-r', file, '-n', '-T', 'fields', '-E', 'occurrence=l', ...fields.flatMap((field) => ['-e', field]), '(tcp.len > 0) or udp']);
  const verdicts = new Map<string, Set<string>>();
  for (const line of output.split('\n')) {
    const [ip = '', ipTo = '', ip6 = '', ip6To = '', tcp = '', tcpTo = '', udp = '', udpTo = '', chain = ''] = line.split('\t');
    const transport = tcp === '' ? 'udp' : 'tcp';
    const layers = chain.split(':');
    const name = TSHARK[layers[layers.lastIndexOf(transport) + 1] ?? ''];
    if (name === undefined || name === '' || (ip === '' && ip6 === '')) continue;
    const key = flowKey(transport, ip || ip6, Number(tcp || udp), ipTo || ip6To, Number(tcpTo || udpTo));
    verdicts.set(key, (verdicts.get(key) ?? new Set()).add(name));
  }
  return verdicts;
}

export function ndpiVerdicts(file: string): Verdicts {
  const verdicts = new Map<string, Set<string>>();
  const line = /^\t\d+\t(TCP|UDP) \[?([0-9a-f.:]+?)\]?:(\d+) <?->? \[?([0-9a-f.:]+?)\]?:(\d+) .*?\[proto: [\d.]+\/([^\]]+)\].*?\[Confidence: DPI\]/;
  for (const text of run('ndpiReader', ['-i', file, '-v', '2', '-q']).split('\n')) {
    const match = line.exec(text);
    if (match === null) continue;
    const [, transport, a, aPort, b, bPort, proto] = match;
    const names = proto!.split('.').flatMap((part) => (part === 'NetBIOS' ? netbios(Number(aPort), Number(bPort)) : NDPI[part] ?? []));
    if (names.length > 0) verdicts.set(flowKey(transport!.toLowerCase(), a!, Number(aPort), b!, Number(bPort)), new Set(names));
  }
  return verdicts;
}

function netbios(...ports: readonly number[]): string[] {
  return ports.includes(137) ? ['netbios-ns'] : ports.includes(138) ? ['netbios-dgm'] : ports.includes(139) ? ['smb'] : [];
}
