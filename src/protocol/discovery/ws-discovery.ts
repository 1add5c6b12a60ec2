/** WS-Discovery over UDP (OASIS WS-Discovery 1.1 and its predecessor of 2005): a SOAP envelope that names the discovery schema. */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { indexOfText } from '../wire-text.js';

const SCHEMAS = ['schemas.xmlsoap.org/ws/2005/04/discovery', 'docs.oasis-open.org/ws-dd/ns/discovery'];
const SEARCHED = 1500;
const ACTIONS = ['ProbeMatches', 'ResolveMatches', 'Probe', 'Resolve', 'Hello', 'Bye'];
const ANSWERS: ReadonlySet<string> = new Set(['ProbeMatches', 'ResolveMatches']);

function action(bytes: Uint8Array, start: number, limit: number): string {
  const end = Math.min(limit, start + SEARCHED);
  for (const schema of SCHEMAS) {
    for (const name of ACTIONS) {
      if (indexOfText(bytes, `/discovery/${name}<`, start, end) >= 0 && indexOfText(bytes, schema, start, end) >= 0) return name;
    }
  }
  return '';
}

export const wsDiscovery: Recogniser = {
  protocol: 'ws-discovery',
  transport: 'udp',
  ports: [3702],
  recognise(bytes, start, limit) {
    if (bytes[start] !== 0x3c) return Recognition.no;
    if (limit - start < 64) return Recognition.more;
    const end = Math.min(limit, start + SEARCHED);
    if (!SCHEMAS.some((schema) => indexOfText(bytes, schema, start, end) >= 0)) return Recognition.no;
    return ANSWERS.has(action(bytes, start, limit)) ? Recognition.server : Recognition.client;
  },
  analyse: (context) => ({
    data(_role, bytes, start, limit) {
      const name = action(bytes, start, limit);
      if (name !== '') context.fact('action', name);
      return name === '';
    },
  }),
};
