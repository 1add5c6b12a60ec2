/** What the user expected to be in the capture: `FROM>TO:PORT` of `--expect`, or two hosts of `--between`. */

export interface Expectation {
  /** As it was written. */
  readonly text: string;
  /** Addresses or names. */
  readonly from: string;
  readonly to: string;
  readonly transport: 'tcp' | 'udp';
  /** null: any port, and either may have begun. */
  readonly port: number | null;
}

const HOST = /^(?:\[[0-9a-f:.]+\]|[^\s[\]>,/:]{1,253})$/iu;

/** Answers what is wrong as a string. `FROM>TO:PORT`; the port may carry its transport: `udp/53`, `53/udp`. IPv6 stands in brackets. */
export function parseExpectation(text: string): Expectation | string {
  const [left = '', right = '', ...more] = text.split(/-?>/u).map((part) => part.trim());
  if (left === '' || right === '' || more.length > 0) return `${text}: write FROM>TO:PORT, in quotes, for example 'MGMT1>HV01:5985'`;
  const match = /^(.*):(?:(tcp|udp)\/)?(\d{1,5})(?:\/(tcp|udp))?$/iu.exec(right);
  if (match === null) return `${text}: a port is missing behind the last colon: FROM>TO:PORT`;
  const [, to = '', before, digits = '', behind] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return `${text}: ${digits} is no port; there are 1 to 65535`;
  if (before !== undefined && behind !== undefined) return `${text}: the transport stands twice`;
  for (const host of [left, to]) if (!isHost(host)) return `${text}: ${host === '' ? 'a host is missing' : `${host} is neither a name nor an address`}${host.includes(':') ? ' (an IPv6 address stands in brackets: [fd00::1])' : ''}`;
  return { text, from: bare(left), to: bare(to), transport: (before ?? behind ?? 'tcp').toLowerCase() === 'udp' ? 'udp' : 'tcp', port };
}

/** The two hosts of `--between`. */
export function parseBetween(a: string, b: string): Expectation | string {
  for (const host of [a, b]) if (!isHost(host) && !isAddress6(host)) return `${host} is neither a name nor an address`;
  if (bare(a).toLowerCase() === bare(b).toLowerCase()) return `${a} twice: name two hosts`;
  return { text: `${a} ${b}`, from: bare(a), to: bare(b), transport: 'tcp', port: null };
}

function isHost(text: string): boolean {
  return HOST.test(text);
}

function isAddress6(text: string): boolean {
  return /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/iu.test(text);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/gu, '');
}
