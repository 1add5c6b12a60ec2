/** Syslog (RFC 5424 6.2.1, RFC 3164 4.1.1): a priority of 0–191 in angle brackets, then text. Elsewhere than on 514 version 1 must follow. */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';

const PORT = 514;
const PRIORITY_MAXIMUM = 191;
const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];

/** The priority, and where the text behind its brackets begins. */
function priority(bytes: Uint8Array, start: number, limit: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = start + 1; at < limit && at < start + 5; at++) {
    if (bytes[at] === 0x3e) return at > start + 1 && value <= PRIORITY_MAXIMUM ? { value, end: at + 1 } : undefined;
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return undefined;
}

export const syslog: Recogniser = {
  protocol: 'syslog',
  transport: 'both',
  ports: [PORT],
  recognise(bytes, start, limit, { senderPort, receiverPort }) {
    if (bytes[start] !== 0x3c) return Recognition.no;
    if (limit - start < 8) return Recognition.more;
    const found = priority(bytes, start, limit);
    if (found === undefined) return Recognition.no;
    const isVersion1 = bytes[found.end] === 0x31 && bytes[found.end + 1] === 0x20;
    return isVersion1 || receiverPort === PORT || senderPort === PORT ? Recognition.client : Recognition.no;
  },
  analyse: (context) => ({
    data(_role, bytes, start, limit) {
      const found = bytes[start] === 0x3c ? priority(bytes, start, limit) : undefined;
      if (found !== undefined) context.fact('severity', SEVERITIES[found.value & 7]!);
      return false;
    },
  }),
};
