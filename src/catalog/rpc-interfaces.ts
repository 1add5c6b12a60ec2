import { compiledInterfaces } from './compiled.js';
import type { RpcInterface } from './types.js';

export const rpcInterfaces: readonly RpcInterface[] = compiledInterfaces;

/** What is known of interfaces: those of the user first, then the built-in ones. */
export class InterfaceNames {
  private readonly byUuid = new Map<string, RpcInterface[]>();

  constructor(own: readonly RpcInterface[] = []) {
    for (const item of own) this.add(item);
    const named = new Set(this.byUuid.keys());
    // What the user calls an interface counts for all versions of it, unless they say otherwise; where they do, ours fill the gaps.
    for (const item of compiledInterfaces) if (!named.has(item.uuid) || !own.some(({ uuid, version }) => uuid === item.uuid && version === '')) this.add(item);
  }

  /**
   * UUIDs may be in either case. The version that was asked for, else (servers accept a lower minor version than theirs, and tables
   * lag behind) the same major version, else any: the name is the same in practice.
   */
  find(uuid: string, version?: string): RpcInterface | undefined {
    const known = this.byUuid.get(uuid.toLowerCase());
    const major = version?.split('.')[0];
    return known?.find((item) => item.version === version) ?? known?.find((item) => item.version.split('.')[0] === major) ?? known?.[0];
  }

  private add(item: RpcInterface): void {
    const list = this.byUuid.get(item.uuid);
    if (list === undefined) this.byUuid.set(item.uuid, [item]);
    else list.push(item);
  }
}

let builtIn: InterfaceNames | undefined;

/** Of the built-in table, see {@link InterfaceNames.find}. */
export function rpcInterface(uuid: string, version?: string): RpcInterface | undefined {
  return (builtIn ??= new InterfaceNames()).find(uuid, version);
}
