/** Transport under a protocol sequence ([MS-RPCE] 2.1); undefined: it has no port of its own (pipes, local endpoints). */
export function transportOfProtocol(protocol: string): 'tcp' | 'udp' | undefined {
  switch (protocol) {
    case 'ncacn_ip_tcp':
    case 'ncacn_http':
      return 'tcp';
    case 'ncadg_ip_udp':
      return 'udp';
    default:
      return undefined;
  }
}
