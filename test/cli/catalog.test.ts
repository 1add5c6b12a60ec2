/** The catalog's and the inventory's commands as a user meets them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, lab, runCli } from './run-cli.js';

const row = (id: string, more = ''): string => `      - { id: ${id}, entries: [{ ports: 686, protocol: ldaps }], source: [anyone], target: [domain-controller], purpose: p${more} }\n`;
const document = (id: string, rows: string): string => `id: ${id}\ntitle: T\npublisher: P\nproducts: []\ntables:\n  - id: t\n    title: T\n    rows:\n${rows}`;

describe('catalog lint', () => {
  it('exits with 0 for warnings, with 1 when asked to, and always for faults', () => {
    inFolder({ 'warned.yaml': document('a', row('x')), 'wrong.yaml': document('b', row('y').replace('ldaps', 'kerbros')), 'same.yaml': document('a', row('z')) }, (folder) => {
      const warned = runCli(['catalog', 'lint', join(folder, 'warned.yaml')]);
      expect(warned).toMatchObject({ code: 0, err: '' });
      expect(warned.out).toMatch(/warned\.yaml:9:\d+: LDAP over TLS on 686: IANA has hcp-wismar there .* \[warning contradicts-iana\]\n1 warning\n$/);
      expect(runCli(['catalog', 'lint', '--strict', join(folder, 'warned.yaml')]).code).toBe(1);
      const wrong = runCli(['catalog', 'lint', join(folder, 'w*.yaml')]);
      expect(wrong.code).toBe(1);
      expect(wrong.out).toContain('unknown protocol "kerbros" (did you mean "kerberos"?)  [unknown-protocol]');
      expect(runCli(['catalog', 'lint', folder]).out).toMatch(/document id "a" is already used by .*same\.yaml  \[duplicate-id\]/);
    });
  });

  it('names what cannot be looked at, with 2', () => {
    inFolder({ 'capture.txt': 'x' }, (folder) => {
      expect(runCli(['catalog', 'lint', join(folder, 'no*')])).toMatchObject({ code: 2, err: expect.stringContaining('no file matches') as string });
      expect(runCli(['catalog', 'lint', folder])).toMatchObject({ code: 2, err: expect.stringContaining('no document in this folder') as string });
      expect(runCli(['catalog', 'lint', lab('nat')])).toMatchObject({ code: 2, err: expect.stringContaining('is no text') as string });
    });
  });
});

it('an inventory in UTF-16, as Windows PowerShell 5 writes it by >, is read', () => {
  const text = 'address,name,roles\r\n10.77.2.20,HV01,hyper-v-host\r\n';
  inFolder({ 'le.csv': Buffer.from(`\uFEFF${text}`, 'utf16le'), 'be.csv': Buffer.from(`\uFEFF${text}`, 'utf16le').swap16() }, (folder) => {
    for (const name of ['le.csv', 'be.csv']) {
      const { code, out } = runCli(['analyze', lab('winrm-5985'), '--inventory', join(folder, name), '--format', 'json']);
      expect(code).toBe(0);
      expect((JSON.parse(out) as { hosts: { id: string }[] }).hosts.map(({ id }) => id)).toContain('HV01');
    }
  });
});

it('catalog correct writes rows that load, learn a document that explains all, coverage a matrix', () => {
  inFolder({}, (folder) => {
    const corrected = runCli(['catalog', 'correct', 'hyper-v-host', lab('cluster-3343'), '--inventory', join(import.meta.dirname, '../../fixtures/validation/lab.yaml')]);
    expect(corrected.code).toBe(0);
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(corrected.out)!;
    expect(yaml).toMatch(/^# .*\n- id: tcp-3343\n/m);
    expect(runCli(['catalog', 'learn', lab('cluster-3343'), '-o', join(folder, 'mine.yaml')]).code).toBe(0);
    expect(runCli(['catalog', 'lint', folder]).code).toBe(0);
    const { findings } = JSON.parse(runCli(['analyze', lab('cluster-3343'), '--catalog', folder, '--format', 'json']).out) as { findings: { code: string }[] };
    expect(findings.filter(({ code }) => code === 'undocumented-traffic')).toEqual([]);
    expect(runCli(['catalog', 'coverage', lab('rpc-ok'), lab('winrm-5985')]).out).toMatch(/hyper-v-host\/inbound\/5985 +[-.] +W +witnessed/);
  });
});

it('catalog list and show have the registry of IANA, too', () => {
  expect(runCli(['catalog', 'list']).out).toMatch(/^iana-service-names +\d{5} rows +reference/m);
  expect(runCli(['catalog', 'show', 'nowhere'])).toMatchObject({ code: 2 });
});
