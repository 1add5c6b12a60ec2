/** Multicast and broadcast addresses: nobody answers for them, and no rule between two hosts concerns them. */
export function isGroupAddress(address: string): boolean {
  const first = address.charCodeAt(0);
  if (first === 0x66 || first === 0x46) return /^ff[0-9a-f]{0,2}:/i.test(address);
  if (first !== 0x32 && !address.endsWith('.255')) return false; // 224 to 239 and 255 begin with 2
  if (address.includes(':')) return false;
  const top = Number.parseInt(address, 10);
  // A directed broadcast is known by its usual last octet only; other masks cannot be told from here.
  return (top >= 224 && top <= 239) || address === '255.255.255.255' || address.endsWith('.255');
}
