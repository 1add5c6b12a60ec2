/**
 * Public captures against what TShark says of them. Only where they are at hand: PORTWITNESS_CORPUS names their folder, each
 * capture with its `.truth.json` beside it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replay } from './replay.js';

interface Truth {
  readonly rpc?: {
    readonly binds?: readonly {
      frame: number; transport: string; server: string; port: number; uuid: string; version: string; result: number | null;
    }[];
    readonly mappings?: readonly { frame: number; operation: string; server: string; uuid: string; version: string; protocol: string; towerPort?: number }[];
    readonly dcom?: readonly { frame: number; serverPort: number; towerId: number; binding: string }[];
  };
}

const folder = process.env['PORTWITNESS_CORPUS'] ?? '';
const captures = ['windows-rpc', 'smb', 'kerberos-ldap'].flatMap((name) => {
  const path = join(folder, name);
  if (folder === '' || !existsSync(path)) return [];
  return readdirSync(path).filter((file) => existsSync(join(path, `${file}.truth.json`))).map((file) => join(path, file));
});

/** Binds that TShark misses: it takes them for the end of a PDU whose beginning was not captured. */
const MISSED: Readonly<Record<string, readonly string[]>> = {
  'kerberos.pcap': ['65 172.16.8.8 49155 e3514235-4b06-11d1-ab04-00c04fc2dcd2 4.0 '],
};

/** TShark shows the minor version of a tower with its bytes exchanged: 20736 for version 0.81 of Exchange's address book. */
function towerVersion(version: string): string {
  const [major, minor] = version.split('.').map(Number);
  return `${major}.${((minor! & 0xff) << 8) | (minor! >> 8)}`;
}

describe.skipIf(captures.length === 0)('captures of others', () => {
  it.each(captures.map((file) => [file.split('/').pop()!, file]))('%s', (name, file) => {
    const { rpc = {} } = JSON.parse(readFileSync(`${file}.truth.json`, 'utf8')) as Truth;
    const heard = replay(file);
    expect(heard.malformed).toBe(0);
    // TShark looks for nothing but SMB on 445; one synthetic capture has bare binds there.
    const binds = heard.binds.filter((bind) => bind.server.port !== 445).map((bind) => [
      bind.at.frame, heard.addressText(bind.server.address), bind.server.port, bind.interface.uuid, bind.interface.version, bind.result === -1 ? null : bind.result,
    ].join(' '));
    const wantedBinds = (rpc.binds ?? []).filter((bind) => bind.transport === 'ncacn_ip_tcp')
      .map((bind) => [bind.frame, bind.server, bind.port, bind.uuid, bind.version, bind.result ?? null].join(' '))
      .concat(MISSED[name] ?? []);
    expect(binds.sort()).toEqual(wantedBinds.sort());
    const mappings = heard.mappings.filter((mapping) => mapping.source !== 'oxid').map((mapping) => [
      mapping.at.frame, mapping.source, heard.addressText(mapping.server.address), mapping.interface!.uuid, mapping.interface!.version, mapping.protocol, mapping.port,
    ].join(' '));
    const wantedMappings = (rpc.mappings ?? [])
      .map((one) => [one.frame, one.operation, one.server, one.uuid, towerVersion(one.version), one.protocol, one.towerPort ?? 0].join(' '));
    expect(mappings.sort()).toEqual(wantedMappings.sort());
    const exporters = heard.mappings.filter((mapping) => mapping.source === 'oxid').map((one) => `${one.at.frame} ${one.announced}[${one.port}]`);
    const wantedExporters = (rpc.dcom ?? []).filter((one) => one.towerId === 7 && /\[\d+\]$/.test(one.binding)).map((one) => `${one.frame} ${one.binding}`);
    expect(exporters.sort()).toEqual(wantedExporters.sort());
  });
});
