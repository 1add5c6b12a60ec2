import { compiledInterfaces } from './compiled.js';
import type { RpcInterface } from './types.js';

export const rpcInterfaces: readonly RpcInterface[] = compiledInterfaces;

let byUuid: Map<string, RpcInterface[]> | undefined;

/**
 * What is known of an interface. UUIDs may be in either case. The version that was asked for, else (servers accept a lower
 * minor version than theirs, and tables lag behind) the same major version, else any: the name is the same in practice.
 */
export function rpcInterface(uuid: string, version?: string): RpcInterface | undefined {
  if (byUuid === undefined) {
    byUuid = new Map();
    for (const item of compiledInterfaces) byUuid.set(item.uuid, [...(byUuid.get(item.uuid) ?? []), item]);
  }
  const known = byUuid.get(uuid.toLowerCase());
  const major = version?.split('.')[0];
  return known?.find((item) => item.version === version) ?? known?.find((item) => item.version.split('.')[0] === major) ?? known?.[0];
}
