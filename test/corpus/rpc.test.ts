import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { analyzeFiles } from '../../src/node.js';
import { capturesWithTruth, corpus, skipped } from './public-captures.js';
import type { TruthBind, TruthMapping } from './public-captures.js';

const RPC_CAPTURES = 20;
const ENDPOINT_MAPPER = 135;

describe.skipIf(corpus === undefined)(`RPC endpoints${skipped(RPC_CAPTURES)}`, () => {
  it('are those that TShark finds: every mapping, every bind, and nothing else', async () => {
    const missing: string[] = [];
    const invented: string[] = [];
    let captures = 0;
    let wanted = 0;
    for (const { name, path, truth } of capturesWithTruth()) {
      const { mappings: allMappings = [], binds: allBinds = [] } = truth.rpc ?? {};
      const mappings = allMappings.filter(isTcpTower);
      const binds = allBinds.filter(isAcceptedBind);
      if (mappings.length + binds.length === 0) continue;
      captures++;
      const have = endpointsOf((await analyzeFiles([path])).report);
      const want = [...mappings.filter(({ towerPort }) => towerPort !== ENDPOINT_MAPPER).map((mapping) => key(mapping.towerPort!, mapping.uuid)), ...binds.map((bind) => key(bind.port!, bind.uuid))];
      wanted += want.length;
      missing.push(...want.filter((each) => !have.has(each)).map((each) => `${name}: ${each}`));
      const known = new Set([...allMappings.filter(({ towerPort }) => towerPort).map((mapping) => key(mapping.towerPort!, mapping.uuid)), ...allBinds.map((bind) => key(bind.port ?? 0, bind.uuid))]);
      invented.push(...[...have].filter((each) => !known.has(each)).map((each) => `${name}: ${each}`));
    }
    process.stdout.write(`${wanted - missing.length} of ${wanted} mappings and binds found in ${captures} captures\n`);
    expect([missing, invented]).toEqual([[], []]);
    expect(captures).toBeGreaterThanOrEqual(RPC_CAPTURES);
  }, 120_000);

  it('NEWYORK.cap: two dynamic ports, their interfaces, and the frames that named them', async () => {
    const path = join(corpus!, 'windows-rpc/NEWYORK.cap');
    const { report, faults } = await analyzeFiles([path]);
    expect(faults).toEqual([]);
    const mappings = capturesWithTruth().find((capture) => capture.path === path)!.truth.rpc!.mappings!.filter(isTcpTower);
    const interfaces = { lsarpc: '12345778-1234-abcd-ef00-0123456789ab', drsuapi: 'e3514235-4b06-11d1-ab04-00c04fc2dcd2', netlogon: '12345678-1234-abcd-ef00-01234567cffb' };
    for (const [port, names] of [[49667, ['lsarpc', 'drsuapi', 'netlogon']], [49675, ['netlogon']]] as const) {
      const rows = report.dynamicPorts.filter((row) => row.server === '10.0.0.4' && row.port === port && row.transport === 'tcp');
      expect(rows).toHaveLength(1);
      const [row] = rows;
      expect(row!.interfaces.map(({ uuid, name }) => `${uuid} ${name}`)).toEqual(expect.arrayContaining(names.map((name) => expect.stringContaining(`${interfaces[name]} ${name}`) as string)));
      const answers = new Set(mappings.filter(({ towerPort }) => towerPort === port).map(({ frame }) => frame));
      const shown = row!.knownFrom.filter(({ source }) => source === 'ept_map').map(({ frame }) => frame.frame);
      expect(shown.length).toBeGreaterThan(0);
      expect(shown.filter((frame) => !answers.has(frame))).toEqual([]);
      // The answer that named the port first is always among them.
      expect(shown).toContain(Math.min(...answers));
    }
  });
});

function isTcpTower({ towerPort, protocol }: TruthMapping): boolean {
  return Boolean(towerPort) && (protocol ?? 'ncacn_ip_tcp').includes('tcp');
}

function isAcceptedBind({ transport, port, result }: TruthBind): boolean {
  return transport === 'ncacn_ip_tcp' && (port ?? 0) >= 1024 && result === 0;
}

function endpointsOf({ dynamicPorts }: ReportModel): Set<string> {
  return new Set(dynamicPorts.flatMap(({ port, interfaces }) => interfaces.map(({ uuid }) => key(port, uuid))));
}

function key(port: number, uuid: string): string {
  return `${port} ${uuid.toLowerCase()}`;
}
