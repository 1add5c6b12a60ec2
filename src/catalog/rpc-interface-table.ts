import { parseCsv } from './csv.js';
import type { Fault } from './fault.js';
import type { RpcInterface } from './types.js';

/** What a data file of the catalog became, and what is wrong with it. */
export interface TableRead<T> {
  readonly value: readonly T[];
  readonly faults: readonly Fault[];
}

const columns = 'uuid,version,name,service,description,typical_named_pipe,static_port,source';
/** Says nothing beyond what every unlisted interface does. */
const plainDynamic = 'RPC dynamic TCP';

/** The interface table, in file order. Upper-case UUIDs are refused, because they would never be found. */
export function readInterfaces({ file, text }: { readonly file: string; readonly text: string }): TableRead<RpcInterface> {
  const [head, ...records] = parseCsv(text);
  const faults: Fault[] = [];
  const fault = (line: number, code: string, message: string): void => void faults.push({ code, severity: 'error', file, line, column: 1, text: message });
  if (head?.values.join(',') !== columns) fault(1, 'wrong-columns', `the columns must be ${columns}`);
  const seen = new Set<string>();
  const value = records.map(({ line, values }): RpcInterface => {
    const [uuid = '', version = '', name = '', service = '', description = '', pipes = '', endpoint = '', source = ''] = values;
    if (values.length !== 8) fault(line, 'wrong-columns', `${values.length} values instead of 8`);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) fault(line, 'wrong-value', `"${uuid}" is no UUID in lower case`);
    if (!/^\d{1,5}\.\d{1,5}$/.test(version)) fault(line, 'wrong-value', `"${version}" is no version: write 1.0`);
    if (name === '' || source === '') fault(line, 'missing-key', 'an interface needs a name and a source');
    const key = `${uuid} ${version}`;
    if (seen.has(key)) fault(line, 'duplicate-id', `${key} stands twice`);
    seen.add(key);
    return {
      uuid, version, name, service, description,
      pipes: pipes.split(';').map((pipe) => pipe.trim()).filter((pipe) => pipe !== ''),
      endpoint: endpoint === '' || endpoint === plainDynamic ? null : endpoint,
      source,
    };
  });
  return { value, faults };
}
