/** SNMP (RFC 3416, RFC 3412): SEQUENCE, version 0, 1 or 3, then a community string or, for version 3, a SEQUENCE. */
import { BerCursor } from './ber.js';
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const VERSIONS: ReadonlyMap<number, string> = new Map([[0, '1'], [1, '2c'], [3, '3']]);
const RESPONSE = 0xa2;
const TRAPS: ReadonlySet<number> = new Set([0xa4, 0xa6, 0xa7]);
const cursor = new BerCursor();

export const snmp: Recogniser = {
  protocol: 'snmp',
  transport: 'udp',
  ports: [161, 162],
  recognise(bytes, start, limit) {
    if (bytes[start] !== SEQUENCE) return Recognition.no;
    if (limit - start < 10) return Recognition.more;
    if (!cursor.enter(bytes, start, limit, SEQUENCE)) return Recognition.no;
    const end = cursor.limit;
    if (!cursor.enter(bytes, cursor.start, end, INTEGER) || cursor.length !== 1 || !VERSIONS.has(cursor.integer())) return Recognition.no;
    const version = cursor.integer();
    const communityAt = cursor.limit;
    if (version === 3) return cursor.enter(bytes, communityAt, end, SEQUENCE) ? Recognition.either : Recognition.no;
    if (!cursor.enter(bytes, communityAt, end, OCTET_STRING) || !cursor.header(bytes, cursor.limit, end)) return Recognition.no;
    const operation = cursor.tag;
    if (operation === RESPONSE) return Recognition.server;
    return operation >= 0xa0 && operation <= 0xa8 ? Recognition.client : Recognition.no;
  },
  analyse: (context) => ({
    data(role, bytes, start, limit) {
      if (!cursor.enter(bytes, start, limit, SEQUENCE)) return true;
      const end = cursor.limit;
      if (!cursor.enter(bytes, cursor.start, end, INTEGER)) return true;
      context.fact('version', VERSIONS.get(cursor.integer()) ?? cursor.integer());
      if (cursor.read(bytes, cursor.limit, end) && cursor.header(bytes, cursor.limit, end) && TRAPS.has(cursor.tag)) context.fact('trap', true);
      return role === 'client';
    },
  }),
};
