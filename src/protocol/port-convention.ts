/**
 * Protocols whose bytes nobody has published: the usual port is all there is to know them by, so `application.confidence` says
 * `port`. Asked only when nothing was recognised. TCP 3343 and 6600: Microsoft's service overview for Windows; UDP 3343 between
 * two ports 3343 is looked at by `cluster.ts`, as DTLS may be inside.
 */
const TCP_CONVENTIONS: ReadonlyMap<number, string> = new Map([
  [3343, 'cluster'],
  [6600, 'live-migration'],
]);

export function protocolByPort(transport: number, serverPort: number): string | undefined {
  return transport === TCP ? TCP_CONVENTIONS.get(serverPort) : undefined;
}

const TCP = 6;
