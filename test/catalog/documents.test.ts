import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { isProtocol } from '../../src/catalog/protocols.js';
import { isRole } from '../../src/catalog/roles.js';
import { portsPrinted, rowsPrinted } from './seed-tables.js';

/** Counted by hand in the published pages: rows, then entries (one for each port and protocol of a row). */
const counted: Record<string, Record<string, readonly [rows: number, entries: number]>> = {
  'hyper-v-host': { inbound: [10, 10], outbound: [7, 7], other: [16, 16] },
  vmm: { general: [24, 36], vmware: [5, 7] },
  'vmm-2012': { 'vmm-server-source': [12, 19], 'vmm-server-target': [4, 8], 'vmm-library': [1, 1], 'vmm-console': [3, 6], other: [2, 2] },
  'vmm-2008': { ports: [12, 12] },
  'ports-sockets': {},
};

const catalog = builtInCatalog();
const document = (id: string) => catalog.document(id)!;
const row = (citation: string) => catalog.row(citation)!.row;
const portsOf = (citation: string) => row(citation).entries.map((entry) => [entry.transport, entry.ports[0]![0], entry.protocol]);

describe('the built-in documents', () => {
  it.each(Object.keys(counted))('%s has every table, row and port', (id) => {
    const counts = Object.fromEntries(document(id).tables.map((table) => [table.id, [table.rows.length, table.rows.reduce((sum, { entries }) => sum + entries.length, 0)]]));
    expect(counts).toEqual(counted[id]);
  });

  it('are these five, with superseded ones last', () => {
    expect(catalog.documents.map((each) => [each.id, each.superseded])).toEqual([['hyper-v-host', false], ['ports-sockets', false], ['vmm', false], ['vmm-2008', true], ['vmm-2012', true]]);
  });

  it('use the vocabularies only, and every citation leads back to its row', () => {
    for (const each of [...catalog.documents, ...catalog.references]) {
      for (const table of each.tables) {
        for (const item of table.rows) {
          expect([...item.source, ...item.target, ...item.ruleOn].filter((role) => !isRole(role))).toEqual([]);
          expect(item.entries.filter((entry) => !isProtocol(entry.protocol))).toEqual([]);
          expect(row(`${each.id}/${table.id}/${item.id}`)).toBe(item);
        }
      }
    }
  });

  it('keep the order of the page', () => {
    expect(document('hyper-v-host').tables[0]!.rows.map(({ id }) => id)).toEqual(['dynamic', '80', '135', '443', '445', '2179', '3389', '5985', '5986', '6600']);
  });

  it('give each port of a row its own protocol', () => {
    expect(portsOf('vmm/general/agent-management')).toEqual([['tcp', 80, 'winrm'], ['tcp', 135, 'dce-rpc'], ['tcp', 139, 'netbios-ssn'], ['tcp', 445, 'smb']]);
    expect(portsOf('vmm/general/wsus')).toEqual([['tcp', 80, 'http'], ['tcp', 8530, 'http'], ['tcp', 443, 'https'], ['tcp', 8531, 'https']]);
    expect(portsOf('vmm/general/file-server-control')).toEqual([['tcp', 5985, 'winrm'], ['tcp', 5986, 'winrm']]);
    expect(portsOf('hyper-v-host/inbound/3389')).toEqual([['tcp+udp', 3389, 'rdp']]);
    expect(row('hyper-v-host/inbound/dynamic').entries[0]!.ports).toEqual([[49152, 65535]]);
    expect(row('vmm/general/storage-service').entries).toEqual([]);
  });

  it('tell a transport that the page names from the usual one', () => {
    const stated = (citation: string) => row(citation).entries.map((entry) => entry.transportStated);
    expect(stated('hyper-v-host/inbound/3389')).toEqual([true]);
    expect(stated('hyper-v-host/inbound/6600')).toEqual([false]);
    expect(stated('vmm/general/agent-management')).toEqual([false, false, false, true]);
    expect(row('vmm/general/bmc-ipmi').entries[0]).toMatchObject({ transport: 'udp', transportStated: false });
  });

  it.each([
    ['hyper-v-host/other/686', 686, '636'], ['vmm-2008/ports/vmconnect', 2719, '2179'], ['vmm/general/bmc-smash', 443, 'HTTPS'],
    ['hyper-v-host/outbound/135', 135, 'source'], ['hyper-v-host/other/80', 80, 'source: RDS clients'], ['vmm-2008/ports/library-hosts', 80, '443'],
    ['vmm/general/console', 8100, 'VMM server'],
  ])('%s keeps what the page says and knows better', (citation, port, correct) => {
    expect(row(citation).entries[0]!.ports[0]![0]).toBe(port);
    expect(row(citation).errata[0]!.correct).toContain(correct);
    expect(row(citation).errata[0]!.evidence).not.toBe('');
  });

  it('name cluster traffic in a reference and in no document', () => {
    for (const transport of ['udp', 'tcp'] as const) {
      expect(catalog.candidateRows(transport, 3343).filter((candidate) => candidate.document.kind === 'document')).toEqual([]);
      expect(catalog.referenceFor(transport, 3343, null)?.row.name).toMatch(/^Failover cluster/);
    }
  });

  it.each([['udp', 5355], ['udp', 5353], ['udp', 1900], ['udp', 3702], ['udp', 137], ['udp', 138], ['udp', 67], ['udp', 547]] as const)('%s %i is ambient', (transport, port) => {
    expect(catalog.referenceFor(transport, port, null)?.row.ambient).toBe(true);
  });
});

// The pages themselves are not part of the project.
const seeds = process.env['PORTWITNESS_SEEDS'];
describe.runIf(seeds !== undefined)('held against the published pages', () => {
  const texts = seeds === undefined ? [] : readdirSync(seeds).sort().map((file) => readFileSync(join(seeds, file), 'utf8'));
  it.each([[0, 'hyper-v-host'], [1, 'vmm'], [2, 'vmm-2012'], [3, 'vmm-2008']] as const)('page %i has as many rows as %s, with the same ports in the same order', (index, id) => {
    const printed = rowsPrinted(id, texts[index]!);
    const rows = document(id).tables.flatMap((table) => table.rows);
    expect(printed.length).toBe(rows.length);
    const ours = rows.map((item) => [...new Set(item.entries.flatMap((entry) => entry.ports.flat()))].sort((a, b) => a - b));
    expect(ours).toEqual(printed.map((line) => portsPrinted(line)));
  });
});
