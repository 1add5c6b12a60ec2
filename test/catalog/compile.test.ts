import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { compileCatalog } from '../../src/catalog/compile.node.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'src/catalog');
const dataFolders = ['documents', 'reference', 'interfaces', 'windows-rules', 'static-ports'];
const scratch = mkdtempSync(join(tmpdir(), 'portwitness-catalog-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function copy(name: string, change: (text: string) => string): string {
  const target = join(scratch, name);
  for (const data of dataFolders) {
    cpSync(join(folder, data), join(target, data), { recursive: true });
    for (const file of readdirSync(join(target, data))) writeFileSync(join(target, data, file), change(readFileSync(join(folder, data, file), 'utf8')));
  }
  return target;
}

describe('the compile step', () => {
  const compiled = compileCatalog(folder);

  it('gives the same bytes again, wherever the folder stands and whatever its line ends are', () => {
    expect(compiled.faults).toEqual([]);
    expect(compileCatalog(folder).module).toBe(compiled.module);
    expect(compileCatalog(copy('crlf', (text) => text.replaceAll('\n', '\r\n'))).module).toBe(compiled.module);
    expect(compiled.module).not.toMatch(/20\d\d-\d\d-\d\dT/);
  });

  it('is what stands in compiled.ts and in docs/schema', () => {
    expect(readFileSync(join(folder, 'compiled.ts'), 'utf8')).toBe(compiled.module);
    for (const [file, text] of Object.entries(compiled.schemas)) expect(readFileSync(join(root, 'docs/schema', file), 'utf8')).toBe(text);
  });

  it('stops at any fault, and tells those of all files', () => {
    const broken = compileCatalog(copy('broken', (text) => text
      .replace('protocol: live-migration', 'protocol: live-migrashun')
      .replace('RemoteSvcAdmin-NP-In-TCP]', 'RemoteSvcAdmin-NP-In]')
      .replace('e1af8308-5d1f', 'E1AF8308-5d1f')));
    expect(broken.module).toBe('');
    expect(new Set(broken.faults.map((fault) => fault.file))).toEqual(new Set(['documents/hyper-v-host.yaml', 'reference/hyper-v-cluster.yaml', 'windows-rules/mapping.yaml', 'interfaces/rpc-interfaces.csv']));
    expect(broken.faults.find((fault) => fault.code === 'unknown-rule')?.nearest).toBe('RemoteSvcAdmin-NP-In-TCP');
  });
});

describe('what a run or a page imports', () => {
  /** Files that a static import of `start` brings in, and the packages among them. */
  function reachable(start: string): { files: Set<string>; packages: Set<string> } {
    const files = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string): void => {
      if (files.has(file)) return;
      files.add(file);
      for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)';/gms)) {
        if (specifier!.startsWith('.')) visit(join(dirname(file), specifier!.replace(/\.js$/, '.ts')));
        else packages.add(specifier!);
      }
    };
    visit(start);
    return { files, packages };
  }

  it.each(['catalog/catalog.ts', 'catalog/rpc-interfaces.ts', 'catalog/shipped-rules.ts', 'catalog/static-ports.ts', 'catalog/roles.ts', 'catalog/protocols.ts', 'inventory/inventory.ts'])('%s: neither yaml nor zod nor node', (file) => {
    expect([...reachable(join(root, 'src', file)).packages].filter((name) => name !== 'ipaddr.js')).toEqual([]);
  });

  it('reading what users write needs yaml and zod, so the graph is really walked', () => {
    expect([...reachable(join(root, 'src/inventory/read-inventory.ts')).packages].sort()).toEqual(['ipaddr.js', 'yaml', 'zod']);
  });
});
