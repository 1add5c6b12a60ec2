/** Names of RPC interfaces: the built-in table, and what the user brings. */
import { describe, expect, it } from 'vitest';
import { InterfaceNames, rpcInterface, rpcInterfaces } from '../../src/catalog/rpc-interfaces.js';
import { readStaticPorts } from '../../src/catalog/static-port-table.js';
import { staticPortRecipes } from '../../src/catalog/static-ports.js';
import { readUserInterfaces } from '../../src/catalog/user-interfaces.js';

const LSARPC = '12345778-1234-abcd-ef00-0123456789ab';
const OWN = 'aaaaaaaa-1234-abcd-ef00-0123456789ab';
const faultsOf = (text: string) => readUserInterfaces(text, 'own').faults.map(({ line, code, nearest }) => `${line} ${code}${nearest === undefined ? '' : ` ${nearest}`}`);

describe('the built-in table', () => {
  it('names at least 150 UUIDs, each with a source', () => {
    expect(new Set(rpcInterfaces.map(({ uuid }) => uuid)).size).toBeGreaterThanOrEqual(150);
    expect(rpcInterfaces.filter(({ name, source }) => name === '' || source === '')).toEqual([]);
  });
});

describe("the user's interfaces", () => {
  it.each([
    ['CSV', `uuid,version,name\n${OWN},1.0,Backup agent\n`],
    ['CSV of a spreadsheet', `\uFEFFName;UUID;Version\r\nBackup agent;{${OWN.toUpperCase()}};1.0\r\n`],
    ['YAML', `- uuid: ${OWN}\n  version: '1.0'\n  name: Backup agent\n`],
    ['YAML with a version that looks like a number', `- { uuid: '{${OWN}}', version: 1.0, name: Backup agent }\n`],
    ['JSON', `[{"uuid":"${OWN}","version":"1.0","name":"Backup agent"}]`],
  ])('are read from %s', (_, text) => {
    expect(readUserInterfaces(text, 'own')).toMatchObject({ faults: [], interfaces: [{ uuid: OWN, version: '1.0', name: 'Backup agent', source: 'own' }] });
  });

  it('come before the built-in ones, for all versions where they name none', () => {
    const names = new InterfaceNames([{ ...rpcInterface(LSARPC)!, name: 'Ours', version: '' }]);
    expect([names.find(LSARPC, '0.0')?.name, names.find(LSARPC.toUpperCase(), '7.0')?.name, rpcInterface(LSARPC, '0.0')?.name]).toEqual(['Ours', 'Ours', 'lsarpc']);
    const one = new InterfaceNames([{ ...rpcInterface(LSARPC)!, name: 'Ours', version: '9.0' }]);
    expect([one.find(LSARPC, '9.0')?.name, one.find(LSARPC, '0.0')?.name]).toEqual(['Ours', 'lsarpc']);
  });

  it('with faults are refused as a whole, every fault with its line and the nearest right word', () => {
    expect(faultsOf(`uuid,nme\nzz,a\n${OWN},b\n${OWN},c,d\n`)).toEqual(['1 unknown-key name', '2 missing-key', '2 wrong-value', '3 missing-key', '4 missing-key', '4 wrong-columns']);
    expect(faultsOf(`- uuid: ${OWN}\n  name: a\n- uuid: ${OWN}\n  name: b\n- uuid: 7\n  name: c\n`)).toEqual(['5 wrong-type']);
    expect(faultsOf(`- uuid: ${OWN}\n  name: a\n- uuid: ${OWN}\n  name: b\n- name: c\n  uuid: x\n  version: one\n`.replace('version: one', "version: 'one'"))).toEqual(['3 duplicate-id', '6 wrong-value', '7 wrong-value']);
    expect(faultsOf(`- uuid: ${OWN}\n  nam: a\n`)).toEqual(['1 missing-key', '2 unknown-key name']);
    expect(faultsOf('')).toHaveLength(1);
    expect(faultsOf('uuid,name\n')).toEqual(['1 missing-key']);
    expect(faultsOf(`uuid,name\n${Array.from({ length: 10_001 }, () => `${OWN},a`).join('\n')}`)).toEqual(['1 too-large']);
  });
});

describe('the table of services that can be pinned', () => {
  it('names a source, an example port and a way for each', () => {
    expect(staticPortRecipes.map(({ id }) => id)).toEqual(expect.arrayContaining(['ntds', 'netlogon', 'dfsr', 'ntfrs', 'wmi', 'msdtc']));
    for (const { uuids, provedBy, commands, example, source, restart } of staticPortRecipes) {
      expect(uuids.length * provedBy.length * commands.length).toBeGreaterThan(0);
      expect(provedBy.every((uuid) => uuids.includes(uuid))).toBe(true);
      expect([example >= 1024, source !== '', restart !== '']).toEqual([true, true, true]);
    }
    expect(new Set(staticPortRecipes.map(({ example }) => example)).size).toBe(staticPortRecipes.length);
  });

  it('refuses interfaces and settings that do not fit, each at its line', () => {
    const text = '- id: a\n  title: A\n  interfaces: [lsrpc]\n  restart: it\n  keepsDynamic: false\n  example: 50000\n  note: n\n  source: s\n';
    expect(readStaticPorts({ file: 'f', text }, rpcInterfaces).faults.map(({ line, code, nearest }) => [line, code, nearest])).toEqual([[1, 'missing-key', undefined], [3, 'unknown-interface', 'lsarpc']]);
  });
});
