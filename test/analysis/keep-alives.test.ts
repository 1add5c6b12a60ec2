/** Keep-alive probes in sketches made by hand: what a dead peer, a forgetful firewall and a living one look like, as Linux and as Windows probe. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { findDeadProbes } from '../../src/analysis/keep-alives.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { Flow } from '../../src/flow/flow.js';
import { evidence, flow } from './evidence-builder.js';

const RST = 0x04, ACK = 0x10;
type Row = Parameters<typeof flow>[0]['sketch'] extends readonly (infer One)[] | undefined ? One : never;

/** The packet before a silence, then the one after it. */
const quiet = (after: number, seconds: number, packet: Row, frame?: number): Row[] => [
  { flags: 0, ttl: 0, after, ...(frame === undefined ? {} : { frame: { capture: 0, frame } }) }, { flags: ACK, sequence: 999, acknowledgement: 500, after: after + seconds, ...packet },
];
const rst = (after: number, more: Row = {}): Row => ({ from: 'server', flags: RST, sequence: 500, after, ttl: 63, ...more });

function connection(rows: readonly Row[], more: Partial<Flow> = {}): Flow {
  const made = flow({ port: 1433, outcome: 'accepted', frame: 100, payload: { client: 50, server: 50 }, retransmissions: 0, sketch: rows });
  // The builder ends what was accepted with its SYN-ACK; a sketch that was opened by a silence has none.
  return { ...made, sketch: made.sketch.slice(0, -1), last: made.sketch.at(-2)!.frame, ...more };
}

describe('keep-alive probes', () => {
  it('answered by a RST of the host: it has no such connection any more', () => {
    expect(findDeadProbes(connection([...quiet(1, 7200, {}), rst(7201.01)]))).toMatchObject({ side: 'client', seconds: 7200, times: 1, reset: { from: 'server' } });
  });

  it('of Linux, 75 s apart, without an answer: each is the last packet before the next silence', () => {
    const rows = [...quiet(1, 7200, {}), ...quiet(7201, 75, {}, 101), ...quiet(7276, 75, {}, 103), ...quiet(7351, 75, {}, 105)];
    expect(findDeadProbes(connection(rows))).toMatchObject({ seconds: 7200, times: 4, reset: null });
  });

  it('that were answered are no trouble: another packet came before each silence', () => {
    const rows = [...quiet(1, 7200, {}, 90), ...quiet(7201, 7200, {}, 95), ...quiet(14_401, 7200, {}, 97)];
    expect(findDeadProbes(connection(rows, { last: { capture: 0, frame: 200 } }))).toBeNull();
  });

  it('of Windows, one byte and a second apart, and then its own RST', () => {
    const rows = [...quiet(1, 7200, { length: 1 }), ...Array.from({ length: 9 }, (_, i) => ({ flags: ACK, sequence: 999, acknowledgement: 500, length: 1, after: 7202 + i })), { flags: RST | ACK, sequence: 1000, after: 7212 }];
    const dead = connection(rows);
    expect(findDeadProbes(dead)).toMatchObject({ times: 10, reset: null, gaveUp: { flags: RST | ACK } });
    const { findings, problems } = analyze(evidence({ flows: [dead], end: 8000 }), { catalog: builtInCatalog() });
    expect(findings.filter(({ problem }) => problem !== null)).toMatchObject([{ code: 'connection-stalled', port: 1433 }]);
    expect(problems[0]!.why.join()).toMatch(/10 keep-alive probes .* get no answer, and it gives up/);
    expect(problems[0]!.ruledOut).toContain('data lost');
  });

  it('are not data that is repeated: that is a stall', () => {
    const rows = [...quiet(1, 40, { length: 1 }), ...[1, 2, 4].map((seconds) => ({ flags: ACK, sequence: 999, acknowledgement: 500, length: 1, after: 41 + seconds }))];
    expect(findDeadProbes(connection(rows, { retransmissions: 3 }))).toBeNull();
  });

  it('are not what looks into a closed window', () => {
    expect(findDeadProbes(connection([...quiet(1, 40, { window: 0 }), rst(41.01)]))).toBeNull();
  });

  it('before data that went through say nothing', () => {
    expect(findDeadProbes(connection([...quiet(1, 40, {}), { flags: ACK, length: 100, after: 42 }, rst(42.01)]))).toBeNull();
  });
});
