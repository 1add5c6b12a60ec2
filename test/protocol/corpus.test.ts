/**
 * What is recognised in a corpus of captures against what TShark says. Runs only where PORTWITNESS_CORPUS names a folder, and
 * prints one line for each capture with a flow that TShark names and we do not.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { driveCapture } from './capture-driver.js';
import type { DrivenFlow } from './capture-driver.js';

const corpus = process.env['PORTWITNESS_CORPUS'];
const CAPTURE = /\.(pcap|pcapng|cap)$/;

/** TShark's column by our names; protocols that are not ours to recognise are left out. */
const OURS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(SMB|SMB2|NBSS)$/, ['smb']],
  [/^(TLSv|SSLv|TLS|SSL)/, ['tls', 'rdp', 'vmconnect', 'ldap', 'tds', 'http']],
  [/^HTTP/, ['http', 'winrm', 'bits', 'wsus', 'webdav', 'rd-gateway', 'rpc-http', 'configmgr', 'ws-discovery']],
  [/^(DCERPC|EPM)$/, ['dce-rpc', 'epmap', 'smb', 'rpc-http']], [/^(LDAP|CLDAP)$/, ['ldap']], [/^KRB5$/, ['kerberos']], [/^DNS$/, ['dns']], [/^LLMNR$/, ['llmnr']],
  [/^MDNS$/, ['mdns']], [/^NBNS$/, ['netbios-ns']], [/^(NBDS|BROWSER|SMB_NETLOGON)$/, ['netbios-dgm']], [/^NTP$/, ['ntp']], [/^DHCP$/, ['dhcp']],
  [/^DHCPv6$/, ['dhcpv6']], [/^RDP$/, ['rdp', 'vmconnect']], [/^TDS$/, ['tds']], [/^iSCSI$/, ['iscsi']], [/^SSH/, ['ssh']], [/^SSDP$/, ['ssdp']],
  [/^SNMP$/, ['snmp']], [/^Syslog$/, ['syslog']], [/^RADIUS$/, ['radius']], [/^STUN$/, ['stun']], [/^QUIC$/, ['quic']], [/^DTLS/, ['dtls', 'cluster', 'rdp']],
];

function verdict({ tshark, inspection }: DrivenFlow): 'recognised' | 'missed' | 'other' | 'unnamed' {
  const expected = [...tshark.keys()].flatMap((column) => OURS.find(([pattern]) => pattern.test(column))?.[1] ?? []);
  const ours = inspection.application?.protocol;
  if (expected.length === 0) return 'unnamed';
  if (ours === undefined) return 'missed';
  return expected.includes(ours) ? 'recognised' : 'other';
}

function capturesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => CAPTURE.test(name)).map((name) => join(folder, name)).sort();
}

describe.skipIf(corpus === undefined)('the corpus', () => {
  it('is recognised as TShark does', { timeout: 1_800_000 }, () => {
    const totals = { recognised: 0, missed: 0, other: 0, unnamed: 0 };
    const lines: string[] = [];
    let malformed = 0;
    for (const file of capturesIn(corpus!)) {
      const { flows, inspector } = driveCapture(file);
      malformed += inspector.malformed;
      const doubtful: string[] = [];
      for (const flow of flows) {
        const said = verdict(flow);
        totals[said]++;
        if (said === 'missed' || said === 'other') doubtful.push(`${flow.key} ${flow.ports} ${[...flow.tshark.keys()].join('/')} -> ${flow.inspection.application?.protocol ?? '-'}`);
        if (said === 'unnamed' && flow.inspection.application?.confidence === 'payload') {
          doubtful.push(`${flow.key} ${flow.ports} ${[...flow.tshark.keys()].join('/')} => ${flow.inspection.application.protocol}`);
        }
      }
      if (doubtful.length > 0) lines.push(`${relative(corpus!, file)}: ${doubtful.slice(0, 6).join('; ')}${doubtful.length > 6 ? ` and ${doubtful.length - 6} more` : ''}`);
    }
    process.stdout.write(`${lines.join('\n')}\n${JSON.stringify(totals)}\n`);
    expect(malformed).toBe(0);
    expect(totals.missed).toBeLessThan(totals.recognised / 20);
  });
});
