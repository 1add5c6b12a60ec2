import { AddressTable } from '../decode/address-table.js';
import { ProtocolInspector } from '../protocol/flow-inspection.js';
import type { CaptureEvidence, Evidence } from './evidence.js';
import { EvidenceCollector } from './evidence-collector.js';
import { runCaptures } from './run-captures.js';
import type { CaptureInput, InputFault, RunOptions } from './run-captures.js';

/** Everything that analysis needs to know of these captures. Inputs that cannot be read are faults, the others are still collected. */
export async function collectEvidence(inputs: readonly CaptureInput[], options: RunOptions): Promise<{ evidence: Evidence; faults: InputFault[] }> {
  const addresses = new AddressTable();
  const collector = new EvidenceCollector(addresses, inputs.length > 1);
  if (inputs.length > 1) collector.conversations.recogniseViews();
  const inspector = new ProtocolInspector(collector);
  /** Made last: traits need the packets that each host sent, which are known when all flows have left their tables. */
  const captures: (() => CaptureEvidence)[] = [];
  let toSettle: ((duplicates: number, flows: number) => void)[] = [];
  const faults = await runCaptures(inputs, options, {
    seriesOptions: () => ({
      sink: collector, inspector, addresses, sketches: true, survey: true, selection: options.selection, neighbours: collector.neighbours, leftOut: collector.leftOutSyns,
    }),
    beginSeries: (series) => {
      collector.conversations.beginSeries();
      collector.attach(series);
    },
    capture: (input, index, result, { counts, vantage }) => {
      const compression = result.compression.length === 0 ? null : result.compression.join('+');
      collector.capturedNames(result.reader.names, index);
      toSettle.push((duplicates, flows) => {
        captures[index] = () => {
          const traits = vantage.traits(addresses, (address) => collector.packetsSent(address), duplicates, flows, collector.oneSidedFlows, collector.holedFlows, counts.clockBack);
          return counts.evidence(input.name, result.bytesRead, compression, result, traits);
        };
      });
    },
    endSeries: ({ duplicates, keeper }) => {
      for (const settle of toSettle) settle(duplicates, keeper.flows);
      toSettle = [];
    },
  });
  return { evidence: collector.evidence(captures.map((make) => make())), faults };
}
