import { describe, expect, it } from 'vitest';
import { flowOf } from './flows-of.js';
import { Talk } from './talk.js';

const data = { length: 10 };

/** conn_state and history as Zeek's documentation of conn.log defines them. */
const SHAPES: readonly [state: string, history: string, talk: Talk][] = [
  ['S0', 'S', new Talk().client('S').wait(1).client('S', { seq: 1000 })],
  ['REJ', 'Sr', new Talk().client('S').server('RA', { seq: 0 })],
  ['S1', 'ShA', new Talk().handshake()],
  ['S1', 'ShADad', new Talk().handshake().client('PA', data).server('A').server('PA', data).client('A')],
  ['SF', 'ShADadFf', new Talk().handshake().client('PA', data).server('A').server('PA', data).client('FA').server('FA').client('A')],
  ['SF', 'ShAfFa', new Talk().handshake().server('FA').client('FA').server('A')],
  ['S2', 'ShAF', new Talk().handshake().client('FA')],
  ['S3', 'ShAf', new Talk().handshake().server('FA')],
  ['RSTO', 'ShAR', new Talk().handshake().client('R')],
  ['RSTO', 'ShADdR', new Talk().handshake().client('PA', data).server('PA', data).client('RA')],
  ['RSTR', 'ShAr', new Talk().handshake().server('R')],
  ['RSTOS0', 'SR', new Talk().client('S').client('R')],
  ['RSTRH', 'hr', new Talk().server('SA').server('R')],
  ['SH', 'SF', new Talk().client('S').client('F')],
  ['SHR', 'hf', new Talk().server('SA').server('FA')],
  ['OTH', 'Dd', new Talk().client('PA', { length: 10, ack: 500_000 }).server('PA', data)],
  ['OTH', 'Aa', new Talk().client('A', { ack: 500_000 }).server('A')],
];

describe('Zeek states and histories of TCP', () => {
  it.each(SHAPES)('%s %s', (state, history, talk) => {
    const flow = flowOf(talk.packets);
    expect([flow.state, flow.history]).toEqual([state, history]);
  });

  it('letters once a side, t on a logarithmic scale', () => {
    const talk = new Talk().handshake().client('PA', data);
    for (let i = 0; i < 12; i++) talk.client('PA', { length: 10, seq: 1001 });
    expect(flowOf(talk.packets).history).toBe('ShADTT'); // the 1st and the 10th
    talk.client('PA', data);
    expect(flowOf(talk.packets).history).toBe('ShADTT');
  });
  it('w for a window of zero', () => {
    expect(flowOf(new Talk().handshake().client('PA', data).server('A', { window: 0 }).packets).history).toBe('ShADaw');
  });
  it('q and i for flags that do not go together', () => {
    expect(flowOf(new Talk().client('SF').packets).history).toBe('SFQ');
    expect(flowOf(new Talk().handshake().client('FR').packets).history).toBe('ShAFRI');
  });
  it('keeps to its 18 letters', () => {
    const talk = new Talk();
    for (let i = 0; i < 40; i++) talk.client('S', { seq: 5000 + i }).server('SA', { seq: 9000 + i });
    expect(flowOf(talk.packets).history).toBe('Sh'.repeat(9));
  });
});

describe('Zeek states of UDP', () => {
  it.each([
    ['S0', 'D', new Talk().datagram('client', 4)],
    ['SF', 'Dd', new Talk().datagram('client', 4).datagram('server', 5)],
    ['SHR', 'd', new Talk({ serverPort: 53 }).datagram('server', 4)],
  ] as const)('%s %s', (state, history, talk) => {
    const flow = flowOf(talk.packets);
    expect([flow.state, flow.history]).toEqual([state, history]);
  });
});
