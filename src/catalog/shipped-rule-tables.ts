/** The tables of rules that Windows ships, as the compile step reads them. Imports yaml and zod. */
import { z } from 'zod';
import { parseCsv } from './csv.js';
import type { Fault } from './fault.js';
import { nearest } from './nearest.js';
import type { TableRead } from './rpc-interface-table.js';
import type { RpcInterface, RuleMapping, ShippedRule } from './types.js';
import { readSource } from './yaml-source.js';

interface TextFile {
  readonly file: string;
  readonly text: string;
}

const ruleSchema = z.strictObject({
  name: z.string().min(1),
  group: z.string().min(1),
  direction: z.enum(['inbound', 'outbound']),
  protocol: z.enum(['tcp', 'udp', 'icmpv4', 'icmpv6', 'gre']),
  port: z.string().regex(/^(\d{1,5}|Any|RPC|RPCEPMap|type \d+)$/),
  service: z.string().transform((service) => (service === '' ? null : service)),
  confidence: z.enum(['high', 'medium']),
});

export function readShippedRules({ file, text }: TextFile): TableRead<ShippedRule> {
  const [head, ...records] = parseCsv(text);
  const faults: Fault[] = [];
  const value: ShippedRule[] = [];
  const names = new Set<string>();
  for (const { line, values } of records) {
    const parsed = ruleSchema.safeParse(Object.fromEntries((head?.values ?? []).map((column, index) => [column, values[index]])));
    const fault = (code: string, message: string): void => void faults.push({ code, severity: 'error', file, line, column: 1, text: message });
    if (!parsed.success) {
      for (const issue of parsed.error.issues) fault('wrong-value', `${issue.path.join('.')}: ${issue.message}`);
      continue;
    }
    if (names.has(parsed.data.name)) fault('duplicate-id', `rule "${parsed.data.name}" stands twice`);
    names.add(parsed.data.name);
    value.push(parsed.data);
  }
  return { value, faults };
}

const ruleNames = z.array(z.string());
const mappingSchema = z.array(z.strictObject({
  title: z.string().min(1),
  interfaces: ruleNames.optional(),
  services: ruleNames.optional(),
  ports: z.array(z.string().regex(/^(tcp|udp)\/\d{1,5}$/)).optional(),
  service: ruleNames,
  endpointMapper: ruleNames.optional(),
  pipe: ruleNames.optional(),
  caller: ruleNames.optional(),
  note: z.string().optional(),
}));

/** Interface names become UUIDs here; a name that no table has is a fault. */
export function readRuleMappings({ file, text }: TextFile, rules: readonly ShippedRule[], interfaces: readonly RpcInterface[]): TableRead<RuleMapping> {
  const source = readSource(text, file, mappingSchema, [...Object.keys(mappingSchema.element.shape)]);
  const faults: Fault[] = [...source.faults];
  const known = new Set(rules.map((rule) => rule.name));
  const byName = group(interfaces, (item) => item.name);
  const byService = group(interfaces, (item) => item.service);
  const value = (source.value ?? []).map((written, index): RuleMapping => {
    for (const key of ['service', 'endpointMapper', 'pipe', 'caller'] as const) {
      for (const [at, name] of (written[key] ?? []).entries()) {
        if (!known.has(name)) faults.push(source.fault([index, key, at], 'unknown-rule', `no shipped rule is named "${name}"`, near(nearest(name, known))));
      }
    }
    const pick = (key: 'interfaces' | 'services', table: ReadonlyMap<string, readonly string[]>): string[] => (written[key] ?? []).flatMap((name, at) => {
      const uuids = table.get(name);
      if (uuids === undefined) faults.push(source.fault([index, key, at], 'unknown-interface', `no interface of the table fits "${name}"`, near(nearest(name, table.keys()))));
      return uuids ?? [];
    });
    return {
      title: written.title,
      uuids: [...new Set([...pick('interfaces', byName), ...pick('services', byService)])],
      ports: written.ports ?? [],
      rules: { service: written.service, endpointMapper: written.endpointMapper ?? [], pipe: written.pipe ?? [], caller: written.caller ?? [], note: written.note ?? null },
    };
  });
  return { value, faults };
}

function group(interfaces: readonly RpcInterface[], key: (item: RpcInterface) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const item of interfaces) groups.set(key(item), [...(groups.get(key(item)) ?? []), item.uuid]);
  return groups;
}

function near(word: string | undefined): { nearest?: string } {
  return word === undefined ? {} : { nearest: word };
}
