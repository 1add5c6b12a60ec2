/** What an ICMP error says of the connection that it quotes (RFC 792, RFC 1812 5.2.7.1, RFC 4443 3.1). */
import type { IcmpError } from '../flow/flow.js';

export interface IcmpMeaning {
  readonly kind: 'prohibited' | 'unreachable' | 'nothing-listens';
  readonly text: string;
}

const prohibited4: ReadonlySet<number> = new Set([9, 10, 13]);
const prohibited6: ReadonlySet<number> = new Set([1, 5, 6]);

/** A port or protocol unreachable from the server itself says that nothing listens; from anywhere else it is a firewall's way to reject. */
export function icmpMeaning(icmp: IcmpError, server: string): IcmpMeaning {
  const { type, code, version } = icmp;
  const text = `ICMP${version === 6 ? 'v6' : ''} ${type}/${code} (${icmp.name})`;
  const unreachable = version === 6 ? type === 1 : type === 3;
  if (!unreachable) return { kind: 'unreachable', text };
  if (version === 6 ? prohibited6.has(code) : prohibited4.has(code)) return { kind: 'prohibited', text };
  const closed = version === 6 ? code === 4 : code === 2 || code === 3;
  if (closed) return { kind: icmp.from === server ? 'nothing-listens' : 'prohibited', text };
  return { kind: 'unreachable', text };
}
