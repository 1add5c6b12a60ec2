/** The first look at a flow against asking every recogniser in turn: the same answer whatever the bytes, their number and the ports. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolGlance } from '../../src/protocol/protocol-glance.js';
import { Recognition } from '../../src/protocol/recogniser.js';
import type { Recogniser } from '../../src/protocol/recogniser.js';
import { allRecognisers } from '../../src/protocol/registry.js';
import { goldenFlows } from './golden-flows.js';
import { piecesOf } from './inspect-pieces.js';

const overTcp = allRecognisers.filter(({ transport }) => transport !== 'udp');
const usualPorts = [...new Set(overTcp.flatMap(({ ports }) => ports))];

/** Those who are at home on one of the ports, and those whose protocol can begin with this byte wherever it is. */
function isRecognised(bytes: Uint8Array, senderPort: number, receiverPort: number): boolean {
  if (bytes.length === 0) return true;
  const anywhere = (one: Recogniser) => one.recognise(bytes.slice(0, 1), 0, 1, { senderPort: 0, receiverPort: 0 }) !== Recognition.no;
  return overTcp.some((one) => (one.ports.includes(senderPort) || one.ports.includes(receiverPort) || anywhere(one))
    && one.recognise(bytes, 0, bytes.length, { senderPort, receiverPort }) !== Recognition.no);
}

const port = fc.oneof(fc.constantFrom(...usualPorts), fc.integer({ min: 0, max: 65_535 }));
const byte = fc.integer({ min: 0, max: 255 });
/** What heads of messages are made of, in any order. */
const headByte = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5, 8, 10, 11, 12, 16, 18, 20, 21, 22, 23, 32, 48, 64, 72, 96, 100, 106, 108, 110, 125, 126, 128, 129, 130, 131, 132, 133, 160, 161, 252, 253, 254, 255, 0x53, 0x4d, 0x42);
const random = fc.uint8Array({ maxLength: 40 });
const heads = fc.array(headByte, { maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
const texts = fc.tuple(fc.constantFrom('GET /', 'POST /wsman HTTP/1.1', '\r\n\nGET ', 'HTTP/1.1 200', 'ncacn_http/1.0', 'RFB 003.008\n', 'SSH-2.0-', 'MPA ID Req Frame', 'MPA ID Rep Frame', '\x10\0\x03\0LIOR', 'CONNECT a:1', 'PRI * HTTP/2.0'), fc.string({ maxLength: 8 }))
  .map(([head, rest]) => new TextEncoder().encode(head + rest));
const spoken = goldenFlows.filter(({ transport }) => transport === 'tcp').flatMap((flow) => piecesOf(flow).map(({ bytes }) => bytes.slice(0, 96)));
const damaged = fc.tuple(fc.constantFrom(...spoken), fc.array(fc.tuple(fc.nat(24), fc.oneof(byte, headByte)), { maxLength: 3 })).map(([bytes, changes]) => {
  const changed = bytes.slice();
  for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
  return changed;
});

describe('the first look', () => {
  it.each([
    ['random bytes', random, 3000], ['heads of messages in any order', heads, 6000], ['texts', texts, 1000], ['what was spoken, with bytes changed', damaged, 6000],
  ] as const)('says of %s what all recognisers say', (_name, content, numRuns) => {
    const glance = new ProtocolGlance();
    fc.assert(fc.property(content, port, port, fc.nat(7), (bytes, senderPort, receiverPort, start) => {
      // Elsewhere than at the beginning, with bytes behind that belong to somebody else.
      const packet = new Uint8Array(start + bytes.length + 8).fill(0xff);
      packet.set(bytes, start);
      for (let length = 0; length <= bytes.length; length++) {
        expect(glance.glance(packet, start, start + length, senderPort, receiverPort)).toBe(isRecognised(bytes.subarray(0, length), senderPort, receiverPort));
      }
    }), { numRuns });
    expect(glance.malformed).toBe(0);
  });

  it('says the same of a beginning whatever was asked before', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.array(headByte, { minLength: 4, maxLength: 12 }), port, port), { minLength: 1, maxLength: 40 }), (questions) => {
      const glance = new ProtocolGlance();
      const ask = () => questions.map(([bytes, senderPort, receiverPort]) => glance.glance(Uint8Array.from(bytes), 0, bytes.length, senderPort, receiverPort));
      const first = ask();
      expect(ask()).toEqual(first);
      expect(first).toEqual(questions.map(([bytes, senderPort, receiverPort]) => isRecognised(Uint8Array.from(bytes), senderPort, receiverPort)));
    }), { numRuns: 300 });
  });
});
