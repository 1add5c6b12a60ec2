/**
 * Which role each address plays: what the inventory says, else what its traffic betrays. An inferred role is never complete: it
 * can agree with a document's row, but it cannot contradict one.
 */
import { floatingRoles, type HostGroups } from './host-groups.js';
import type { ToldRole } from './inventory-roles.js';
import type { HostRole, RoleConfidence } from './report-model.js';
import type { HostSurvey } from './survey.js';
import { telltales } from './telltale-services.js';

/** What the inventory answers; empty where it does not know the machine. */
export interface RoleSource {
  rolesOf(address: string): readonly ToldRole[];
}

/** Everything that is known of the roles of one address. Equal knowledge is one object, so that classes can be told apart by it. */
export interface RoleKnowledge {
  /** Dense, from 0: 0 is "nothing known". */
  readonly id: number;
  /** Roles that count as knowledge when rows are matched. */
  readonly held: readonly string[];
  /** True: the inventory told, so that another role is a conflict. */
  readonly complete: boolean;
}

export class Roles {
  private readonly byAddress = new Map<string, HostRole[]>();
  private readonly knowledgeOf = new Map<string, RoleKnowledge>();
  private readonly interned = new Map<string, RoleKnowledge>();
  private readonly nothing: RoleKnowledge = { id: 0, held: [], complete: false };
  private readonly list: RoleKnowledge[] = [this.nothing];
  /** Roles that somebody plays or is assumed to play. */
  readonly present = new Set<string>();

  /** A machine's addresses share what is inferred from the traffic of any of them. */
  constructor(hosts: ReadonlyMap<string, HostSurvey>, inventory: RoleSource | undefined, groups?: HostGroups) {
    for (const host of hosts.values()) {
      const told = (inventory?.rolesOf(host.address) ?? []).map(({ role, reason }): HostRole => ({ role, from: 'inventory', reason, confidence: 'certain' }));
      // Of a floating name's address the inventory tells only that: the node that holds it plays other roles there.
      const complete = told.some(({ role }) => !floatingRoles.has(role));
      const roles = complete ? told : [...told, ...inferredRoles(asOneMachine(host, groups?.othersOf(host.address) ?? [], hosts))];
      if (roles.length === 0) continue;
      this.byAddress.set(host.address, roles);
      for (const { role } of roles) this.present.add(role);
      const held = roles.filter((role) => role.confidence !== 'assumed').map((role) => role.role);
      this.knowledgeOf.set(host.address, this.intern(held, complete));
    }
  }

  rolesOf(address: string): readonly HostRole[] {
    return this.byAddress.get(address) ?? [];
  }

  /** Called for both ends of every conversation. */
  knowledge(address: string): RoleKnowledge {
    return this.knowledgeOf.get(address) ?? this.nothing;
  }

  /** Knowledge by id, for building one class. */
  byId(id: number): RoleKnowledge {
    return this.list[id] ?? this.nothing;
  }

  private intern(held: readonly string[], complete: boolean): RoleKnowledge {
    if (held.length === 0) return this.nothing;
    const sorted = [...new Set(held)].sort();
    const key = `${complete ? '!' : '?'}${sorted.join(' ')}`;
    let found = this.interned.get(key);
    if (found === undefined) {
      found = { id: this.list.length, held: sorted, complete };
      this.interned.set(key, found);
      this.list.push(found);
    }
    return found;
  }
}

/** The sum of what all addresses of the machine did. */
function asOneMachine(host: HostSurvey, others: readonly string[], hosts: ReadonlyMap<string, HostSurvey>): Pick<HostSurvey, 'served' | 'opened' | 'tried'> {
  let { served, opened, tried } = host;
  for (const address of others) {
    const other = hosts.get(address);
    served |= other?.served ?? 0;
    opened |= other?.opened ?? 0;
    tried |= other?.tried ?? 0;
  }
  return { served, opened, tried };
}

const bit = (id: string): number => 1 << telltales.findIndex((telltale) => telltale.id === id);
const KERBEROS = bit('kerberos') | bit('kerberos-udp');
const DIRECTORY = bit('ldap') | bit('cldap');
const MANAGED = bit('endpoint-mapper') | bit('winrm') | bit('winrm-tls');
const CONSOLES = bit('rdp') | bit('vmconnect');
const SMB = bit('smb');
const HYPER_V = bit('live-migration') | bit('vmconnect');
const CLUSTER = bit('cluster') | bit('cluster-tcp');

function inferredRoles(host: Pick<HostSurvey, 'served' | 'opened' | 'tried'>): HostRole[] {
  const roles = new Map<string, HostRole>();
  const add = (role: string, confidence: RoleConfidence, reason: string): void => {
    const known = roles.get(role);
    if (known === undefined || (known.confidence !== 'certain' && confidence === 'certain')) roles.set(role, { role, from: 'inferred', reason, confidence });
  };
  const { served, opened } = host;
  if ((served & KERBEROS) !== 0 && (served & DIRECTORY) !== 0) add('domain-controller', 'certain', 'serves Kerberos 88 and LDAP 389');
  else if ((served & KERBEROS) !== 0) add('domain-controller', 'likely', 'serves Kerberos 88');
  telltales.forEach((telltale, i) => {
    const mask = 1 << i;
    if (telltale.server !== undefined && (served & mask) !== 0) add(telltale.server.role, telltale.server.confidence, `serves ${telltale.name} ${telltale.port}`);
    if (telltale.client !== undefined && (opened & mask) !== 0) add(telltale.client.role, telltale.client.confidence, `opens ${telltale.name} ${telltale.port}`);
  });
  // A Windows machine is what this tool is used for; which kind it is has to be told by an inventory.
  const windows = (served & MANAGED) !== 0;
  if (windows) add('windows-computer', 'likely', (served & bit('endpoint-mapper')) !== 0 ? 'serves the RPC endpoint mapper 135' : 'serves WinRM');
  if ((windows || (served & SMB) !== 0) && (served & HYPER_V) === 0 && !roles.has('domain-controller')) {
    add('hyper-v-host', 'assumed', windows ? 'assumed of a managed Windows machine' : 'assumed of a machine that serves SMB');
  }
  if (((opened | host.tried) & (MANAGED | CONSOLES)) !== 0 && (served & (MANAGED | CLUSTER)) === 0 && !roles.has('management-station')) {
    add('management-station', 'assumed', 'opens management ports');
  }
  return [...roles.values()];
}
