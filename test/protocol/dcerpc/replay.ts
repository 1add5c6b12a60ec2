/** A capture through the stages before `rpc`, with DCE/RPC as the only recogniser unless others are given. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { CaptureReader } from '../../../src/capture/capture-reader.js';
import { isPcap, PcapReader } from '../../../src/capture/pcap.js';
import { PcapngReader } from '../../../src/capture/pcapng.js';
import { AddressTable } from '../../../src/decode/address-table.js';
import { Bucket } from '../../../src/decode/bucket.js';
import { EncapsulationTable } from '../../../src/decode/encapsulation-table.js';
import { PacketDecoder } from '../../../src/decode/packet-decoder.js';
import { Segment } from '../../../src/decode/segment.js';
import { EventReader } from '../../../src/flow/event-reader.js';
import { FlowKeeper } from '../../../src/flow/flow-keeper.js';
import { FlowTable } from '../../../src/flow/flow-table.js';
import type { FlowView } from '../../../src/flow/flow-view.js';
import type { Application, ProtocolFailure } from '../../../src/flow/inspection.js';
import { dcerpc } from '../../../src/protocol/dcerpc/recogniser.js';
import { ProtocolInspector } from '../../../src/protocol/flow-inspection.js';
import type { Recogniser } from '../../../src/protocol/recogniser.js';
import { Recording } from './recording.js';

export class CaptureRecording extends Recording {
  readonly addresses = new AddressTable();
  readonly applications: Application[] = [];
  readonly failures: ProtocolFailure[] = [];
  malformed = 0;
  override addressText(address: number): string { return this.addresses.text(address); }
  override addressId(text: string): number | undefined { return this.addresses.idOf(text); }
}

export function replay(file: string, recognisers: readonly Recogniser[] = [dcerpc]): CaptureRecording {
  let bytes: Uint8Array = readFileSync(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  const recording = new CaptureRecording();
  const inspector = new ProtocolInspector(recording, recognisers);
  const sink = {
    flow({ application, annex }: FlowView): void {
      if (application?.confidence === 'payload') recording.applications.push(application);
      recording.failures.push(...(annex?.failures ?? []));
    },
  };
  const { addresses } = recording;
  const encapsulations = new EncapsulationTable();
  const keeper = new FlowKeeper(addresses, sink, 1 << 14, inspector);
  const table = new FlowTable({ glance: inspector, maxFlows: 1 << 14, addresses, encapsulations, outlet: new EventReader(keeper, addresses, encapsulations, 1 << 14) });
  const decoder = new PacketDecoder(addresses, encapsulations);
  const segment = new Segment();
  const reader: CaptureReader = isPcap(new DataView(bytes.buffer, bytes.byteOffset)) ? new PcapReader() : new PcapngReader();
  const onBatch: Parameters<CaptureReader['feed']>[1] = (batch) => {
    for (let row = 0; row < batch.count; row++) {
      const at = batch.interfaceIndex[row]!;
      const linkType = reader.interfaces[at]!.linkType;
      const bucket = decoder.decode(batch.bytes, batch.view, batch.offset[row]!, batch.capturedLength[row]!, batch.originalLength[row]!, linkType, segment);
      if (bucket === Bucket.decoded) table.add(segment, batch.bytes, batch.seconds[row]!, batch.nanoseconds[row]!, batch.frame[row]!, at);
    }
  };
  reader.feed(bytes, onBatch);
  reader.finish(onBatch);
  table.finish();
  recording.malformed = inspector.malformed;
  return recording;
}
