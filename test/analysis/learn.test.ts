import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { learn, learnedDocument } from '../../src/analysis/learn.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { validationMatrix } from '../../src/analysis/validation-matrix.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { openCapture } from '../../src/capture/file-source.node.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { draftYaml } from '../../src/catalog/draft-yaml.js';
import { loadDocument } from '../../src/catalog/load.js';
import { collectEvidence } from '../../src/evidence/collect-evidence.js';
import type { Evidence } from '../../src/evidence/evidence.js';
import { CLIENT, evidence, flow, OTHER, SERVER } from './evidence-builder.js';

const lab = async (name: string): Promise<Evidence> => {
  const path = join(import.meta.dirname, '../../fixtures/lab', `${name}.pcapng`);
  return (await collectEvidence([{ name, open: () => openCapture(path) }], { decompressors: nodeDecompressors })).evidence;
};
const undocumented = (model: ReportModel): string[] => [...model.conversations].filter(({ index }) => model.conversations.classification(index).verdict === 'undocumented').map(({ transport, serverPort }) => `${transport} ${serverPort}`);
const again = (seen: Evidence): { before: ReportModel; after: ReportModel; yaml: string } => {
  const before = analyze(seen, { catalog: builtInCatalog() });
  const yaml = draftYaml(learnedDocument(before, learn(before), 'learned'));
  const { document, faults } = loadDocument(yaml, 'learned.yaml');
  expect(faults).toEqual([]);
  return { before, after: analyze(seen, { catalog: builtInCatalog([document!]) }), yaml };
};

describe('learning', () => {
  it('explains the cluster traffic that no document has, with evidence', async () => {
    const { before, after, yaml } = again(await lab('cluster-3343'));
    expect(undocumented(before)).toContain('udp 3343');
    expect(undocumented(after)).toEqual([]);
    expect(after.findings.filter(({ code }) => code === 'undocumented-traffic')).toEqual([]);
    expect(yaml).toMatch(/# .*cluster-3343.*#\d+/);
    expect(yaml).toContain('hyper-v-cluster/cluster/');
  });

  it('leaves nothing undocumented that worked, and adds nothing that did not', () => {
    const one = fc.record({ client: fc.constantFrom(CLIENT, OTHER), server: fc.constantFrom(SERVER, OTHER), port: fc.integer({ min: 1, max: 65_535 }), transport: fc.constantFrom('tcp' as const, 'udp' as const), works: fc.boolean() });
    fc.assert(fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (list) => {
      const flows = list.map(({ works, transport, ...rest }) => flow({ ...rest, transport, outcome: transport === 'tcp' ? (works ? 'accepted' : 'no-answer') : works ? 'answered' : 'one-way' }));
      const { after, before } = again(evidence({ flows }));
      expect(after.findings.filter(({ code }) => code === 'undocumented-traffic')).toEqual([]);
      expect(learn(after).rows).toEqual([]);
      expect(learn(before).rows.length).toBeLessThanOrEqual(list.filter(({ works, transport }) => works || transport === 'udp').length);
    }), { numRuns: 60 });
  });
});

it('sets rows against captures, the best of them telling', async () => {
  const catalog = builtInCatalog();
  const models = await Promise.all(['winrm-5985', 'rdp-3389'].map(async (capture) => ({ capture, model: analyze(await lab(capture), { catalog }) })));
  const matrix = validationMatrix(models);
  const altaro = matrix.documents.find(({ id }) => id === 'hyper-v-host')!;
  expect(altaro.rows).toHaveLength(33);
  const row = altaro.rows.find((each) => each.row === 'hyper-v-host/inbound/5985')!;
  expect(row).toMatchObject({ status: 'witnessed', cells: [{ status: 'witnessed' }, { status: 'not-observable' }] });
  const turned = validationMatrix([...models].reverse());
  expect(turned.documents.map(({ rows, witnessed }) => [witnessed, rows.map(({ status }) => status)])).toEqual(matrix.documents.map(({ rows, witnessed }) => [witnessed, rows.map(({ status }) => status)]));
});
