/** What the user tells about RPC: names of interfaces, and services pinned to a port. */
import type { PinnedPort } from '../analysis/static-port-plan.js';
import { nearest } from '../catalog/nearest.js';
import { staticPortRecipes } from '../catalog/static-ports.js';
import type { RpcInterface } from '../catalog/types.js';
import { readText, refuse } from './catalog-source.js';
import { UsageError } from './exit-code.js';

export async function loadInterfaces(file: string): Promise<readonly RpcInterface[]> {
  const text = readText(file);
  const { readUserInterfaces } = await import('../catalog/user-interfaces.js');
  const { interfaces, faults } = readUserInterfaces(text, file);
  refuse(`--interfaces ${file}`, faults);
  return interfaces;
}

/** Each `service=port`. */
export function pinnedPorts(texts: readonly string[]): PinnedPort[] {
  const known = staticPortRecipes.map(({ id }) => id);
  const pinned = new Map<string, number>();
  for (const text of texts) {
    const match = /^([a-z0-9-]+)=(\d{1,5})$/i.exec(text);
    if (match === null) throw new UsageError(`--pinned ${text}: write service=port, for example ntds=50000; services are ${known.join(', ')}`);
    const service = match[1]!.toLowerCase();
    const port = Number(match[2]);
    if (!known.includes(service)) {
      const near = nearest(service, known);
      throw new UsageError(`--pinned ${text}: no such service${near === undefined ? '' : ` (did you mean ${near}?)`}; there are ${known.join(', ')}`);
    }
    if (port < 1024 || port > 65_535) throw new UsageError(`--pinned ${text}: a port is 1024 to 65535`);
    if (pinned.has(service) && pinned.get(service) !== port) throw new UsageError(`--pinned ${text}: ${service} stands twice, with different ports`);
    pinned.set(service, port);
  }
  return [...pinned].map(([service, port]) => ({ service, port }));
}
