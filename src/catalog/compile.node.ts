/**
 * Turns the catalog's YAML and CSV into `compiled.ts`, plain constants, so that nothing is parsed when the program starts and
 * a browser has the documents too; and writes the JSON Schemas of docs/schema. Run by `npm run generate`. The same input
 * gives the same bytes; a fault in any file stops it before anything is written.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { faultLine, sortFaults, type Fault } from './fault.js';
import { jsonSchemas } from './json-schemas.js';
import { loadDocuments } from './load.js';
import { readInterfaces } from './rpc-interface-table.js';
import { readRuleMappings, readShippedRules } from './shipped-rule-tables.js';
import { readStaticPorts } from './static-port-table.js';

const here = dirname(fileURLToPath(import.meta.url));

export interface Compiled {
  /** Text of `compiled.ts`; empty when there are faults. */
  readonly module: string;
  /** By file name in docs/schema. */
  readonly schemas: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
}

/** Reads `folder` (src/catalog, or a copy of it) and writes nothing. */
export function compileCatalog(folder: string): Compiled {
  const read = (path: string): { file: string; text: string } => ({ file: path, text: readFileSync(join(folder, path), 'utf8').replaceAll('\r\n', '\n') });
  const yamlFiles = (name: string): { file: string; text: string }[] =>
    readdirSync(join(folder, name)).filter((file) => file.endsWith('.yaml')).sort().map((file) => read(`${name}/${file}`));

  const loaded = loadDocuments([...yamlFiles('documents'), ...yamlFiles('reference')]);
  const interfaces = readInterfaces(read('interfaces/rpc-interfaces.csv'));
  const rules = readShippedRules(read('windows-rules/shipped-rules.csv'));
  const mappings = readRuleMappings(read('windows-rules/mapping.yaml'), rules.value, interfaces.value);
  const pins = readStaticPorts(read('static-ports/static-ports.yaml'), interfaces.value);
  const faults = sortFaults([...loaded.faults, ...interfaces.faults, ...rules.faults, ...mappings.faults, ...pins.faults]);
  if (faults.length > 0) return { module: '', schemas: {}, faults };

  // Current documents first, then superseded ones.
  const documents = [...loaded.documents].sort((a, b) => Number(a.superseded) - Number(b.superseded) || (a.id < b.id ? -1 : 1));
  const module = [
    '// Written by src/catalog/compile.node.ts from the YAML and CSV beside it: change those, then run `npm run generate`.',
    "import type { CatalogDocument, RpcInterface, RuleMapping, ShippedRule, StaticPortRecipe } from './types.js';",
    '',
    constant('compiledDocuments', 'CatalogDocument', documents),
    constant('compiledInterfaces', 'RpcInterface', interfaces.value),
    constant('compiledRules', 'ShippedRule', rules.value),
    constant('compiledRuleMappings', 'RuleMapping', mappings.value),
    constant('compiledStaticPorts', 'StaticPortRecipe', pins.value),
    '',
  ].join('\n');
  return { module, schemas: jsonSchemas(), faults: [] };
}

/** One item a line: a change of a document is a change of one line. */
function constant(name: string, type: string, items: readonly unknown[]): string {
  return `export const ${name}: readonly ${type}[] = [\n${items.map((item) => `  ${JSON.stringify(item)},\n`).join('')}];`;
}

/** Only what differs is written, and in one step: another process may be reading. */
function writeIfChanged(path: string, text: string): void {
  let before: string | undefined;
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    mkdirSync(dirname(path), { recursive: true });
  }
  if (before === text) return;
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}

function main(): void {
  const compiled = compileCatalog(here);
  if (compiled.faults.length > 0) {
    for (const fault of compiled.faults) console.error(faultLine({ ...fault, file: `src/catalog/${fault.file}` }));
    process.exitCode = 1;
    return;
  }
  writeIfChanged(join(here, 'compiled.ts'), compiled.module);
  for (const [file, text] of Object.entries(compiled.schemas)) writeIfChanged(join(here, '../../docs/schema', file), text);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
