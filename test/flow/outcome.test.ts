import { describe, expect, it } from 'vitest';
import { flowOf } from './flows-of.js';
import { SERVER, Talk } from './talk.js';

const ROUTER = '10.0.0.254';

describe('outcome of TCP: first match wins', () => {
  const cases: readonly [string, string, Talk][] = [
    ['reset-early: the server resets once the client acknowledged', 'reset-early', new Talk().handshake().server('R')],
    ['reset-early: the server resets at the first data', 'reset-early', new Talk().handshake().client('PA', { length: 90 }).server('RA')],
    ['not reset-early: the server had said something', 'accepted', new Talk().handshake().client('PA', { length: 90 }).server('PA', { length: 30 }).server('RA')],
    ['not reset-early: the client resets', 'accepted', new Talk().handshake().client('R')],
    ['not reset-early: the client had not answered yet', 'accepted', new Talk().client('S').server('SA').server('R').client('A')],
    ['stalled: data repeated and not acknowledged to the end', 'stalled', new Talk().handshake().client('PA', { length: 90 }).client('PA', { length: 90, seq: 1001 }).client('PA', { length: 90, seq: 1001 })],
    ['stalled: also when the server repeats', 'stalled', new Talk().handshake().client('PA', { length: 9 }).server('PA', { length: 90 }).server('PA', { length: 90, seq: 500_001 })],
    ['not stalled: it was acknowledged in the end', 'accepted', new Talk().handshake().client('PA', { length: 90 }).client('PA', { length: 90, seq: 1001 }).server('A')],
    ['not stalled: unacknowledged but never repeated', 'accepted', new Talk().handshake().client('PA', { length: 90 })],
    ['not stalled: acknowledgements are not captured', 'accepted', new Talk().server('SA').server('PA', { length: 90 }).server('PA', { length: 90, seq: 500_001 })],
    ['half-open: SYN-ACK repeated, the ACK never comes', 'half-open', new Talk().client('S').server('SA').wait(1).server('SA', { seq: 500_000 }).client('S', { seq: 1000 })],
    ['not half-open: the ACK came at last', 'accepted', new Talk().client('S').server('SA').wait(1).server('SA', { seq: 500_000 }).client('A')],
    ['not half-open: nothing of the client is visible', 'accepted', new Talk().server('SA').wait(1).server('SA', { seq: 500_000 })],
    ['accepted: a SYN-ACK is enough', 'accepted', new Talk().client('S').server('SA')],
    ['accepted: SYN and later data of the server', 'accepted', new Talk().client('S').server('PA', { length: 40 })],
    ['midstream: of the server nothing was captured, so nothing proves that it accepted', 'midstream', new Talk().client('S').client('A', { ack: 500_001 }).client('PA', { length: 10, ack: 500_001 })],
    ['refused: a RST answers the SYN', 'refused', new Talk().client('S').server('RA', { seq: 0 })],
    ['refused: every attempt', 'refused', new Talk().client('S').server('RA', { seq: 0 }).wait(0.5).client('S', { seq: 1000 }).server('RA', { seq: 0 })],
    ['refused: a RST without ACK answers the SYN', 'refused', new Talk().client('S').server('R', { seq: 0 })],
    ['not refused: the RST acknowledges what was never sent', 'no-answer', new Talk().client('S').server('RA', { seq: 0, ack: 900_001 })],
    ['not refused: the RST acknowledges what was before the SYN', 'no-answer', new Talk().client('S').server('RA', { seq: 0, ack: 1000 })],
    ['refused: a lone RST+ACK', 'refused', new Talk().server('RA', { seq: 0, ack: 1001 })],
    ['refused before rejected', 'refused', new Talk().client('S').error(0, ROUTER, { type: 3, code: 1 }).server('RA', { seq: 0 })],
    ['rejected: port unreachable', 'rejected', new Talk().client('S').error(0, SERVER, { type: 3, code: 3 })],
    ['rejected: administratively prohibited', 'rejected', new Talk().client('S').error(0, ROUTER, { type: 3, code: 13 })],
    ['rejected: the unreachable error counts, not the one before it', 'rejected', new Talk().client('S').error(0, ROUTER, { type: 11, code: 0 }).client('S', { seq: 1000 }).error(0, ROUTER, { type: 3, code: 1 })],
    ['not rejected: fragmentation needed', 'no-answer', new Talk().client('S').error(0, ROUTER, { type: 3, code: 4 })],
    ['not rejected: time exceeded', 'no-answer', new Talk().client('S').error(0, ROUTER, { type: 11, code: 0 })],
    ['not rejected: a SYN-ACK came', 'accepted', new Talk().client('S').error(0, ROUTER, { type: 3, code: 1 }).client('S', { seq: 1000 }).server('SA')],
    ['not rejected: the error quotes data of an open connection', 'midstream', new Talk().client('PA', { length: 40, ack: 7 }).error(0, ROUTER, { type: 3, code: 1 }, 60)],
    ['no-answer: SYNs only', 'no-answer', new Talk().client('S').wait(1).client('S', { seq: 1000 }).wait(2).client('S', { seq: 1000 })],
    ['no-answer: given up with a RST', 'no-answer', new Talk().client('S').client('R')],
    ['midstream: data without a beginning', 'midstream', new Talk().client('PA', { length: 5, ack: 9 }).server('PA', { length: 5 })],
    ['midstream: a RST that answers no SYN', 'midstream', new Talk().client('PA', { length: 5, ack: 9 }).server('R')],
    ['midstream: a lone RST without ACK', 'midstream', new Talk().server('R', { seq: 0 })],
  ];
  it.each(cases)('%s', (_title, outcome, talk) => {
    expect(flowOf(talk.packets).outcome).toBe(outcome);
  });
});

describe('outcome over IPv6', () => {
  const ends = { client: 'fd00::1', server: 'fd00::2' };
  it.each([
    ['port unreachable', { type: 1, code: 4 }, 'rejected'],
    ['administratively prohibited', { type: 1, code: 1 }, 'rejected'],
    ['packet too big', { type: 2, code: 0 }, 'no-answer'],
    ['hop limit exceeded', { type: 3, code: 0 }, 'no-answer'],
  ])('%s', (_title, fields, outcome) => {
    expect(flowOf(new Talk(ends).client('S').error(0, 'fd00::ff', fields, 60).packets).outcome).toBe(outcome);
  });
});

describe('outcome of UDP', () => {
  const cases: readonly [string, string, Talk][] = [
    ['answered', 'answered', new Talk().datagram('client', 20).datagram('server', 30)],
    ['answered, even beside an error', 'answered', new Talk().datagram('client', 20).error(0, ROUTER, { type: 3, code: 3 }).datagram('client', 20).datagram('server', 30)],
    ['rejected', 'rejected', new Talk().datagram('client', 20).error(0, SERVER, { type: 3, code: 3 })],
    ['one-way', 'one-way', new Talk().datagram('client', 20).datagram('client', 21)],
    ['one-way, fragmentation needed says nothing', 'one-way', new Talk().datagram('client', 20).error(0, ROUTER, { type: 3, code: 4 })],
  ];
  it.each(cases)('%s', (_title, outcome, talk) => {
    expect(flowOf(talk.packets).outcome).toBe(outcome);
  });
});
