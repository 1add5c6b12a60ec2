import ipaddr from 'ipaddr.js';

/**
 * Addresses as one comparable text: 32 hex digits, IPv4 as its IPv4-mapped IPv6 address. So both families share one order,
 * one table and one prefix length (IPv4 /24 is /120).
 */
export interface NetworkBits {
  /** Lowest address. */
  readonly start: string;
  /** Highest address, inclusive. */
  readonly end: string;
  /** 0 to 128. */
  readonly length: number;
}

/** A zone (`fe80::1%12`) is dropped: it is a number of the machine that wrote it. `undefined` for what is no address. */
export function addressBits(text: string): string | undefined {
  const bare = text.trim().replace(/%.*$/, '');
  // ipaddr.js also reads 10.1 and 010.0.0.1 as C did; nobody means that in an inventory.
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return hex(ipaddr.IPv4.parse(bare).toIPv4MappedAddress().toByteArray());
  return bare.includes(':') && ipaddr.IPv6.isValid(bare) ? hex(ipaddr.IPv6.parse(bare).toByteArray()) : undefined;
}

/** `10.0.0.0/24`, `fd00::/64`; bits beyond the prefix are cut off. `undefined` for what is no network. */
export function networkBits(text: string): NetworkBits | undefined {
  const match = /^\s*([^/\s]+)\/(\d{1,3})\s*$/.exec(text);
  const bits = match === null ? undefined : addressBits(match[1]!);
  if (bits === undefined) return undefined;
  const written = Number(match![2]);
  const isV6 = match![1]!.includes(':');
  if (written > (isV6 ? 128 : 32)) return undefined;
  const length = isV6 ? written : written + 96;
  return { start: inNetwork(bits, length), end: fill(bits, length, 'f'), length };
}

/** The lowest address of the network of `length` that `bits` lies in. */
export function inNetwork(bits: string, length: number): string {
  return fill(bits, length, '0');
}

/** What the writer of `10.0.0.5/24` probably meant; `undefined` when the text is right already or no network. */
export function withoutHostBits(text: string): string | undefined {
  const bits = networkBits(text);
  const [address = '', length = ''] = text.trim().split('/');
  if (bits === undefined || addressBits(address) === bits.start) return undefined;
  const range = address.includes(':') ? ipaddr.IPv6.networkAddressFromCIDR(text.trim()) : ipaddr.IPv4.networkAddressFromCIDR(text.trim());
  return `${range.toString()}/${length}`;
}

function fill(bits: string, length: number, digit: '0' | 'f'): string {
  const whole = length >> 2;
  const rest = length & 3;
  const head = bits.slice(0, whole);
  if (whole === 32) return head;
  const mask = (0xf << (4 - rest)) & 0xf;
  const nibble = parseInt(bits[whole]!, 16) & mask;
  const middle = (digit === '0' ? nibble : nibble | (~mask & 0xf)).toString(16);
  return head + middle + digit.repeat(31 - whole);
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
