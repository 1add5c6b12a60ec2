/**
 * Every protocol that is recognised. The order is that in which recognisers are asked when no port speaks for one of them:
 * unmistakable beginnings first, weak ones last.
 */
import { dcerpc } from './dcerpc/recogniser.js';
import { dns, dnsOverTcp, llmnr, mdns } from './dns/recogniser.js';
import { http } from './http/recogniser.js';
import { kpasswd } from './kerberos/kpasswd.js';
import { kerberos } from './kerberos/recogniser.js';
import { ldap } from './ldap/recogniser.js';
import { netbiosDatagram } from './netbios/datagram.js';
import { netbiosNameService } from './netbios/name-service.js';
import { smb } from './smb/recogniser.js';
import { tls } from './tls/recogniser.js';
import type { Recogniser } from './recogniser.js';

export const allRecognisers: readonly Recogniser[] = [
  smb,
  tls,
  http,
  dcerpc,
  ldap,
  kerberos,
  netbiosNameService,
  netbiosDatagram,
  kpasswd,
  llmnr,
  mdns,
  dnsOverTcp,
  dns,
];
