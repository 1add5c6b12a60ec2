/**
 * Ports on which servers listen, for flows whose beginning was not captured and whose payload tells nothing. Small on
 * purpose: a port is the weakest of all proofs. 49152 and above never stand here: clients use them as well.
 */
const WELL_KNOWN = [
  20, 21, 22, 23, 25, 42, 53, 67, 69, 80, 88, 110, 111, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 427, 443, 445, 464, 500,
  514, 515, 547, 548, 554, 587, 593, 623, 631, 636, 647, 902, 989, 990, 993, 995, 1025, 1194, 1270, 1433, 1434, 1494, 1521, 1645, 1646, 1688,
  1701, 1723, 1801, 1812, 1813, 1900, 2049, 2101, 2103, 2105, 2179, 2525, 2701, 2869, 3128, 3205, 3260, 3268, 3269, 3306, 3343, 3389, 3391,
  3478, 3544, 3702, 4011, 4500, 4789, 5022, 5060, 5061, 5353, 5355, 5357, 5358, 5432, 5445, 5504, 5671, 5672, 5718, 5719, 5722, 5723, 5724,
  5900, 5985, 5986, 6081, 6379, 6516, 6600, 6640, 7680, 8000, 8005, 8008, 8080, 8100, 8101, 8102, 8103, 8443, 8530, 8531, 8888, 9100, 9200, 9389,
  9443, 10123, 11211, 24158, 27017, 47001,
];

/** A byte for each port: 1 for those of the list. */
export const listed = new Uint8Array(65_536);
for (const port of WELL_KNOWN) listed[port] = 1;

/** 1 when `port` is one of the list, else 0. */
export function isServerPort(port: number): number {
  return listed[port]!;
}
