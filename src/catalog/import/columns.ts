/** What the columns of a vendor's table mean, by their headings. */
export type Column = 'ports' | 'tcp-ports' | 'udp-ports' | 'protocol' | 'transport' | 'source' | 'target' | 'ends' | 'purpose' | 'configurable' | 'direction' | 'condition';

/** The first that fits decides: "Where to change port settings" is no column of ports. */
const meanings: readonly (readonly [Column, RegExp])[] = [
  ['configurable', /where|change|configur|modif|setting|customi[sz]/],
  ['transport', /^(transport|tcp\s*\/\s*udp|tcp or udp|ip protocol|network protocol|transport protocol|layer 4.*)$/],
  ['tcp-ports', /^tcp(\s+ports?.*)?$/],
  ['udp-ports', /^udp(\s+ports?.*)?$/],
  ['source', /\b(source|sources|from|client|initiator|originator)\b(?!.*\bports?\b)/],
  ['target', /\b(target|targets|to|destination|destinations|listener|remote)\b(?!.*\bports?\b)/],
  ['ports', /\bports?\b/],
  ['direction', /\b(direction|inbound|outbound)\b/],
  ['ends', /^(connect|connection|connections|communication.*|comminication.*|between|path|traffic)$/],
  ['protocol', /\bprotocols?\b|^service( name)?$|^application( protocol)?$/],
  ['condition', /\b(condition|when|required|optional)\b/],
  ['purpose', /purpose|detail|description|comment|note|usage|used (for|by)|function|reason|remark|feature|component|service/],
];

/** One for each heading; undefined where it is not understood. A meaning is given once, to the first that has it. */
export function columnsOf(header: readonly string[]): (Column | undefined)[] {
  const taken = new Set<Column>();
  return header.map((heading) => {
    const text = heading.toLowerCase().replace(/\(s\)/g, '').replace(/\s+/g, ' ').trim();
    const found = meanings.find(([column, pattern]) => pattern.test(text) && !taken.has(column))?.[0];
    if (found !== undefined) taken.add(found);
    return found;
  });
}

/** True: a column of ports, and another one. */
export function isHeader(header: readonly string[]): boolean {
  const columns = columnsOf(header);
  return header.length >= 2 && header.every((cell) => cell.length <= 60 && !/^\d+$/.test(cell)) && columns.some((column) => column === 'ports' || column === 'tcp-ports' || column === 'udp-ports') && columns.filter((column) => column !== undefined).length >= 2;
}
