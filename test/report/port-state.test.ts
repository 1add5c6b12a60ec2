import { describe, expect, it } from 'vitest';
import { portState } from '../../src/report/port-state.js';
import type { Outcome } from '../../src/flow/flow.js';
import { flow } from '../analysis/evidence-builder.js';

describe('the words of PortQry', () => {
  it.each<[Outcome, string | null]>([
    ['accepted', 'LISTENING'], ['half-open', 'LISTENING'], ['stalled', 'LISTENING'], ['reset-early', 'LISTENING'], ['refused', 'NOT LISTENING'], ['no-answer', 'FILTERED'],
  ])('TCP %s: %s', (outcome, word) => {
    expect(portState(flow({ port: 445, outcome }))).toBe(word);
  });
  it.each<[4 | 6, number, number, string]>([[4, 3, 3, 'NOT LISTENING'], [4, 3, 13, 'FILTERED'], [6, 1, 4, 'NOT LISTENING'], [6, 1, 1, 'FILTERED']])('ICMPv%i %i/%i: %s', (version, type, code, word) => {
    expect(portState(flow({ port: 53, transport: 'udp', outcome: 'rejected', icmp: { type, code, from: '10.0.0.1', version } }))).toBe(word);
  });
  it('UDP without an answer may be either; what was under way only speaks when both sides do', () => {
    expect(portState(flow({ port: 53, transport: 'udp', outcome: 'one-way' }))).toBe('LISTENING or FILTERED');
    expect(portState({ ...flow({ port: 445, outcome: 'midstream' }), packets: { client: 3, server: 0 } })).toBeNull();
    expect(portState({ ...flow({ port: 445, outcome: 'midstream' }), packets: { client: 3, server: 2 } })).toBe('LISTENING');
  });
});
