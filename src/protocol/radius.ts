/** RADIUS (RFC 2865 3): code, identifier, length of the datagram, authenticator. The header is weak: the usual ports have to support it. */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { uint16 } from './wire-integer.js';
import { utf8Text } from './wire-text.js';

const PORTS = [1812, 1813, 1645, 1646];
const HEADER = 20;
const USER_NAME = 1;
const ATTRIBUTES_MAXIMUM = 64;
const ACCESS_REQUEST = 1;
const ACCESS_ACCEPT = 2;
const ACCESS_REJECT = 3;
const CODES: ReadonlyMap<number, string> = new Map([
  [ACCESS_REQUEST, 'Access-Request'], [ACCESS_ACCEPT, 'Access-Accept'], [ACCESS_REJECT, 'Access-Reject'], [4, 'Accounting-Request'],
  [5, 'Accounting-Response'], [11, 'Access-Challenge'],
]);

export const radius: Recogniser = {
  protocol: 'radius',
  transport: 'udp',
  ports: PORTS,
  recognise(bytes, start, limit, { senderPort, receiverPort }) {
    if (!PORTS.includes(senderPort) && !PORTS.includes(receiverPort)) return Recognition.no;
    const code = bytes[start]!;
    if (!CODES.has(code)) return Recognition.no;
    if (limit - start < HEADER) return Recognition.more;
    const length = uint16(bytes, start + 2);
    if (length < HEADER || length > limit - start) return Recognition.no;
    return code === ACCESS_REQUEST || code === 4 ? Recognition.client : Recognition.server;
  },
  analyse(context) {
    let user = '';
    return {
      data(_role, bytes, start, limit, at) {
        const code = bytes[start]!;
        for (let attribute = start + HEADER, count = 0; attribute + 2 <= limit && count < ATTRIBUTES_MAXIMUM; count++) {
          const length = bytes[attribute + 1]!;
          if (length < 2 || attribute + length > limit) break;
          if (bytes[attribute] === USER_NAME && code === ACCESS_REQUEST) user = utf8Text(bytes, attribute + 2, attribute + length);
          attribute += length;
        }
        if (user !== '') context.fact('user', user);
        context.fact('message', CODES.get(code) ?? code);
        if (code === ACCESS_REJECT) context.failure({ protocol: 'radius', kind: 'authentication', code: 'Access-Reject', target: user }, at);
        return true;
      },
    };
  },
};
