/**
 * SQL Server Resolution Protocol ([MC-SQLR] 2.2) on UDP 1434: which port an instance listens on. Proof: an answer `05`, its length, and
 * text that begins with `ServerName;`; a question is a byte or a name and so weak that the port has to support it.
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint16Le } from '../wire-integer.js';
import { beginsWith, indexOfByte } from '../wire-text.js';

const BROADCAST = 0x02;
const UNICAST = 0x03;
const INSTANCE = 0x04;
const RESPONSE = 0x05;
const ADMINISTRATOR = 0x0f;
const HEADER = 3;
const PORT = 1434;
const TEXT_MAXIMUM = 8192;

export const sqlBrowser: Recogniser = {
  protocol: 'sql-browser',
  transport: 'udp',
  ports: [PORT],
  recognise(bytes, start, limit, hint) {
    const type = bytes[start]!;
    const length = limit - start;
    if (type === RESPONSE) {
      if (length <= HEADER) return Recognition.more;
      return uint16Le(bytes, start + 1) === length - HEADER && beginsWith(bytes, start + HEADER, limit, 'ServerName;') === true
        ? Recognition.server : Recognition.no;
    }
    if (hint.receiverPort !== PORT) return Recognition.no;
    if (type === BROADCAST || type === UNICAST) return length === 1 ? Recognition.client : Recognition.no;
    if (type === INSTANCE) return length > 1 && length <= 34 ? Recognition.client : Recognition.no;
    return type === ADMINISTRATOR && length > 2 ? Recognition.client : Recognition.no;
  },
  analyse: (context) => ({
    data(role, bytes, start, limit) {
      if (role === 'client') {
        if (bytes[start] !== INSTANCE) return true;
        const zero = indexOfByte(bytes, 0, start + 1, limit);
        context.fact('asked', text(bytes, start + 1, zero < 0 ? limit : zero));
        return true;
      }
      const fields = text(bytes, start + HEADER, Math.min(limit, start + TEXT_MAXIMUM)).split(';');
      const instances: string[] = [];
      let instance = '';
      for (let index = 0; index + 1 < fields.length; index++) {
        if (fields[index] === 'InstanceName') instance = fields[index + 1]!;
        if (fields[index] === 'tcp') instances.push(`${instance}:${fields[index + 1]!}`);
      }
      if (instances.length > 0) context.fact('instances', instances);
      return false;
    },
  }),
};

function text(bytes: Uint8Array, start: number, limit: number): string {
  let all = '';
  for (let at = start; at < limit; at++) all += String.fromCharCode(bytes[at]!);
  return all;
}
