import { AddressTable } from '../decode/address-table.js';
import type { Flow } from '../flow/flow.js';
import { FlowView } from '../flow/flow-view.js';
import { ProtocolInspector } from '../protocol/flow-inspection.js';
import { EvidenceCollector } from './evidence-collector.js';
import { PacketPipeline } from './packet-pipeline.js';
import { runCaptures } from './run-captures.js';
import type { CaptureInput, InputFault, RunOptions } from './run-captures.js';

/** Hands over each flow when it ends: in the order in which flows leave the table, which the packets alone decide. */
export async function collectFlows(inputs: readonly CaptureInput[], options: RunOptions, onFlow: (flow: Flow) => void): Promise<InputFault[]> {
  const addresses = new AddressTable();
  const events = new EvidenceCollector(addresses);
  const inspector = new ProtocolInspector(events);
  return runCaptures(inputs, options, {
    beginSeries: () => {
      let view: FlowView | undefined;
      const pipeline: PacketPipeline = new PacketPipeline({
        sink: {
          flow: (record, openAtEnd) => {
            view ??= new FlowView(pipeline.table);
            view.move(record, openAtEnd, addresses);
            const flow = view.toFlow(addresses, pipeline.encapsulations);
            const application = flow.application ?? events.announced(view.serverAddress, view.tcp, view.serverPort, view.startSeconds);
            onFlow(application === flow.application ? flow : { ...flow, application });
          },
        },
        inspector, addresses, selection: options.selection,
      });
      return pipeline;
    },
    capture: () => undefined,
    endSeries: (pipeline) => { pipeline.table.finish(); },
  });
}
