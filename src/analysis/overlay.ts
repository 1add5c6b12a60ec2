/**
 * Addresses of the failover cluster's own overlay (NetFT): every node has one of 169.254/16 and one of fe80::/10 on a virtual adapter. What
 * is sent between them travels inside UDP 3343, so no rule concerns it; UDP 3343 itself, also between link-local addresses, is the carrier.
 */
import type { Roles } from './role-knowledge.js';

const CLUSTER_PORT = 3343;
const AUTOMATIC = '169.254.';
const linkLocal = /^fe[89ab][0-9a-f]:/;

export class Overlay {
  private readonly known = new Map<string, boolean>();
  private readonly roles: Roles;

  constructor(roles: Roles) {
    this.roles = roles;
  }

  /** fe80 addresses are on every adapter: only those of cluster nodes may be NetFT's. 169.254 is, wherever there is a cluster. */
  has(address: string): boolean {
    const automatic = address.startsWith(AUTOMATIC);
    // Asked of every conversation, and nearly all addresses begin otherwise.
    if (!automatic && !(address.startsWith('fe') && linkLocal.test(address))) return false;
    let known = this.known.get(address);
    if (known === undefined) {
      known = automatic ? this.roles.present.has('cluster-node') : this.roles.rolesOf(address).some(({ role, confidence }) => role === 'cluster-node' && confidence !== 'assumed');
      this.known.set(address, known);
    }
    return known;
  }

  carries(client: string, server: string, serverPort: number): boolean {
    return serverPort !== CLUSTER_PORT && this.has(client) && this.has(server);
  }
}
