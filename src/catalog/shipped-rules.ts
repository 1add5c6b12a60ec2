import { compiledRuleMappings, compiledRules } from './compiled.js';
import type { RuleMapping, ShippedRule, ShippedRuleSet, Transport } from './types.js';

/** Firewall rules that come with Windows, by their untranslated names. */
export const shippedRules: readonly ShippedRule[] = compiledRules;

let byName: Map<string, ShippedRule> | undefined;
let byUuid: Map<string, RuleMapping> | undefined;
let byPort: Map<string, RuleMapping> | undefined;

export function shippedRule(name: string): ShippedRule | undefined {
  return (byName ??= new Map(compiledRules.map((rule) => [rule.name, rule]))).get(name);
}

/** The rules for an RPC interface on a dynamic port (or its pipe); `undefined` where none is known to be shipped. */
export function rulesForInterface(uuid: string): ShippedRuleSet | undefined {
  byUuid ??= new Map(compiledRuleMappings.flatMap((mapping) => mapping.uuids.map((key) => [key, mapping] as const)));
  return byUuid.get(uuid.toLowerCase())?.rules;
}

/**
 * The inbound rules for a fixed port: those that the mapping prefers, else every shipped rule that has this port. `undefined`
 * where Windows ships none (SQL Server, VMM): an own rule must be written.
 */
export function rulesForPort(transport: Transport, port: number): ShippedRuleSet | undefined {
  byPort ??= new Map(compiledRuleMappings.flatMap((mapping) => mapping.ports.map((key) => [key, mapping] as const)));
  const preferred = byPort.get(`${transport}/${port}`);
  if (preferred !== undefined) return preferred.rules;
  const service = compiledRules
    .filter((rule) => rule.direction === 'inbound' && rule.protocol === transport && rule.port === String(port))
    .map((rule) => rule.name);
  return service.length === 0 ? undefined : { service, endpointMapper: [], pipe: [], caller: [], note: null };
}

/**
 * The other names under which a rule may have to be enabled: clients have a `-NoScope` twin for domain networks, where the
 * plain rule lets only the local subnet in.
 */
export function twinOf(name: string): string | undefined {
  return shippedRule(`${name}-NoScope`)?.name;
}
