/** Canonical texts of addresses on the wire: dotted decimal, and RFC 5952 for IPv6. */

export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]!}.${bytes[at + 1]!}.${bytes[at + 2]!}.${bytes[at + 3]!}`;
}

export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((bytes[at + index]! << 8) | bytes[at + index + 1]!);
  let longest = 0;
  let longestAt = -1;
  for (let index = 0; index < 8; index++) {
    let run = 0;
    while (index + run < 8 && groups[index + run] === 0) run++;
    if (run > longest) {
      longest = run;
      longestAt = index;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952 4.2.2: one group of zeros is not shortened.
  if (longest < 2) return hex.join(':');
  return `${hex.slice(0, longestAt).join(':')}::${hex.slice(longestAt + longest).join(':')}`;
}
