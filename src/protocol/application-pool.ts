/**
 * Thousands of flows say the same thing: the same dialect of SMB to the same server. One object for all of them keeps memory
 * at the number of different things said, not of flows.
 */
import type { Application } from '../flow/inspection.js';

/** Different applications that are kept; then the pool is emptied and begins anew (sharing is a saving, not a promise). */
const MAXIMUM = 16_384;

export class ApplicationPool {
  private readonly known = new Map<string, Application>();

  share(application: Application): Application {
    const { protocol, confidence, facts } = application;
    let key = `${protocol}\n${confidence}`;
    for (const name in facts) {
      const value = facts[name]!;
      key += `\n${name}=${typeof value === 'object' ? value.join('\t') : String(value)}`;
    }
    const shared = this.known.get(key);
    if (shared !== undefined) return shared;
    if (this.known.size >= MAXIMUM) this.known.clear();
    this.known.set(key, application);
    return application;
  }
}
