import type { Application } from '../flow/inspection.js';

/** Protocols of which nothing but the outside can be read. */
const ENCRYPTED = new Set(['tls', 'dtls', 'ssh', 'quic', 'ipsec', 'https']);

/** How much of what was said can be read: `partial` where headers are clear and bodies are not. */
export function visibilityOf(application: Application | null): 'clear' | 'encrypted' | 'partial' {
  if (application === null) return 'clear';
  if (ENCRYPTED.has(application.protocol)) return 'encrypted';
  const { facts } = application;
  return facts['encrypted'] === true || facts['body'] === 'encrypted' || facts['dcom'] === 'encrypted' || facts['tls'] === true ? 'partial' : 'clear';
}
