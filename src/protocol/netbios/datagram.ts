/**
 * NetBIOS datagram service (RFC 1002 4.4) on UDP 138: type 10–12 with source and destination names, 13 an error, 14–16 queries.
 * Proof: the encoded source name behind the header of 14 bytes.
 */
import { copyPosition } from '../byte-queue.js';
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { indexOfText, latinText } from '../wire-text.js';
import { decodeNetbiosName } from './name.js';

const SOURCE_NAME = 14;
const FIRST_TYPE = 0x10;
const LAST_TYPE = 0x12;
const MAILSLOT = '\\MAILSLOT\\';
const MAILSLOT_MAXIMUM = 40;

export const netbiosDatagram: Recogniser = {
  protocol: 'netbios-dgm',
  transport: 'udp',
  ports: [138],
  recognise(bytes, start, limit) {
    const type = bytes[start]!;
    if (type < FIRST_TYPE || type > LAST_TYPE) return Recognition.no;
    if (limit - start < SOURCE_NAME + 34) return Recognition.more;
    return decodeNetbiosName(bytes, start + SOURCE_NAME, limit) === undefined ? Recognition.no : Recognition.either;
  },
  analyse: (context) => ({
    data(role, bytes, start, limit, at) {
      const source = decodeNetbiosName(bytes, start + SOURCE_NAME, limit);
      const destination = decodeNetbiosName(bytes, start + SOURCE_NAME + 34, limit);
      if (source === undefined) return true;
      if (destination !== undefined) context.fact('destination', destination.name);
      const slot = indexOfText(bytes, MAILSLOT, start, limit);
      if (slot >= 0) {
        const text = latinText(bytes, slot, Math.min(limit, slot + MAILSLOT_MAXIMUM));
        const end = text.indexOf('\0');
        context.fact('mailslot', end < 0 ? text : text.slice(0, end));
      }
      if (source.suffix === 0x00 || source.suffix === 0x20) {
        const { address } = role === 'client' ? context.client : context.server;
        context.events.hostName({ address, name: source.name, from: 'netbios', at: copyPosition(at) });
      }
      return false;
    },
  }),
};
