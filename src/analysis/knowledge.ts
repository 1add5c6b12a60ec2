/** What the catalog knows, as far as diagnosis asks for it; the adapter is catalog-knowledge.ts, tests bring their own. */
import type { InterfaceId } from '../protocol/events.js';
import type { InterfaceName } from './report-model.js';

/** Firewall rules that Windows ships, by the name that is the same in every language. */
export interface ShippedRules {
  /** For the service, on the side that listens. */
  readonly service: readonly string[];
  /** Any one of these opens the endpoint mapper that the service also needs. */
  readonly endpointMapper: readonly string[];
  readonly note: string | null;
}

export interface Knowledge {
  interfaceName(id: InterfaceId): InterfaceName;
  /** What people call it: `Service Control Manager`; null: nothing names it. */
  interfaceTitle(id: InterfaceId): string | null;
  /** Named pipes the interface is also reached by. */
  pipesOf(id: InterfaceId): readonly string[];
  rulesForInterface(id: InterfaceId): ShippedRules | undefined;
  rulesForPort(transport: 'tcp' | 'udp', port: number): ShippedRules | undefined;
  /** What usually listens there: `WinRM`; null: unknown. */
  serviceName(transport: 'tcp' | 'udp', port: number): string | null;
}

/** `Service Control Manager (svcctl)`, `svcctl`, or the UUID. */
export function describeInterface(knowledge: Knowledge, id: InterfaceId): string {
  const { name } = knowledge.interfaceName(id);
  const title = knowledge.interfaceTitle(id);
  if (name === null) return `RPC interface ${id.uuid} ${id.version}`;
  return title === null || title === name ? `RPC interface ${name}` : `${title} (${name})`;
}
