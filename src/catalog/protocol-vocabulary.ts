/**
 * What an entry's `protocol` may be, and how it shows on the wire. Recognisers name what payload says, documents what
 * administrators call it, so one document word covers several observed ones.
 */
export interface ProtocolWord {
  readonly id: string;
  readonly title: string;
  readonly synonyms?: readonly string[];
  /** Names that a recogniser may give to this very protocol, beside `id` itself. */
  readonly seenAs?: readonly string[];
  /** Observed names that neither confirm nor contradict: wrappers that hide the inside, or partial recognition. */
  readonly hiddenIn?: readonly string[];
  /** Server ports as registered or as the vendor fixes them; `exclusive` ones belong to nothing else. */
  readonly ports?: readonly { readonly transport: 'tcp' | 'udp' | 'tcp+udp'; readonly port: number; readonly exclusive?: true }[];
  /** The transport that `transport` stands for where a document names none. */
  readonly usualTransport?: 'tcp' | 'udp' | 'tcp+udp';
}

/** The document names no protocol: agreement cannot be known. */
export const unspecified = 'unspecified';

const web = ['http2', 'quic'];
/** What the HTTP recogniser says instead of `http` where path or client tell the service. */
const httpServices = ['http1', 'bits', 'wsus', 'rd-gateway', 'rd-web', 'rpc-http', 'configmgr', 'kdc-proxy', 'adfs', 'ws-discovery', 'webdav'];

export const protocolWords: readonly ProtocolWord[] = [
  { id: unspecified, title: 'not stated' },

  // RPC
  { id: 'dce-rpc', title: 'DCE/RPC', synonyms: ['rpc', 'msrpc', 'dcerpc', 'rpc-dynamic', 'dcom', 'wmi'], seenAs: ['dcerpc', 'rpc', 'dcom', 'epmap', 'ncacn_ip_tcp'] },
  { id: 'epmap', title: 'RPC endpoint mapper', synonyms: ['epm', 'endpoint-mapper', 'rpc-endpoint-mapper', 'epmapper'], seenAs: ['dce-rpc', 'dcerpc', 'rpc', 'dcom'], ports: [{ transport: 'tcp', port: 135, exclusive: true }, { transport: 'tcp', port: 593 }] },
  { id: 'ncacn-http', title: 'RPC over HTTP', seenAs: ['dce-rpc', 'http', 'rpc-http'], hiddenIn: ['tls'], ports: [{ transport: 'tcp', port: 593 }] },

  // Files and names
  { id: 'smb', title: 'SMB', synonyms: ['cifs', 'smb2', 'smb3'], seenAs: ['smb1', 'smb2', 'smb3', 'cifs'], hiddenIn: ['netbios-ssn', 'quic'], ports: [{ transport: 'tcp', port: 445, exclusive: true }, { transport: 'tcp', port: 139 }] },
  { id: 'smb-direct', title: 'SMB Direct (RDMA)', synonyms: ['smbd', 'rdma', 'iwarp', 'roce'], seenAs: ['smbdirect', 'iwarp', 'roce'], ports: [{ transport: 'tcp', port: 5445 }, { transport: 'udp', port: 4791 }] },
  { id: 'netbios-ssn', title: 'NetBIOS session service', synonyms: ['netbios', 'nbss'], seenAs: ['smb', 'smb1', 'smb2', 'smb3', 'nbss'], ports: [{ transport: 'tcp', port: 139, exclusive: true }] },
  { id: 'netbios-ns', title: 'NetBIOS name service', synonyms: ['nbns'], seenAs: ['nbns'], ports: [{ transport: 'udp', port: 137, exclusive: true }], usualTransport: 'udp' },
  { id: 'netbios-dgm', title: 'NetBIOS datagram service', synonyms: ['nbdgm'], seenAs: ['nbdgm', 'nbds'], ports: [{ transport: 'udp', port: 138, exclusive: true }], usualTransport: 'udp' },
  { id: 'dns', title: 'DNS', ports: [{ transport: 'tcp+udp', port: 53, exclusive: true }], usualTransport: 'tcp+udp' },
  { id: 'llmnr', title: 'LLMNR', seenAs: ['dns'], ports: [{ transport: 'tcp+udp', port: 5355 }], usualTransport: 'udp' },
  { id: 'mdns', title: 'multicast DNS', seenAs: ['dns'], ports: [{ transport: 'udp', port: 5353 }], usualTransport: 'udp' },
  { id: 'wins', title: 'WINS replication', ports: [{ transport: 'tcp+udp', port: 42 }] },
  { id: 'nfs', title: 'NFS', seenAs: ['sunrpc', 'oncrpc'], ports: [{ transport: 'tcp+udp', port: 2049 }] },
  { id: 'sunrpc', title: 'ONC RPC', synonyms: ['portmapper', 'mountd', 'oncrpc'], seenAs: ['oncrpc', 'portmap'], ports: [{ transport: 'tcp+udp', port: 111 }, { transport: 'tcp+udp', port: 635 }] },

  // Directory and time
  { id: 'ldap', title: 'LDAP', seenAs: ['cldap'], ports: [{ transport: 'tcp+udp', port: 389, exclusive: true }, { transport: 'tcp', port: 3268, exclusive: true }] },
  { id: 'ldaps', title: 'LDAP over TLS', seenAs: ['tls'], ports: [{ transport: 'tcp', port: 636, exclusive: true }, { transport: 'tcp', port: 3269, exclusive: true }] },
  { id: 'kerberos', title: 'Kerberos', synonyms: ['krb5'], seenAs: ['krb5'], ports: [{ transport: 'tcp+udp', port: 88, exclusive: true }], usualTransport: 'tcp+udp' },
  { id: 'kpasswd', title: 'Kerberos password change', seenAs: ['kerberos'], ports: [{ transport: 'tcp+udp', port: 464, exclusive: true }], usualTransport: 'tcp+udp' },
  { id: 'ntp', title: 'NTP', synonyms: ['sntp', 'w32time'], seenAs: ['sntp'], ports: [{ transport: 'udp', port: 123, exclusive: true }], usualTransport: 'udp' },

  // Web and management
  { id: 'http', title: 'HTTP', seenAs: [...httpServices, 'winrm', 'hyper-v-replica'], hiddenIn: web, ports: [{ transport: 'tcp', port: 80 }, { transport: 'tcp', port: 8080 }, { transport: 'tcp', port: 8530 }] },
  { id: 'https', title: 'HTTPS', seenAs: ['tls', 'http-over-tls', 'quic'], ports: [{ transport: 'tcp+udp', port: 443 }, { transport: 'tcp', port: 8531 }] },
  { id: 'tls', title: 'TLS', synonyms: ['ssl'], seenAs: ['https', 'ldaps'] },
  { id: 'winrm', title: 'WinRM (WS-Management)', synonyms: ['wsman', 'ws-management', 'ws-man', 'psrp', 'powershell-remoting'], seenAs: ['wsman', 'tls', 'https'], hiddenIn: ['http'], ports: [{ transport: 'tcp', port: 5985, exclusive: true }, { transport: 'tcp', port: 5986, exclusive: true }, { transport: 'tcp', port: 80 }, { transport: 'tcp', port: 443 }, { transport: 'tcp', port: 47001 }] },
  { id: 'smash', title: 'SMASH over WS-Management', synonyms: ['redfish'], seenAs: ['tls', 'https', 'http', 'winrm'], ports: [{ transport: 'tcp', port: 443 }] },
  { id: 'bits', title: 'BITS', seenAs: ['tls', 'https', 'http'], ports: [{ transport: 'tcp', port: 443 }, { transport: 'tcp', port: 80 }] },
  { id: 'wcf', title: 'WCF (net.tcp or HTTP)', seenAs: ['net.tcp', 'nettcp', 'mc-nmf', 'http', 'https', 'tls', 'net-tcp'] },
  { id: 'net.tcp', title: 'WCF net.tcp', synonyms: ['nettcp', 'mc-nmf', 'net-tcp'], seenAs: ['nettcp', 'mc-nmf', 'wcf', 'net-tcp'], hiddenIn: ['tls'] },
  { id: 'wsus', title: 'Windows Update', synonyms: ['windows-update'], seenAs: ['http', 'https', 'tls'], ports: [{ transport: 'tcp', port: 8530 }, { transport: 'tcp', port: 8531 }] },
  { id: 'ssh', title: 'SSH', ports: [{ transport: 'tcp', port: 22, exclusive: true }] },
  { id: 'sftp', title: 'SFTP', seenAs: ['ssh'], ports: [{ transport: 'tcp', port: 22 }] },
  { id: 'ipmi', title: 'IPMI', synonyms: ['rmcp'], seenAs: ['rmcp', 'asf'], ports: [{ transport: 'udp', port: 623, exclusive: true }], usualTransport: 'udp' },
  { id: 'snmp', title: 'SNMP', ports: [{ transport: 'udp', port: 161, exclusive: true }, { transport: 'udp', port: 162 }], usualTransport: 'udp' },
  { id: 'syslog', title: 'syslog', ports: [{ transport: 'udp', port: 514 }], usualTransport: 'udp' },
  { id: 'radius', title: 'RADIUS', ports: [1812, 1813, 1645, 1646].map((port) => ({ transport: 'udp', port }) as const), usualTransport: 'udp' },

  // Consoles
  { id: 'rdp', title: 'Remote Desktop', synonyms: ['remote-desktop', 'ms-wbt-server', 'rdp-udp'], seenAs: ['rdp-udp', 'rdpudp', 'tpkt'], hiddenIn: ['tls', 'dtls'], ports: [{ transport: 'tcp+udp', port: 3389, exclusive: true }, { transport: 'udp', port: 3391 }] },
  { id: 'rd-gateway', title: 'RD Gateway', synonyms: ['tsgu', 'rdg'], seenAs: ['tls', 'https', 'http', 'dtls', 'rdp', 'rdp-udp'], ports: [{ transport: 'tcp', port: 443 }, { transport: 'udp', port: 3391 }] },
  { id: 'vmconnect', title: 'Virtual Machine Connection', synonyms: ['vmrdp'], seenAs: ['rdp'], hiddenIn: ['tls'], ports: [{ transport: 'tcp', port: 2179, exclusive: true }] },
  { id: 'vmrc', title: 'Virtual Machine Remote Control', seenAs: ['rfb'], ports: [{ transport: 'tcp', port: 5900 }] },
  { id: 'rfb', title: 'Remote Framebuffer (VNC)', synonyms: ['vnc'], seenAs: ['vnc'], ports: [{ transport: 'tcp', port: 5900 }] },

  // Virtualization, cluster, storage
  { id: 'live-migration', title: 'Hyper-V live migration', ports: [{ transport: 'tcp', port: 6600, exclusive: true }] },
  { id: 'hyper-v-replica', title: 'Hyper-V Replica', seenAs: ['http', 'https', 'tls'], ports: [{ transport: 'tcp', port: 80 }, { transport: 'tcp', port: 443 }] },
  { id: 'cluster', title: 'failover cluster', synonyms: ['netft', 'ms-cluster-net', 'failover-cluster'], seenAs: ['dtls', 'netft', 'ms-cluster-net'], ports: [{ transport: 'tcp+udp', port: 3343, exclusive: true }], usualTransport: 'tcp+udp' },
  { id: 'iscsi', title: 'iSCSI', ports: [{ transport: 'tcp', port: 3260, exclusive: true }] },
  { id: 'isns', title: 'iSNS', ports: [{ transport: 'tcp+udp', port: 3205 }] },
  { id: 'tds', title: 'TDS (SQL Server)', synonyms: ['sql', 'mssql'], seenAs: ['mssql'], hiddenIn: ['tls'], ports: [{ transport: 'tcp', port: 1433, exclusive: true }] },
  { id: 'sql-browser', title: 'SQL Server Browser', synonyms: ['mc-sqlr', 'ssrp'], seenAs: ['ssrp', 'mc-sqlr'], ports: [{ transport: 'udp', port: 1434 }], usualTransport: 'udp' },

  // Discovery and configuration
  { id: 'dhcp', title: 'DHCP', synonyms: ['bootp'], seenAs: ['bootp', 'pxe'], ports: [{ transport: 'udp', port: 67, exclusive: true }, { transport: 'udp', port: 68, exclusive: true }, { transport: 'udp', port: 4011 }], usualTransport: 'udp' },
  { id: 'dhcpv6', title: 'DHCPv6', ports: [{ transport: 'udp', port: 546, exclusive: true }, { transport: 'udp', port: 547, exclusive: true }], usualTransport: 'udp' },
  { id: 'ssdp', title: 'SSDP', seenAs: ['http', 'upnp'], ports: [{ transport: 'udp', port: 1900 }], usualTransport: 'udp' },
  { id: 'ws-discovery', title: 'WS-Discovery', synonyms: ['wsd'], seenAs: ['wsd', 'http', 'tls'], ports: [{ transport: 'udp', port: 3702 }], usualTransport: 'udp' },
  { id: 'tftp', title: 'TFTP', ports: [{ transport: 'udp', port: 69 }], usualTransport: 'udp' },

  // Named by references only; their payload is not recognised
  ...([
    ['ipsec', 'IPsec key exchange', 'udp'], ['l2tp', 'L2TP', 'udp'], ['pptp', 'PPTP', 'tcp'], ['kms', 'key management service', 'tcp'],
    ['lpd', 'line printer', 'tcp'], ['ipp', 'Internet Printing', 'tcp'], ['msmq', 'message queuing', 'tcp'], ['smtp', 'SMTP', 'tcp'],
    ['scom', 'Operations Manager', 'tcp'], ['dpm', 'Data Protection Manager', 'tcp'], ['configmgr', 'Configuration Manager', 'tcp'],
    ['delivery-optimization', 'Delivery Optimization', 'tcp'], ['dhcp-failover', 'DHCP failover', 'tcp'], ['ssas', 'Analysis Services', 'tcp'],
    ['sql-mirroring', 'SQL Server mirroring endpoint', 'tcp'], ['wake-on-lan', 'Wake-on-LAN', 'udp'],
  ] as const).map(([id, title, usualTransport]) => ({ id, title, usualTransport, ...(id === 'kms' ? { seenAs: ['dce-rpc'] } : id === 'configmgr' ? { seenAs: ['http', 'https', 'tls'] } : {}) }) as const),
];
