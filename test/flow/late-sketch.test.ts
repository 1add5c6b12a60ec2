/** Sketches of flows that were healthy at first: what is repeated, windows that close, and what comes after a long silence. */
import { describe, expect, it } from 'vitest';
import { flowOf } from './flows-of.js';
import { Talk } from './talk.js';

const sketches = { sketches: true };
/** A request and its answer: the sketch of the handshake is closed by then. */
const healthy = (): Talk => new Talk().handshake().client('PA', { length: 50 }).server('PA', { length: 80 }).client('A');
const FIN_OR_RST = 0x05;

describe('late sketches', () => {
  it('are empty for what stays healthy', () => {
    expect(flowOf(healthy().client('PA', { length: 20 }).server('PA', { length: 20 }).packets, sketches).sketch).toEqual([]);
  });

  it('show what is repeated, and what the other side acknowledges meanwhile', () => {
    const talk = healthy().client('A', { length: 1400 });
    const { seq } = { seq: 1051 };
    talk.wait(0.3).client('A', { length: 1400, seq }).server('A', { ack: seq }).wait(1).client('A', { length: 1400, seq });
    const flow = flowOf(talk.packets, sketches);
    expect(flow.outcome).toBe('stalled');
    expect(flow.sketch.map(({ from, length, frame }) => [from, length, frame.frame])).toEqual([['client', 1400, 8], ['server', 0, 9], ['client', 1400, 10]]);
  });

  it('are closed by something new, from either side', () => {
    for (const who of ['client', 'server'] as const) {
      const talk = healthy().client('A', { length: 100 }).wait(0.3).client('A', { length: 100, seq: 1051 }).server('A', { ack: 1151 });
      expect(flowOf(talk[who]('PA', { length: 10 }).packets, sketches).sketch).toEqual([]);
    }
  });

  it('begin with the packet before a silence', () => {
    const talk = healthy().wait(60).client('PA', { length: 30 }).server('R');
    const { sketch, outcome } = flowOf(talk.packets, sketches);
    expect(outcome).toBe('accepted');
    expect(sketch.map(({ frame, ttl, flags }) => [frame.frame, ttl > 0, flags & FIN_OR_RST])).toEqual([[6, false, 0], [7, true, 0], [8, true, 4]]);
    expect(sketch[1]!.time.seconds - sketch[0]!.time.seconds).toBe(60);
  });

  it('do not begin with a pause below half a minute', () => {
    expect(flowOf(healthy().wait(29).client('PA', { length: 30 }).packets, sketches).sketch).toEqual([]);
  });

  it('show a closed window', () => {
    const talk = healthy().client('A', { length: 500 }).server('A', { window: 0 });
    for (let probe = 0; probe < 4; probe++) talk.wait(2).client('A', { seq: 1550 }).server('A', { window: 0 });
    expect(flowOf(talk.packets, sketches).sketch.filter(({ window, from }) => window === 0 && from === 'server')).toHaveLength(5);
  });
});

describe('payload that was lost on the network', () => {
  it('is what the receiver goes on asking for', () => {
    const talk = healthy().client('PA', { length: 20 }).server('PA', { seq: 500_081 + 2800, length: 200 }).client('A', { ack: 500_081 });
    expect(flowOf(talk.packets, sketches)).toMatchObject({ outcome: 'accepted', unseen: { client: 0, server: 2800 } });
  });

  it('is nothing where the receiver acknowledges what was not captured', () => {
    const talk = healthy().client('PA', { length: 20 }).server('PA', { seq: 500_081 + 2800, length: 200 }).client('A', { ack: 500_081 + 3000 });
    expect(flowOf(talk.packets, sketches).unseen).toEqual({ client: 0, server: 0 });
  });

  it('is nothing where the end was merely not acknowledged', () => {
    expect(flowOf(healthy().server('PA', { length: 1400 }).server('FA').packets, sketches).unseen).toEqual({ client: 0, server: 0 });
  });
});
