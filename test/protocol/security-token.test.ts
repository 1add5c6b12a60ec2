import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnalysisContext } from '../../src/protocol/recogniser.js';
import { readNtlm } from '../../src/protocol/ntlmssp.js';
import { tellSecurityToken } from '../../src/protocol/security-token.js';

const NTLMSSP = 'NTLMSSP\0';
const AP_REQUEST = '\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\0';
const TOKEN_MAXIMUM = 4096;

const nobody = { address: 0, port: 0 };
const at = { capture: 0, frame: 1, seconds: 0, nanoseconds: 0 };

/** What is told of authentication in the token. */
function told(bytes: Uint8Array, start: number, limit: number): { facts: unknown[]; type: number | undefined } {
  const facts: unknown[] = [];
  const context: AnalysisContext = {
    transport: 'tcp', client: nobody, server: nobody, protocol: () => undefined, failure: () => undefined, malformed: () => undefined,
    fact: (name, value) => { if (name === 'authentication') facts.push(value); },
    events: { hostName: () => undefined, hostStatement: () => undefined, ticketUse: () => undefined } as unknown as AnalysisContext['events'],
  };
  return { facts, type: tellSecurityToken(context, bytes, start, limit, at)?.type };
}

it('the first signature that is whole is found, wherever it is', () => {
  const part = fc.oneof(
    fc.constantFrom(NTLMSSP, `${NTLMSSP}\x01\0\0\0`, AP_REQUEST, NTLMSSP.slice(0, 7), NTLMSSP.slice(2), AP_REQUEST.slice(0, 10), AP_REQUEST.slice(3), 'S', 'NN', '\x2a', '\x86', '\x02', '\0\0\0'),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 12 }),
  );
  fc.assert(fc.property(fc.nat(9), fc.constantFrom(0, 0, 0, 4080, 4086, 4090), fc.array(part, { maxLength: 8 }), (start, distance, parts) => {
    const text = '.'.repeat(distance) + parts.join('');
    const bytes = Uint8Array.from('N'.repeat(start) + text + NTLMSSP, (one) => one.charCodeAt(0));
    const limit = start + text.length;
    const seen = text.slice(0, TOKEN_MAXIMUM);
    const [ntlm, kerberos] = [seen.indexOf(NTLMSSP), seen.indexOf(AP_REQUEST)];
    const message = ntlm >= 0 && (kerberos < 0 || ntlm < kerberos) ? readNtlm(bytes, start + ntlm, limit) : undefined;
    const expected = message !== undefined ? { facts: ['ntlm'], type: message.type } : { facts: kerberos >= 0 && (ntlm < 0 || kerberos < ntlm) ? ['kerberos'] : [], type: undefined };
    expect(told(bytes, start, limit)).toEqual(expected);
  }), { numRuns: 3000 });
});
