/** Segments that no file of bearable size holds: they go into the table as the decoder would hand them over. */
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/decode/address-table.js';
import { EncapsulationTable } from '../../src/decode/encapsulation-table.js';
import { IpProtocol, Segment, TcpFlag } from '../../src/decode/segment.js';
import { EventReader } from '../../src/flow/event-reader.js';
import type { Flow } from '../../src/flow/flow.js';
import { FlowKeeper } from '../../src/flow/flow-keeper.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { addressBytes } from '../support/packet-builder.js';

const BYTES = new Uint8Array(64);

function run(feed: (table: FlowTable, segment: Segment) => void): Flow[] {
  const addresses = new AddressTable();
  const encapsulations = new EncapsulationTable();
  const flows: Flow[] = [];
  const keeper = new FlowKeeper(addresses, { flow: (view) => { flows.push(view.toFlow(encapsulations)); } }, 64);
  const table = new FlowTable({ maxFlows: 64, addresses, encapsulations, outlet: new EventReader(keeper, addresses, encapsulations, 64) });
  const segment = new Segment();
  const id = (address: string) => {
    const bytes = addressBytes(address);
    return addresses.v4(new DataView(bytes.buffer).getUint32(0));
  };
  Object.assign(segment, { source: id('10.0.0.1'), destination: id('10.0.0.2'), sourcePort: 50_000, destinationPort: 445, transport: IpProtocol.tcp, ttl: 64, ipVersion: 4 });
  feed(table, segment);
  table.finish();
  return flows;
}

describe('counters beyond 32 bits', () => {
  const GIGABYTE = 2 ** 30;

  it.each([1, 2, 3, 4, 5, 9])('%i steps of a gigabyte: across 2^31 and 2^32', (steps) => {
    const [flow] = run((table, segment) => {
      segment.tcpFlags = TcpFlag.ack;
      for (let i = 0; i < steps; i++) {
        segment.ipLength = GIGABYTE;
        segment.payloadLength = GIGABYTE - 40;
        segment.sequence = (i * (GIGABYTE - 40)) >>> 0;
        table.add(segment, BYTES, 100 + i, 0, i + 1, 0);
      }
    });
    expect(flow).toMatchObject({ packets: { client: steps, server: 0 }, bytes: { client: steps * GIGABYTE }, payload: { client: steps * (GIGABYTE - 40) }, retransmissions: 0 });
  });
  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 39])('claimed lengths of %i', (length) => {
    const [flow] = run((table, segment) => {
      segment.tcpFlags = TcpFlag.ack;
      for (let i = 0; i < 7; i++) {
        segment.ipLength = length;
        segment.payloadLength = length - 40;
        table.add(segment, BYTES, 100, 0, i + 1, 0);
      }
    });
    expect(flow).toMatchObject({ packets: { client: 7 }, bytes: { client: 7 * length }, payload: { client: 7 * (length - 40) } });
  });
  it('both sides, and small packets between', () => {
    const [flow] = run((table, segment) => {
      segment.tcpFlags = TcpFlag.ack;
      for (let i = 0; i < 20; i++) {
        segment.ipLength = i % 4 === 0 ? 52 : GIGABYTE;
        segment.payloadLength = segment.ipLength - 52;
        table.add(segment, BYTES, 100, i, i + 1, 0);
        [segment.source, segment.destination, segment.sourcePort, segment.destinationPort] = [segment.destination, segment.source, segment.destinationPort, segment.sourcePort];
      }
    });
    // Even steps are the client's: 0, 4, 8, 12 and 16 of them are small.
    expect(flow).toMatchObject({ packets: { client: 10, server: 10 }, bytes: { client: 5 * GIGABYTE + 5 * 52, server: 10 * GIGABYTE }, payload: { client: 5 * (GIGABYTE - 52), server: 10 * (GIGABYTE - 52) } });
  });
  it('a reset after that is no early one', () => {
    const [flow] = run((table, segment) => {
      const turn = () => { [segment.source, segment.destination, segment.sourcePort, segment.destinationPort] = [segment.destination, segment.source, segment.destinationPort, segment.sourcePort]; };
      const add = (flags: number, sequence: number, ipLength = 40) => {
        Object.assign(segment, { tcpFlags: flags, sequence: sequence >>> 0, ipLength, payloadLength: ipLength - 40 });
        table.add(segment, BYTES, 100, 0, 1, 0);
      };
      add(TcpFlag.syn, 0);
      turn();
      add(TcpFlag.syn | TcpFlag.ack, 0);
      turn();
      add(TcpFlag.ack, 1);
      turn();
      for (let i = 0; i < 4; i++) add(TcpFlag.ack, 1 + i * (GIGABYTE - 40), GIGABYTE);
      add(TcpFlag.rst, 1 + 4 * (GIGABYTE - 40));
    });
    expect(flow).toMatchObject({ outcome: 'accepted', state: 'RSTR', packets: { client: 2, server: 6 } });
  });
});

describe('packets without a time', () => {
  const feed = (...seconds: number[]) => run((table, segment) => {
    segment.ipLength = 40;
    seconds.forEach((time, i) => {
      segment.tcpFlags = i === 0 ? TcpFlag.syn : TcpFlag.ack;
      segment.sequence = i === 0 ? 0 : 1;
      table.add(segment, BYTES, time, 7, i + 1, 0);
    });
  })[0]!;

  it('a flow of them has none', () => {
    const { start, end, handshakeMs, packets } = feed(NaN, NaN);
    expect([start.seconds, end.seconds, handshakeMs, packets.client]).toEqual([NaN, NaN, null, 2]);
  });
  it('one that has a time gives it to the flow, wherever it stands', () => {
    for (const seconds of [[NaN, 50, NaN], [50, NaN, NaN], [NaN, NaN, 50]]) {
      expect(feed(...seconds)).toMatchObject({ start: { seconds: 50, nanoseconds: 7 }, end: { seconds: 50, nanoseconds: 7 }, packets: { client: 3 } });
    }
    expect(feed(NaN, 60, 50)).toMatchObject({ start: { seconds: 50 }, end: { seconds: 60 } });
  });
  it('UDP without times never idles', () => {
    const flows = run((table, segment) => {
      Object.assign(segment, { transport: IpProtocol.udp, tcpFlags: 0, ipLength: 40 });
      [100, NaN, NaN, 120].forEach((time, i) => { table.add(segment, BYTES, time, 0, i + 1, 0); });
    });
    expect(flows.map((flow) => flow.packets.client)).toEqual([4]);
  });
});
