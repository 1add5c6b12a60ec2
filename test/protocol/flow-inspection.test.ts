import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side } from '../../src/flow/inspection.js';
import type { MalformedMessage } from '../../src/protocol/events.js';
import { ProtocolInspector } from '../../src/protocol/flow-inspection.js';
import { Recognition } from '../../src/protocol/recogniser.js';
import type { Recogniser } from '../../src/protocol/recogniser.js';
import { recordingEvents } from './capture-driver.js';
import { goldenFlows } from './golden-flows.js';
import type { GoldenFlow } from './golden-flows.js';
import { cut, identityOf, inspect, piecesOf } from './inspect-pieces.js';
import type { Piece } from './inspect-pieces.js';

function hostsOf(events: ReturnType<typeof recordingEvents>): unknown[] {
  return [...new Set(events.names.map(({ name, from }) => `${from} ${name}`))];
}

function expectGolden(flow: GoldenFlow, result: ReturnType<typeof inspect>): void {
  expect(result.application).toEqual(flow.application);
  expect(result.failures).toEqual(flow.failures.map((one) => ({ ...one, capture: undefined })));
  expect(hostsOf(result.events)).toEqual(flow.hosts.map(({ name, from }) => `${from} ${name}`));
  expect(result.malformed).toBe(0);
}

describe.each(goldenFlows)('$name', (flow) => {
  const pieces = piecesOf(flow);
  const identity = identityOf(flow);
  const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);

  it('is read as it is', () => {
    expectGolden(flow, inspect(identity, pieces));
  });

  it('says who is the server', () => {
    const { server } = inspect(identityOf(flow, { likelyServer: 0, byHandshake: false }), pieces);
    // Both ends of SSH say the same, and bytes that nobody published say nothing.
    expect(server).toBe(['ssh', 'cluster', 'live-migration'].includes(flow.application.protocol) ? undefined : 1);
  });

  it('is the same protocol on any port, where the bytes are proof enough', () => {
    const leaningOnPorts = ['ntp', 'cluster', 'live-migration', 'DNS over TCP'];
    const isLeaning = leaningOnPorts.includes(flow.application.protocol) || leaningOnPorts.includes(flow.name);
    const { application } = inspect(identityOf({ ...flow, clientPort: 50_001, serverPort: 50_002 }), pieces);
    expect(application?.protocol).toBe(isLeaning ? undefined : flow.application.protocol);
  });

  it.skipIf(flow.transport === 'udp')('gives the same facts byte by byte and however it is cut', () => {
    expectGolden(flow, inspect(identity, cut(pieces, new Set(Array.from({ length: total }, (_, index) => index)))));
    fc.assert(fc.property(fc.uniqueArray(fc.nat(total), { maxLength: 24 }), (places) => {
      expectGolden(flow, inspect(identity, cut(pieces, new Set(places))));
    }), { numRuns: 60 });
  });

  it.skipIf(flow.transport === 'udp')('is the same protocol where only the beginning of each packet was captured', () => {
    for (const captured of [68, 96, 128, 256]) {
      const inspector = new ProtocolInspector(recordingEvents());
      const inspection = inspector.begin(identity);
      let wanted = true;
      for (const { side, bytes, frame } of pieces) {
        const kept = Math.min(captured, bytes.length);
        if (wanted) wanted = inspection.payload(side, bytes, 0, kept, { capture: 0, frame, seconds: 0, nanoseconds: 0 });
        if (wanted && kept < bytes.length) wanted = inspection.gap(side);
      }
      if (wanted) inspection.end();
      expect(inspection.application?.protocol).toBe(flow.application.protocol);
      expect(inspector.malformed).toBe(0);
    }
  });

  it('never fails on a prefix, nor on the half of one side', () => {
    for (let length = 0; length < total; length += length < 400 ? 1 : 37) {
      let left = length;
      const prefix = pieces.map((piece) => {
        const bytes = piece.bytes.slice(0, left);
        left -= bytes.length;
        return { ...piece, bytes };
      }).filter(({ bytes }) => bytes.length > 0);
      expect(inspect(identity, prefix).malformed).toBe(0);
    }
    for (const side of [0, 1]) expect(inspect(identity, pieces.filter((piece) => piece.side === side)).malformed).toBe(0);
  });

  it('never fails on changed bytes, and in bounded time', () => {
    const change = fc.record({ at: fc.nat(total - 1), value: fc.integer({ min: 0, max: 255 }) });
    const began = performance.now();
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const changed = pieces.map((piece) => ({ ...piece, bytes: piece.bytes.slice() }));
      for (const { at, value } of changes) {
        let place = at;
        for (const { bytes } of changed) {
          if (place < bytes.length) bytes[place] = value;
          if (place < bytes.length) break;
          place -= bytes.length;
        }
      }
      expect(inspect(identity, changed).malformed).toBe(0);
    }), { numRuns: 300 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const tcp = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 4711 });

describe('a flow', () => {
  it('that nobody recognises has no application', () => {
    const pieces: Piece[] = [{ side: 0, bytes: ascii('hello there'), frame: 1 }, { side: 1, bytes: ascii('and to you'), frame: 2 }];
    expect(inspect(tcp, pieces).application).toBeNull();
  });

  it('is given up when one side talks on and on', () => {
    const inspection = new ProtocolInspector(recordingEvents()).begin(tcp);
    const at = { capture: 0, frame: 1, seconds: 0, nanoseconds: 0 };
    const answers = Array.from({ length: 6 }, () => inspection.payload(0, ascii('noise'), 0, 5, at));
    expect(answers).toEqual([true, true, true, false, false, false]);
  });

  it('is recognised by its answer alone', () => {
    const pieces: Piece[] = [{ side: 1, bytes: ascii('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'), frame: 1 }];
    expect(inspect(tcp, pieces).application).toMatchObject({ protocol: 'http', facts: { status: 404 } });
  });

  it('does not get another server than its handshake named', () => {
    const pieces: Piece[] = [{ side: 1, bytes: ascii('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), frame: 1 }];
    expect(inspect(tcp, pieces)).toMatchObject({ server: 1, application: { facts: { host: 'a' } } });
    expect(inspect({ ...tcp, byHandshake: false }, pieces).server).toBe(0);
  });

  it('captured from its middle is recognised where a message begins', () => {
    const pieces: Piece[] = [
      { side: 1, bytes: ascii('the rest of some body'), frame: 1 },
      { side: 1, bytes: ascii('and more of it'), frame: 2 },
      { side: 0, bytes: ascii('GET /next HTTP/1.1\r\n\r\n'), frame: 3 },
    ];
    expect(inspect({ ...tcp, byHandshake: false }, pieces).application).toMatchObject({ protocol: 'http', facts: { path: '/next' } });
  });

  it('whose analyzer fails is counted, and keeps what was known', () => {
    const failing: Recogniser = {
      protocol: 'failing', transport: 'tcp', ports: [], recognise: () => Recognition.client,
      analyse: (context) => ({ data() {
        context.fact('seen', true);
        throw new Error('on purpose');
      } }),
    };
    const told: MalformedMessage[] = [];
    const events = { ...recordingEvents(), malformedMessage: (event: MalformedMessage) => { told.push(event); } };
    const inspector = new ProtocolInspector(events, [failing]);
    const inspection = inspector.begin(tcp);
    expect(inspection.payload(0, ascii('x'), 0, 1, { capture: 0, frame: 7, seconds: 0, nanoseconds: 0 })).toBe(false);
    expect(inspector.malformed).toBe(1);
    expect(told).toMatchObject([{ protocol: 'failing', at: { frame: 7 } }]);
    expect(inspection.application).toEqual({ protocol: 'failing', confidence: 'payload', facts: { seen: true } });
  });

  it('of random bytes never fails', () => {
    fc.assert(fc.property(
      fc.array(fc.record({ side: fc.constantFrom<Side>(0, 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }) }), { maxLength: 6 }),
      fc.constantFrom(53, 88, 123, 135, 137, 138, 389, 443, 445, 464, 1434, 3389, 5353, 50_002), fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp'),
      (pieces, serverPort, transport) => {
        const identity = identityOf({ transport, clientPort: 50_000, serverPort });
        expect(inspect(identity, pieces.map((piece, index) => ({ ...piece, frame: index + 1 }))).malformed).toBe(0);
      },
    ), { numRuns: 3000 });
  });
});
