/** The lab's captures against what was done in the lab; other captures (PORTWITNESS_CORPUS) against TShark: ports and their interfaces. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dynamicPorts } from '../../src/rpc/dynamic-port-table.js';
import type { DynamicPort } from '../../src/rpc/dynamic-port-table.js';
import { RpcKnowledge } from '../../src/rpc/rpc-knowledge.js';
import { replay } from '../protocol/dcerpc/replay.js';
import type { CaptureRecording } from '../protocol/dcerpc/replay.js';

const LAB = join(import.meta.dirname, '../../fixtures/lab');

function tableOf(heard: CaptureRecording): DynamicPort[] {
  const known = new RpcKnowledge();
  for (const mapping of heard.mappings) known.rpcMapping(mapping);
  for (const bind of heard.binds) known.rpcBind(bind);
  const text = (address: number): string => heard.addressText(address);
  return dynamicPorts({
    mappings: known.mappings.map(({ event }) => ({ ...event, server: text(event.server.address), frame: event.at })),
    binds: known.binds.map(({ event }) => ({ ...event, server: text(event.server.address), port: event.server.port, frame: event.at })),
  });
}

interface LabTruth {
  readonly rpcMappings?: readonly { server: string; interfaceUuid: string; port: number }[];
}

describe('captures of the lab', () => {
  it.each(readdirSync(LAB).filter((file) => file.endsWith('.pcapng')))('%s', (file) => {
    const truth = JSON.parse(readFileSync(join(LAB, file.replace('.pcapng', '.truth.json')), 'utf8')) as LabTruth;
    const heard = replay(join(LAB, file));
    const mappings = new Set(heard.mappings.map((one) => `${heard.addressText(one.server.address)} ${one.interface?.uuid} ${one.port}`));
    expect([...mappings].sort()).toEqual([...new Set((truth.rpcMappings ?? []).map((one) => `${one.server} ${one.interfaceUuid} ${one.port}`))].sort());
    expect(heard.questions).toEqual([]);
    expect(heard.malformed).toBe(0);
  });

  const codes = (file: string): string[] => replay(join(LAB, file)).failures.map((one) => `${one.frame} ${one.kind} ${one.code}`);

  it('fail where something failed', () => {
    expect(codes('rpc-ok.pcapng')).toEqual(['53 access-denied access_denied', '80 access-denied access_denied']);
    expect(codes('rpc-not-registered.pcapng')).toEqual(['100 access-denied access_denied']);
    expect(codes('smb-logon-failure.pcapng')).toEqual(['24 authentication nca_proto_error']);
    expect(replay(join(LAB, 'rpc-not-registered.pcapng')).notRegistered.map((one) => [one.at.frame, one.interface?.uuid.slice(0, 8), one.status])).toEqual([
      [9, 'a8e0653c', 0x16c9a0d6], [21, 'b97db8b2', 0x16c9a0d6], [34, 'b97db8b2', 0x16c9a0d6], [46, '82273fdc', 0x16c9a0d6],
    ]);
  });
});

interface Truth {
  readonly rpc?: {
    readonly binds?: readonly { transport: string; server: string; port: number; uuid: string; result: number | null }[];
    readonly mappings?: readonly { server: string; uuid: string; protocol: string; towerPort?: number | null }[];
  };
}

const folder = process.env['PORTWITNESS_CORPUS'] ?? '';
const others = (folder !== '' && existsSync(folder) ? readdirSync(folder) : []).flatMap((name) => readdirSync(join(folder, name))
  .filter((file) => file.endsWith('.truth.json')).map((file) => join(folder, name, file.slice(0, -'.truth.json'.length))))
  .filter((file) => 'rpc' in (JSON.parse(readFileSync(`${file}.truth.json`, 'utf8')) as Truth));

describe.skipIf(others.length === 0)('dynamic ports of others', () => {
  it.each(others.map((file) => [file.split('/').pop()!, file]))('%s', (_name, file) => {
    const { rpc = {} } = JSON.parse(readFileSync(`${file}.truth.json`, 'utf8')) as Truth;
    const wanted = new Set([
      ...(rpc.mappings ?? []).filter((one) => (one.towerPort ?? 0) !== 0).map((one) => `${one.server} ${one.towerPort} ${one.uuid}`),
      ...(rpc.binds ?? []).filter((one) => one.transport === 'ncacn_ip_tcp' && one.port >= 1024 && one.result === 0).map((one) => `${one.server} ${one.port} ${one.uuid}`),
    ]);
    const rows = tableOf(replay(file)).flatMap((row) => row.interfaces.map((id) => `${row.server} ${row.port} ${id.uuid}`));
    expect(rows.sort()).toEqual([...wanted].sort());
  });
});
