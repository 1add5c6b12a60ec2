import { AddressTable } from '../decode/address-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import type { Flow } from '../flow/flow.js';
import type { FlowSink } from '../flow/flow-keeper.js';
import { ProtocolInspector } from '../protocol/flow-inspection.js';
import { EvidenceCollector } from './evidence-collector.js';
import { runCaptures } from './run-captures.js';
import type { CaptureInput, InputFault, RunOptions } from './run-captures.js';

/** Hands over each flow when it ends: in the order in which flows leave the table, which the packets alone decide. */
export async function collectFlows(inputs: readonly CaptureInput[], options: RunOptions, onFlow: (flow: Flow) => void): Promise<InputFault[]> {
  const addresses = new AddressTable();
  const events = new EvidenceCollector(addresses);
  const inspector = new ProtocolInspector(events);
  let encapsulations!: EncapsulationTable;
  const sink: FlowSink = {
    flow: (view) => {
      const flow = view.toFlow(encapsulations);
      const application = flow.application ?? events.announced(view.serverAddress, view.tcp, view.serverPort, view.startSeconds);
      onFlow(application === flow.application ? flow : { ...flow, application });
    },
  };
  return runCaptures(inputs, options, {
    seriesOptions: () => ({ sink, inspector, addresses, selection: options.selection }),
    beginSeries: (series) => { ({ encapsulations } = series); },
  });
}
