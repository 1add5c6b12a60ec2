import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { readInventory } from '../../src/inventory/read-inventory.js';
import { CLIENT, evidence, flow, SERVER, type FlowSketch } from './evidence-builder.js';

const rule = (Name: string, LocalPort: string[], more: object = {}): object => ({ Name, Direction: 'Inbound', Action: 'Allow', Profile: 'Domain', Protocol: 'TCP', LocalPort, RemotePort: ['Any'], RemoteAddress: ['Any'], Program: 'Any', ...more });
/** What the gathering script writes on the server of these captures. */
const gathered = (listeners: object[] | null, rules: object[] | null, failed: string[] = []): string => JSON.stringify({
  schema: 'portwitness.gathered/1', name: 'HV01', system: [], addresses: [{ IPAddress: SERVER, PrefixLength: 24, InterfaceAlias: 'Ethernet' }], services: ['vmms'], clusterNetworks: [], clusterNames: [], migrationNetworks: [], listeners, rules, failed,
});
const listens = (LocalPort: number, LocalAddress = '0.0.0.0'): object => ({ LocalAddress, LocalPort, Process: 'svchost' });
const judge = (json: string, flows: FlowSketch[]): ReportModel => {
  const { inventory, faults } = readInventory(json, 'HV01.json');
  expect(faults).toEqual([]);
  return analyze(evidence({ flows: flows.map(flow) }), { catalog: builtInCatalog(), inventory });
};
const silent = (port: number): FlowSketch => ({ port, outcome: 'no-answer', syns: [0, 1, 3] });
const problem = (json: string, port = 5985) => judge(json, [silent(port)]).problems[0]!;

describe('silence, and what the machine says of the port', () => {
  it('is a filter where something listens', () => {
    const found = problem(gathered([listens(5985)], null));
    expect(found).toMatchObject({ codes: ['blocked-port'], state: 'FILTERED', confidence: 'likely', ruledOut: expect.arrayContaining(['nothing listens']) as unknown });
    expect(found.why.join('\n')).toContain('by its inventory, svchost listens on HV01 TCP 5985');
    expect(found.alternatives.some(({ cause }) => /^nothing listens/.test(cause))).toBe(false);
    expect(problem(gathered([listens(135)], null), 135).codes).toEqual(['endpoint-mapper-blocked']);
  });

  it('is a closed port where nothing listens, which no rule mends', () => {
    const found = problem(gathered([listens(445)], [rule('WINRM-HTTP-In-TCP', ['5985'])]));
    expect(found).toMatchObject({ codes: ['service-not-listening'], state: 'NOT LISTENING', title: 'Nothing listens on HV01 TCP 5985' });
    expect(found.alternatives[0]!.cause).toContain('stealth mode');
    expect(found.fix).not.toContain('WINRM-HTTP-In-TCP is enabled');
  });

  it('stays what it was where the machine could not be asked, or listens on another address', () => {
    expect(problem(gathered([], null)).codes).toEqual(['no-answer']);
    expect(problem(gathered(null, null, ['listeners: access denied'])).codes).toEqual(['no-answer']);
    const elsewhere = problem(gathered([listens(5985, '127.0.0.1')], null));
    expect(elsewhere.codes).toEqual(['no-answer']);
    expect(elsewhere.why.join('\n')).toContain(`of 127.0.0.1 only, not of ${SERVER}`);
  });

  it('says nothing of a dynamic port that may be another one by now', () => {
    expect(problem(gathered([listens(445)], null), 49_700).codes).toEqual(['no-answer']);
  });
});

describe('rules of the machine', () => {
  const listener = [listens(5985)];
  it.each([
    ['a rule that allows it', [rule('WINRM', ['5985'])], "rule 'WINRM' is enabled already", 'a firewall on the way'],
    ['a range', [rule('WIDE', ['5000-6000'])], "rule 'WIDE' is enabled already", 'a firewall on the way'],
    ['a rule for any port', [rule('ANY', ['Any'])], "rule 'ANY' is enabled already", 'a firewall on the way'],
    ['a rule for others', [rule('WINRM', ['5985'], { RemoteAddress: ['10.99.0.0/255.255.0.0', '10.98.0.1-10.98.0.9'] })], 'widen its remote addresses', `does not cover ${CLIENT}`],
    ['the local subnet', [rule('WINRM', ['5985'], { RemoteAddress: ['LocalSubnet'] })], "rule 'WINRM' is enabled already", 'a firewall on the way'],
    ['a rule that blocks', [rule('WINRM', ['5985']), rule('NO', ['5985'], { Action: 'Block' })], "look at rule 'NO' first", "rule 'NO' on HV01 blocks it"],
    ['no rule', [rule('SMB', ['445']), rule('OUT', ['5985'], { Direction: 'Outbound' }), rule('UDP', ['5985'], { Protocol: 'UDP' })], 'no rule for this is enabled', 'no enabled rule allows it'],
  ])('%s: in the fix, and as the first cause', (_, rules, fix, cause) => {
    const found = problem(gathered(listener, rules));
    expect(found.fix).toContain(fix);
    expect(found.alternatives[0]).toMatchObject({ cause: expect.stringContaining(cause) as string, confidence: 'likely' });
    expect(found.why.some((line) => line.startsWith('by its inventory') && !line.includes('listens'))).toBe(true);
  });

  it('by their words: RPC for dynamic ports, RPCEPMap for 135', () => {
    expect(problem(gathered([listens(135)], [rule('EPM', ['RPCEPMap'])]), 135).fix).toContain("rule 'EPM' is enabled already");
    expect(problem(gathered([listens(5985)], [rule('DYN', ['RPC'])])).fix).toContain('no rule for this is enabled');
    expect(problem(gathered([listens(49_700)], [rule('DYN', ['RPC'])]), 49_700).fix).toContain("rule 'DYN' is enabled already");
  });

  it('change nothing in findings about other machines', () => {
    const json = gathered(listener, [rule('WINRM', ['5985'])]);
    const model = judge(json, [{ ...silent(5985), server: '10.77.2.99' }]);
    expect(model.problems[0]!.codes).toEqual(['no-answer']);
    expect(model.problems[0]!.why.join(' ')).not.toContain('inventory');
  });
});
