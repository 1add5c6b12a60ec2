import type { Application } from '../flow/inspection.js';

/**
 * Protocols whose bytes nobody has published: the usual port is all there is to know them by, so `application.confidence` says
 * `port`. Asked only when nothing was recognised. TCP 3343 and 6600: Microsoft's service overview for Windows; UDP 3343 between
 * two ports 3343 is looked at by `cluster.ts`, as DTLS may be inside.
 */
const TCP_CONVENTIONS: ReadonlyMap<number, Application> = new Map([
  [3343, { protocol: 'cluster', confidence: 'port', facts: {} }],
  [6600, { protocol: 'live-migration', confidence: 'port', facts: {} }],
]);

export function applicationByPort(transport: number, serverPort: number): Application | null {
  return transport === TCP ? (TCP_CONVENTIONS.get(serverPort) ?? null) : null;
}

const TCP = 6;
