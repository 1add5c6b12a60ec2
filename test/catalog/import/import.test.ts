import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/catalog/catalog.js';
import { draftYaml } from '../../../src/catalog/draft-yaml.js';
import { agreementOf, agreementText } from '../../../src/catalog/import/agreement.js';
import { draftPage } from '../../../src/catalog/import/draft-page.js';
import { readPortCell } from '../../../src/catalog/import/port-cell.js';
import { loadDocument } from '../../../src/catalog/load.js';

const ports = (cell: string): string[] => readPortCell(cell).ports.map(({ range: [from, to], transport, protocol, note }) => [from === to ? from : `${from}-${to}`, transport, protocol, note].filter((part) => part !== null).join(' '));
const rowsOf = (page: string) => draftPage(page, 'p').document.tables.flatMap((table) => table.rows);

describe('port cells in every usual spelling', () => {
  it.each<[string, string[]]>([
    ['80/443', ['80', '443']],
    ['8100, 8101 (HTTPS), 8102 (NET.TCP)', ['8100', '8101 https', '8102 net.tcp']],
    ['49152-65535', ['49152-65535']],
    ['49152 – 65535', ['49152-65535']],
    ['49152 through 65535', ['49152-65535']],
    ['TCP & UDP 3389', ['3389 tcp+udp']],
    ['TCP/UDP 53', ['53 tcp+udp']],
    ['UDP 3391', ['3391 udp']],
    ['3389/tcp', ['3389 tcp']],
    ['TCP 443, UDP 3391', ['443 tcp', '3391 udp']],
    ['80: WinRM; 135: RPC; 445: SMB (over TCP)', ['80 winrm', '135 dce-rpc', '445 tcp smb']],
    ['22: SFTP 443: HTTPS', ['22 sftp', '443 https']],
    ['22: SFTP Inbound rule on hosts', ['22 sftp']],
    ['80/8530: HTTP; 443/8531: HTTPS', ['80 http', '8530 http', '443 https', '8531 https']],
    ['WCF: 8100 (HTTP); Net.TCP: 8102', ['8100 wcf', '8102 net.tcp']],
    ['All dynamic ports (49152-65535)', ['49152-65535']],
    ['8530 (default)', ['8530 default']],
    ['n/a', []], ['', []], ['–', []],
  ])('%s', (cell, expected) => {
    expect(ports(cell)).toEqual(expected);
    expect(readPortCell(cell).doubts).toEqual([]);
  });

  it('says what it is not sure of', () => {
    expect(readPortCell('70000').doubts).toEqual(['70000 is no port']);
    expect(readPortCell('see below').doubts).toHaveLength(1);
    expect(readPortCell('RPC dynamic')).toMatchObject({ ports: [{ range: [49152, 65535] }], doubts: [expect.stringContaining('no numbers')] });
    expect(readPortCell('99: Frobnicate').doubts).toEqual(['"Frobnicate" is no protocol that is known']);
  });
});

describe('tables of a page', () => {
  it('reads HTML with spanning cells, entities and markup', () => {
    const [a, b] = rowsOf('<h2>Ports &amp; more</h2><table><tr><th>Source</th><th>Target</th><th>Port</th><th>Protocol</th></tr><tr><td rowspan=2>VMM <b>server</b></td><td>SQL Server</td><td>1433<td>TDS</tr>\n<tr><td>WSUS</td><td>80/443</td><td>HTTP</td></tr></table>');
    expect(a).toMatchObject({ source: ['vmm-server'], target: ['sql-server'], entries: [{ ports: [1433, 1433], protocol: 'tds' }] });
    expect(b).toMatchObject({ source: ['vmm-server'], target: ['wsus-server'] });
    expect(b!.entries).toHaveLength(2);
  });

  it('reads Markdown, CSV and tabs alike', () => {
    const cells = [['From', 'To', 'Port', 'Purpose'], ['Domain members', 'Domain controller', 'TCP/UDP 53', 'Names'], ['RDS clients', 'RDS gateway', '443', 'Way in']];
    const markdown = `# T\n\n|${cells[0]!.join('|')}|\n|---|---|---|---|\n|${cells.slice(1).map((row) => row.join('|')).join('|\n|')}|\n`;
    const drawn = [markdown, cells.map((row) => row.join('\t')).join('\n'), cells.map((row) => row.join(',')).join('\n')].map((page) => rowsOf(page).map(({ entries, source, target, purpose }) => ({ entries, source, target, purpose })));
    expect(drawn[0]).toHaveLength(2);
    expect(drawn[1]).toEqual(drawn[0]);
    expect(drawn[2]).toEqual(drawn[0]);
  });

  it('drafts a document that loads, whatever the page', () => {
    const cell = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('TCP 80', '1-2', '9: x; (', '|', '<td rowspan=9>', '</table>', '"', "' #: -", 'a'.repeat(60), '\u2028', '\ud800'));
    fc.assert(fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 }), fc.constantFrom('|', ',', '\t', '</td><td>'), (rows, mark) => {
      const head = ['Port', 'Target', 'Purpose'];
      const lines = [head, ...rows].map((row) => row.join(mark));
      const page = mark.startsWith('<') ? `<table><tr><td>${lines.join('</td></tr><tr><td>')}` : lines.join('\n');
      expect(loadDocument(draftYaml(draftPage(page, 'p.html').document), 'f').faults).toEqual([]);
    }), { numRuns: 300 });
  });
});

const seeds = process.env['PORTWITNESS_SEEDS'];

describe.skipIf(seeds === undefined)('the pages of the built-in documents', () => {
  it.each([
    ['000_', 'hyper-v-host', { rows: 33, ports: 33 }], ['001_', 'vmm', { rows: 29, ports: 43 }], ['002_', 'vmm-2012', { rows: 22, ports: 36 }], ['003_', 'vmm-2008', { rows: 12, ports: 12 }], ['004_', 'ports-sockets', { rows: 0, ports: 0 }],
  ])('%s agrees with %s', (start, id, { rows, ports: printed }) => {
    const file = readdirSync(seeds!).find((name) => name.startsWith(start))!;
    const { document, faults } = loadDocument(draftYaml(draftPage(readFileSync(join(seeds!, file), 'utf8'), file).document), file);
    expect(faults).toEqual([]);
    const agreement = agreementOf(document!, builtInCatalog().document(id)!);
    process.stderr.write(`${id}: ${agreementText(agreement)}\n`);
    expect(agreement).toMatchObject({ rowsFound: rows, rows, portsRight: printed, ports: printed });
  });
});
