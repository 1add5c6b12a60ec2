import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { decimalTime } from '../../src/report/decimal-time.js';
import { writeJson, writeJsonBytes } from '../../src/report/json.js';
import { reportJsonSchema, reportSchema } from '../../src/report/schema.js';
import { at, CLIENT, evidence, flow, mapping, SERVER, type EvidenceParts } from '../analysis/evidence-builder.js';

const busy: EvidenceParts = {
  flows: [
    flow({ port: 135, outcome: 'accepted', application: { protocol: 'epmap', confidence: 'payload', facts: { interfaces: ['svcctl'], text: 'a "quoted" \u001b[31m name' } } }),
    flow({ port: 49_668, outcome: 'no-answer', start: 2, syns: [0, 1, 3, 7, 15] }), flow({ port: 5985, outcome: 'refused' }),
    flow({ port: 445, outcome: 'accepted', failures: [{ protocol: 'smb', kind: 'authentication', code: 'STATUS_LOGON_FAILURE', target: 'LAB\\a"b', frame: 96 }] }),
    flow({ port: 53, transport: 'udp', outcome: 'one-way' }), flow({ port: 9999, outcome: 'accepted' }),
  ],
  mappings: [mapping(49_668, 4, 1.9)],
  names: [{ address: SERVER, name: 'hv01.lab.test', from: 'dns', frame: { capture: 0, frame: 1 } }],
  lookups: [{ client: CLIENT, server: SERVER, name: 'x', type: 'A', result: 3, addresses: [], frame: { capture: 0, frame: 1 }, times: 1 }],
  capture: { damage: [{ code: 'cut-record', byteOffset: 1, expected: 2, found: 1, boundedBy: 'file', detail: 'cut' }], skipped: { arp: 2 }, dropped: null },
};

function write(parts: EvidenceParts): { text: string; chunks: string[] } {
  const chunks: string[] = [];
  writeJson(analyze(evidence(parts), { catalog: builtInCatalog() }), (chunk) => chunks.push(chunk));
  return { text: chunks.join(''), chunks };
}

describe('the JSON report', () => {
  it('fits its schema, busy or empty', () => {
    for (const parts of [busy, { flows: [] }]) expect(() => reportSchema.parse(JSON.parse(write(parts).text))).not.toThrow();
  });

  it('has times with nine decimals, and null where there is none', () => {
    const report = reportSchema.parse(JSON.parse(write({ flows: [flow({ port: 445, outcome: 'accepted', start: 0.5 })], capture: { start: null } }).text));
    expect(report.captures[0]).toMatchObject({ start: null, end: `${at(100).seconds}.000000000` });
    expect(report.conversations[0]!.start).toBe(`${at(0).seconds}.500000000`);
  });

  it('has conversations as JSON.stringify would write them', () => {
    const model = analyze(evidence({ ...busy, flows: [...busy.flows, flow({ port: 1, outcome: 'accepted', start: NaN }), flow({ port: 2, outcome: 'accepted', start: 3e9 })] }), { catalog: builtInCatalog() });
    const slow = [...model.conversations].map(({ index, client, server, transport, serverPort, overlay, application, visibility, flows, outcomes, packets, bytes, start, end, frames }) => {
      const { verdict, verdictFrom, matches, reference } = model.conversations.classification(index);
      return JSON.stringify({ client, server, transport, serverPort, overlay, application, visibility, flows, outcomes, packets, bytes, start: decimalTime(start), end: decimalTime(end), frames, verdict, verdictFrom, matches, reference });
    });
    let text = '';
    writeJson(model, (piece) => { text += piece; });
    expect(/"conversations":\[\n([^]*?)\],\n"aggregated"/.exec(text)![1]!.split(',\n')).toEqual(slow);
    const bytes: Uint8Array[] = [];
    writeJsonBytes(model, (piece) => bytes.push(piece.slice()));
    expect(Buffer.concat(bytes).toString('utf8')).toBe(text);
  });

  it('gives the same bytes for the same evidence', () => {
    expect(write(busy).text).toBe(write(busy).text);
  });

  it('is handed on in pieces, never as a whole', () => {
    const { chunks } = write({ flows: Array.from({ length: 3000 }, (_, i) => flow({ port: 1000 + i, outcome: 'accepted' })) });
    expect(chunks.length).toBeGreaterThan(5);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(200_000);
  });

  it('refers from findings to problems and back', () => {
    const report = reportSchema.parse(JSON.parse(write(busy).text));
    const findings = new Map(report.findings.map((finding) => [finding.id, finding]));
    for (const problem of report.problems) for (const id of problem.findings) expect(findings.get(id)?.problem).toBe(problem.id);
    expect(report.problems.flatMap((problem) => problem.findings).length).toBe(report.findings.filter((finding) => finding.problem !== null).length);
  });

  it('publishes its schema', async () => {
    await expect(reportJsonSchema()).toMatchFileSnapshot('../../docs/schema/report.json');
  });
});
