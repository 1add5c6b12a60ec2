/** Names of ICMP (RFC 792, 1122, 1812) and ICMPv6 (RFC 4443) errors as Wireshark shows them, and which of them say "unreachable". */
const V4: Readonly<Record<string, string>> = {
  '3/0': 'network unreachable', '3/1': 'host unreachable', '3/2': 'protocol unreachable', '3/3': 'port unreachable',
  '3/4': 'fragmentation needed', '3/5': 'source route failed', '3/6': 'destination network unknown', '3/7': 'destination host unknown',
  '3/8': 'source host isolated', '3/9': 'network administratively prohibited', '3/10': 'host administratively prohibited',
  '3/11': 'network unreachable for TOS', '3/12': 'host unreachable for TOS', '3/13': 'communication administratively prohibited',
  '3/14': 'host precedence violation', '3/15': 'precedence cutoff', '4/0': 'source quench', '5/0': 'redirect for network', '5/1': 'redirect for host',
  '11/0': 'time to live exceeded', '11/1': 'fragment reassembly time exceeded', '12/0': 'parameter problem',
};
const V6: Readonly<Record<string, string>> = {
  '1/0': 'no route to destination', '1/1': 'communication administratively prohibited', '1/2': 'beyond scope of source address',
  '1/3': 'address unreachable', '1/4': 'port unreachable', '1/5': 'source address failed ingress/egress policy',
  '1/6': 'reject route to destination', '2/0': 'packet too big', '3/0': 'hop limit exceeded', '3/1': 'fragment reassembly time exceeded',
  '4/0': 'erroneous header field', '4/1': 'unrecognized next header', '4/2': 'unrecognized IPv6 option', '137/0': 'redirect',
};

export function icmpName(version: 4 | 6, type: number, code: number): string {
  return (version === 4 ? V4 : V6)[`${type}/${code}`] ?? `type ${type} code ${code}`;
}

/** Destination unreachable, other than fragmentation needed / packet too big: the packet quoted did not get there. */
export function saysUnreachable(version: 4 | 6, type: number, code: number): boolean {
  return version === 4 ? type === 3 && code !== 4 : type === 1;
}
