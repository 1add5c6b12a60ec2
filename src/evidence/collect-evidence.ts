import { AddressTable } from '../decode/address-table.js';
import { ProtocolInspector } from '../protocol/flow-inspection.js';
import type { CaptureEvidence, Evidence } from './evidence.js';
import { EvidenceCollector } from './evidence-collector.js';
import type { EvidenceShard } from './evidence-shard.js';
import { PacketPipeline } from './packet-pipeline.js';
import type { Shard } from './packet-pipeline.js';
import { runCaptures } from './run-captures.js';
import type { CaptureInput, InputFault, RunOptions } from './run-captures.js';

export interface CollectOptions extends RunOptions {
  /** Only these flows; what the others show is awaited from `otherShards`, and counted once. */
  readonly shard?: Shard;
  readonly otherShards?: () => Promise<readonly EvidenceShard[]>;
}

/** Everything that analysis needs to know of these captures. Inputs that cannot be read are faults, the others are still collected. */
export async function collectEvidence(inputs: readonly CaptureInput[], options: CollectOptions): Promise<{ evidence: Evidence; faults: InputFault[] }> {
  const { collector, complete, faults } = await collect(inputs, options, true);
  const others = (await options.otherShards?.()) ?? [];
  let duplicates = 0;
  let flows = 0;
  for (const other of others) {
    collector.absorb(other);
    duplicates += other.duplicates;
    flows += other.flows;
  }
  return { evidence: collector.evidence(complete(duplicates, flows)), faults };
}

/** The part of one shard, for another thread to take in. */
export async function collectShard(inputs: readonly CaptureInput[], options: RunOptions, shard: Shard): Promise<EvidenceShard> {
  const { collector } = await collect(inputs, { ...options, shard }, false);
  return collector.shard();
}

async function collect(inputs: readonly CaptureInput[], options: CollectOptions, survey: boolean) {
  const addresses = new AddressTable();
  const collector = new EvidenceCollector(addresses, inputs.length > 1);
  const inspector = new ProtocolInspector(collector);
  /** Made last: traits need the packets that each host sent, which are known when all flows have left their tables. */
  const captures: ((duplicates: number, flows: number) => CaptureEvidence)[] = [];
  let series: ((duplicates: number, flows: number) => void)[] = [];
  const faults = await runCaptures(inputs, options, {
    beginSeries: () => {
      const pipeline = new PacketPipeline({ sink: collector, inspector, addresses, sketches: true, survey, shard: options.shard, selection: options.selection, neighbours: survey ? collector.neighbours : undefined });
      collector.attach(pipeline.table, pipeline.encapsulations);
      return pipeline;
    },
    capture: (input, index, result, pipeline) => {
      const { counts, vantage } = pipeline;
      const compression = result.compression.length === 0 ? null : result.compression.join('+');
      collector.capturedNames(result.reader.names, index);
      series.push((ownDuplicates, ownFlows) => {
        captures[index] = (duplicates, flows) => {
          const traits = vantage.traits(addresses, (address) => collector.packetsSent(address), ownDuplicates + duplicates, ownFlows + flows, collector.oneSidedFlows);
          return counts.evidence(input.name, result.bytesRead, compression, result, traits);
        };
      });
    },
    endSeries: (pipeline) => {
      pipeline.table.finish();
      for (const settle of series) settle(pipeline.table.duplicates, pipeline.table.flows);
      series = [];
    },
  });
  return { collector, faults, complete: (duplicates: number, flows: number) => captures.map((make) => make(duplicates, flows)) };
}
