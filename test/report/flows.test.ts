import { describe, expect, it } from 'vitest';
import { CommunityIds } from '../../src/report/community-id.js';
import { csvCell, flowsCsv } from '../../src/report/flows-csv.js';
import { flowsJsonl, type FlowWriter } from '../../src/report/flows-jsonl.js';
import { flowsTable } from '../../src/report/flows-table.js';
import type { Flow } from '../../src/flow/flow.js';
import { flow } from '../analysis/evidence-builder.js';

function written(make: (write: (text: string) => void) => FlowWriter, flows: readonly Flow[]): string {
  let text = '';
  const writer = make((chunk) => { text += chunk; });
  for (const one of flows) writer.flow(one);
  writer.end();
  return text;
}

const decoder = new TextDecoder();
const jsonl = (write: (text: string) => void) => flowsJsonl((bytes) => { write(decoder.decode(bytes, { stream: true })); });

describe('Community ID', () => {
  const ids = new CommunityIds();
  // From the specification's baseline (community-id-spec, baseline/baseline_deflt.json).
  it.each([
    ['tcp', '128.232.110.120', 34855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['tcp', '66.35.250.204', 80, '128.232.110.120', 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['udp', '192.168.1.52', 54585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['udp', '8.8.8.8', 53, '192.168.1.52', 54585, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  ] as const)('%s %s:%i %s:%i', (transport, one, onePort, other, otherPort, id) => {
    expect(ids.of(transport, one, onePort, other, otherPort)).toBe(id);
  });

  it('is one for both directions over IPv6, whatever the zone', () => {
    expect(ids.of('tcp', 'fe80::1%3', 50_000, 'fd77:2::20', 445)).toBe(ids.of('tcp', 'fd77:2::20', 445, 'fe80::1', 50_000));
  });
});

describe('JSON lines', () => {
  it('have the fields of the interfaces, in one line each', () => {
    const one = flow({ port: 3389, outcome: 'rejected', icmp: { type: 3, code: 13, from: '10.77.1.1' }, application: { protocol: 'rdp', confidence: 'payload', facts: { user: 'a"\u0000b' } } });
    const lines = written(jsonl, [one, one]).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    const parsed = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual([
      'transport', 'client', 'server', 'orientation', 'encapsulation', 'start', 'end', 'first', 'last', 'packets', 'bytes', 'payload', 'duplicates', 'state', 'history', 'outcome', 'portState', 'synCount', 'handshakeMs',
      'retransmissions', 'icmp', 'dropped', 'process', 'translation', 'application', 'communityId',
    ]);
    expect(parsed).toMatchObject({ icmp: { type: 3, code: 13, from: '10.77.1.1' }, application: { protocol: 'rdp', facts: { user: 'a"\u0000b' } }, handshakeMs: null });
    expect(parsed['start']).toMatch(/^\d+\.\d{9}$/);
  });

  it('say null where the file has no time', () => {
    const none = { seconds: NaN, nanoseconds: 0 };
    expect(JSON.parse(written(jsonl, [{ ...flow({ port: 1, outcome: 'accepted' }), start: none, end: none }]))).toMatchObject({ start: null, end: null });
  });
});

describe('CSV', () => {
  it('quotes as RFC 4180 says and never starts a formula', () => {
    expect(csvCell('a"b,c')).toBe('"a""b,c"');
    expect(csvCell('=1+1')).toBe("'=1+1");
    expect(csvCell('+cmd|x')).toBe("'+cmd|x");
    expect(csvCell(-5)).toBe('-5');
    expect(csvCell(null)).toBe('');
  });

  it('has as many cells as its header', () => {
    const [header, row] = written(flowsCsv, [flow({ port: 53, transport: 'udp', outcome: 'one-way' })]).split('\r\n');
    expect(row!.split(',')).toHaveLength(header!.split(',').length);
  });
});

it('prints a table that nothing from the wire can break', () => {
  const text = written((write) => flowsTable(write), [flow({ port: 80, outcome: 'accepted', application: { protocol: 'x\u001b[2J', confidence: 'payload', facts: {} } })]);
  expect(text).toContain('x\\x1b[2J');
  expect(text).not.toContain('\u001b');
});

describe('a table on a terminal', () => {
  const long = { address: 'fd12:3456:789a:bcde:f012:3456:789a:bcde', port: 50_000 };
  const flows = [
    flow({ port: 445, outcome: 'reset-early', application: { protocol: 'smb with a very long name for a protocol', confidence: 'payload', facts: {} } }),
    { ...flow({ port: 135, outcome: 'accepted' }), client: { address: '255.255.255.255', port: 65_535 }, server: { address: '255.255.255.254', port: 65_534 } },
    { ...flow({ port: 80, outcome: 'stalled' }), client: long }, { ...flow({ port: 81, outcome: 'answered' }), client: long, server: long, orientation: 'symmetric' as const },
  ];
  it.each([60, 61, 72, 79, 80, 81, 99, 100, 120, 126, 127, 138, 139, 200])('of %i columns has no longer line, and shows both ends and the outcome of each flow', (width) => {
    const text = written((write) => flowsTable(write, { width }), flows);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    for (const one of flows) for (const word of [`${one.client.port}`, `${one.server.port}`, one.outcome]) expect(text).toContain(word);
    expect(text).toContain('[fd12:3456:789a:bcde:f012:3456:789a:bcde]:50000');
  });
  it('shows more the wider it is, and everything in a file', () => {
    const titles = [80, 100, 120, 140, undefined].map((width) => written((write) => flowsTable(write, { width }), []).trim().split(/\s+/));
    for (let i = 1; i < titles.length; i++) expect(titles[i]!.length).toBeGreaterThanOrEqual(titles[i - 1]!.length);
    expect(titles.at(-1)).toEqual(['TIME', 'CLIENT', 'SERVER', 'L4', 'OUTCOME', 'PORT', 'STATE', 'PACKETS', 'BYTES', 'FRAME', 'APPLICATION']);
    expect(titles[0]).toEqual(['TIME', 'CLIENT', 'SERVER', 'L4', 'OUTCOME', 'APP']);
    expect(written((write) => flowsTable(write), flows).trimEnd().split('\n')).toHaveLength(1 + flows.length);
  });
});
