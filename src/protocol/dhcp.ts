/** DHCP (RFC 2131 2): op, hardware type 1 with addresses of 6 bytes, and the magic cookie at 236, behind which the options are. */
import { ipv4Text } from '../decode/address-text.js';
import { Recognition } from './recogniser.js';
import type { RecogniseHint, Recogniser } from './recogniser.js';
import { uint32 } from './wire-integer.js';
import { latinText } from './wire-text.js';

const CLIENT_ADDRESS = 12;
const YOUR_ADDRESS = 16;
const COOKIE = 236;
const MAGIC = 0x63825363;
const OPTIONS = COOKIE + 4;
const REQUEST = 1;
const REPLY = 2;
const OPTIONS_MAXIMUM = 64;
const PADDING = 0;
const HOST_NAME = 12;
const MESSAGE_TYPE = 53;
const END = 255;
const MESSAGES_MAXIMUM = 32;

const TYPES = ['', 'discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'];
/** Where the four addresses begin: enough of a head to judge. */
const ADDRESSES = 12;
const NAK = 6;
const ACK = 5;

/** A capture of short pieces of packets never shows the cookie: there the two ports together support the head of the message. */
function isBetweenPorts({ senderPort, receiverPort }: RecogniseHint): boolean {
  return (senderPort === 67 || senderPort === 68) && (receiverPort === 67 || receiverPort === 68);
}

/** Ethernet's type, an address that fits its field, few relays, flags with nothing but the broadcast bit. */
function isPlausibleHead(bytes: Uint8Array, start: number): boolean {
  return bytes[start + 1] === 1 && bytes[start + 2]! <= 16 && bytes[start + 3]! <= 16 && (bytes[start + 10]! & 0x7f) === 0 && bytes[start + 11] === 0;
}

export const dhcp: Recogniser = {
  protocol: 'dhcp',
  transport: 'udp',
  ports: [67, 68, 4011],
  recognise(bytes, start, limit, hint) {
    const op = bytes[start]!;
    if (op !== REQUEST && op !== REPLY) return Recognition.no;
    if (limit - start < OPTIONS) {
      if (!isBetweenPorts(hint) || limit - start < ADDRESSES) return Recognition.more;
      if (!isPlausibleHead(bytes, start)) return Recognition.no;
    } else if (uint32(bytes, start + COOKIE) !== MAGIC) return Recognition.no;
    return op === REQUEST ? Recognition.client : Recognition.server;
  },
  analyse(context) {
    let messages = 0;
    let hostName = '';
    return {
      data(role, bytes, start, limit, at) {
        let type = 0;
        for (let option = start + OPTIONS, count = 0; option < limit && bytes[option] !== END && count < OPTIONS_MAXIMUM; count++) {
          if (bytes[option] === PADDING) {
            option++;
            continue;
          }
          const value = option + 2;
          const end = value + bytes[option + 1]!;
          if (end > limit) break;
          if (bytes[option] === MESSAGE_TYPE) type = bytes[value]!;
          if (bytes[option] === HOST_NAME && role === 'client') hostName = latinText(bytes, value, end);
          option = end;
        }
        context.fact('message', TYPES[type] || type);
        if (hostName !== '') context.fact('hostName', hostName);
        if (type === NAK) context.failure({ protocol: 'dhcp', kind: 'refused', code: 'DHCPNAK', target: hostName }, at);
        const address = type === ACK ? YOUR_ADDRESS : CLIENT_ADDRESS;
        if (uint32(bytes, start + address) !== 0) context.fact('address', ipv4Text(uint32(bytes, start + address)));
        return ++messages < MESSAGES_MAXIMUM;
      },
    };
  },
};

/** DHCPv6 (RFC 8415 8): a message type of 1–13 and a transaction id; the ports have to say the rest. */
export const dhcp6: Recogniser = {
  protocol: 'dhcpv6',
  transport: 'udp',
  ports: [546, 547],
  recognise(bytes, start, limit, { senderPort, receiverPort }) {
    if (receiverPort !== 547 && receiverPort !== 546 && senderPort !== 547) return Recognition.no;
    if (limit - start < 4) return Recognition.more;
    const type = bytes[start]!;
    if (type === 0 || type > 13) return Recognition.no;
    return receiverPort === 547 && type !== 12 && type !== 13 ? Recognition.client : Recognition.either;
  },
  analyse: (context) => ({
    data(_role, bytes, start, limit) {
      if (limit > start) context.fact('message', bytes[start]!);
      return false;
    },
  }),
};
