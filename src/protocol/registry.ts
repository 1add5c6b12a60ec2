/**
 * Every protocol that is recognised. The order is that in which recognisers are asked when no port speaks for one of them:
 * unmistakable beginnings first, weak ones last.
 */
import { cluster } from './cluster.js';
import { dcerpc } from './dcerpc/recogniser.js';
import { dhcp, dhcp6 } from './dhcp.js';
import { ssdp } from './discovery/ssdp.js';
import { wsDiscovery } from './discovery/ws-discovery.js';
import { dns, dnsOverTcp, llmnr, mdns } from './dns/recogniser.js';
import { http } from './http/recogniser.js';
import { ipmi } from './ipmi.js';
import { iscsi } from './iscsi.js';
import { kpasswd } from './kerberos/kpasswd.js';
import { kerberos } from './kerberos/recogniser.js';
import { ldap } from './ldap/recogniser.js';
import { msmq } from './msmq.js';
import { netbiosDatagram } from './netbios/datagram.js';
import { netbiosNameService } from './netbios/name-service.js';
import { ntp } from './ntp.js';
import { quic } from './quic/recogniser.js';
import { radius } from './radius.js';
import { rdp } from './rdp/recogniser.js';
import { rdpOverUdp } from './rdp/udp.js';
import { vmconnect } from './rdp/vmconnect.js';
import { rfb } from './rfb.js';
import { smbDirect } from './smb-direct.js';
import { smb } from './smb/recogniser.js';
import { snmp } from './snmp.js';
import { socks } from './socks.js';
import { ssh } from './ssh.js';
import { stun } from './stun.js';
import { syslog } from './syslog.js';
import { tds } from './tds/recogniser.js';
import { sqlBrowser } from './tds/sql-browser.js';
import { dtls } from './tls/dtls.js';
import { tls } from './tls/recogniser.js';
import { wcf } from './wcf.js';
import type { Recogniser } from './recogniser.js';

export const allRecognisers: readonly Recogniser[] = [
  smb,
  tls,
  http,
  dcerpc,
  ldap,
  kerberos,
  rdp,
  vmconnect,
  tds,
  iscsi,
  ssh,
  rfb,
  wcf,
  smbDirect,
  msmq,
  socks,
  cluster,
  dtls,
  quic,
  netbiosNameService,
  netbiosDatagram,
  dhcp,
  ssdp,
  wsDiscovery,
  snmp,
  ipmi,
  sqlBrowser,
  rdpOverUdp,
  stun,
  kpasswd,
  ntp,
  dhcp6,
  radius,
  syslog,
  llmnr,
  mdns,
  dnsOverTcp,
  dns,
];
