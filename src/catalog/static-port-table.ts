/** The table of services whose RPC port can be pinned (static-ports/static-ports.yaml), with every fault at its line. */
import { z } from 'zod';
import { nearest } from './nearest.js';
import type { TableRead } from './rpc-interface-table.js';
import type { RpcInterface, StaticPortRecipe } from './types.js';
import { readSource } from './yaml-source.js';

const port = z.number().int().min(1024).max(65_535);
const text = z.string().min(1);
const recipe = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/), title: text, interfaces: z.array(text).min(1), provedBy: z.array(text).optional(), role: text.optional(),
  registry: z.strictObject({ key: z.string().regex(/^HK(LM|CR)\\/), value: text, type: z.enum(['REG_DWORD', 'REG_SZ', 'REG_MULTI_SZ']) }).optional(),
  commands: z.array(text).min(1).optional(), anyOf: z.boolean().optional(), restart: text, keepsDynamic: z.boolean(), example: port, fixed: z.boolean().optional(), note: text, source: text,
});

/** Interface names become UUIDs; a name that the table of interfaces does not have is a fault. */
export function readStaticPorts({ file, text: body }: { readonly file: string; readonly text: string }, interfaces: readonly RpcInterface[]): TableRead<StaticPortRecipe> {
  const source = readSource(body, file, z.array(recipe), Object.keys(recipe.shape));
  const faults = [...source.faults];
  const seen = new Set<string>();
  const value = (source.value ?? []).map((written, index): StaticPortRecipe => {
    if (seen.has(written.id)) faults.push(source.fault([index, 'id'], 'duplicate-id', `"${written.id}" stands twice`));
    seen.add(written.id);
    if ((written.registry === undefined) === (written.commands === undefined)) faults.push(source.fault([index], 'missing-key', 'a service needs either "registry" or "commands"'));
    const uuids = (key: 'interfaces' | 'provedBy'): string[] => [...new Set((written[key] ?? []).flatMap((name, at) => {
      const known = interfaces.filter((one) => one.name === name).map((one) => one.uuid);
      if (known.length > 0) return known;
      const near = nearest(name, interfaces.map((one) => one.name));
      faults.push(source.fault([index, key, at], 'unknown-interface', `no interface of the table is named "${name}"`, near === undefined ? {} : { nearest: near }));
      return [];
    }))];
    const { id, title, role, registry, commands, anyOf = false, restart, keepsDynamic, example, fixed = false, note, source: cited } = written;
    const offered = uuids('interfaces');
    return {
      id, title, uuids: offered, provedBy: written.provedBy === undefined ? offered : uuids('provedBy'), role: role ?? null,
      commands: commands ?? (registry === undefined ? [] : [`reg add "${registry.key}" /v "${registry.value}" /t ${registry.type} /d {port} /f`]),
      anyOf, restart, keepsDynamic, example, fixed, note, source: cited,
    };
  });
  return { value, faults };
}
