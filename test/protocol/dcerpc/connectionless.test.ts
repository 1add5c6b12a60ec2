import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionlessAnalyzer } from '../../../src/protocol/dcerpc/connectionless.js';
import { concat, EPM, lookupAnswer, lookupQuestion, LSARPC, mapAnswer, mapQuestion, tower, Writer } from './pdus.js';
import { client, converse, position, RecordingContext, server } from './recording.js';
import type { Message } from './recording.js';

interface Fields { readonly littleEndian?: boolean; readonly uuid?: string; readonly opnum?: number; readonly flags?: number; readonly fragment?: number; readonly sequence?: number }

function datagram(type: number, body: Uint8Array, { littleEndian = true, uuid = EPM, opnum = 3, flags = 0, fragment = 0, sequence = 1 }: Fields = {}): Uint8Array {
  return new Writer(littleEndian).u8(4, type, flags, 0, littleEndian ? 0x10 : 0, 0, 0, 0).uuid(LSARPC).uuid(uuid).uuid(LSARPC)
    .u32(0).u32(3).u32(sequence).u16(opnum).u16(0xffff).u16(0xffff).u16(body.length).u16(fragment).u8(0, 0).bytes(body).done();
}

function listen(messages: readonly Message[]): RecordingContext {
  const context = new RecordingContext(135, 'udp');
  const analyzer = new ConnectionlessAnalyzer(context);
  converse(analyzer, messages);
  analyzer.end();
  return context;
}

describe('connectionless RPC', () => {
  const udp = tower(LSARPC, 2103, [10, 0, 0, 1], 8, 0x0a);

  it.each([true, false])('reads the endpoint mapper, little-endian: %s', (littleEndian) => {
    const { events, name, facts } = listen([
      client(datagram(0, mapQuestion(tower(LSARPC, 0), { littleEndian }), { littleEndian })), server(datagram(2, mapAnswer([udp], 0, { littleEndian }), { littleEndian })),
    ]);
    expect(events.mappings).toMatchObject([{ interface: { uuid: LSARPC }, protocol: 'ncadg_ip_udp', port: 2103, transport: 'udp', at: { frame: 2 }, asked: { frame: 1 } }]);
    expect(events.questions).toEqual([]);
    expect(events.binds).toEqual([]);
    expect(name).toBe('epmap');
    expect(facts).toEqual({ interfaces: [`${EPM}/3.0`], operations: [`${EPM}:3`] });
  });

  it('joins fragments that come in order', () => {
    const stub = lookupAnswer([{ tower: udp, annotation: 'a' }, { tower: udp, annotation: 'b' }]);
    const fragment = (number: number, flags: number, body: Uint8Array): Message => server(datagram(2, body, { opnum: 2, flags, fragment: number }));
    const asked = client(datagram(0, lookupQuestion(), { opnum: 2 }));
    const parts = [fragment(0, 4, stub.slice(0, 80)), fragment(1, 4, stub.slice(80, 160)), fragment(2, 6, stub.slice(160))];
    expect(listen([asked, ...parts]).events.mappings.map((one) => one.annotation)).toEqual(['a', 'b']);
    expect(listen([asked, parts[0]!, parts[2]!]).events.mappings).toEqual([]);
  });

  it('tells questions without answer, and faults', () => {
    const asked = client(datagram(0, mapQuestion(tower(LSARPC, 0))));
    expect(listen([asked, asked]).events.questions).toMatchObject([{ interface: { uuid: LSARPC } }]);
    const { events, failures } = listen([asked, server(datagram(3, new Writer().u32(5).done()))]);
    expect(events).toMatchObject({ questions: [], refusals: [{ status: 5, operation: 3 }] });
    expect(failures).toMatchObject([{ kind: 'access-denied' }]);
  });

  it('names other interfaces and then leaves the flow alone', () => {
    const context = new RecordingContext(34_964, 'udp');
    const analyzer = new ConnectionlessAnalyzer(context);
    const bytes = datagram(0, new Uint8Array(30), { uuid: LSARPC, opnum: 4 });
    let count = 0;
    while (analyzer.data('client', bytes, 0, bytes.length, position(1)) && count < 1000) count++;
    expect(count).toBeLessThan(300);
    expect(context.facts).toEqual({ interfaces: [`${LSARPC}/3.0`], operations: [`${LSARPC}:4`] });
    expect(context.name).toBe('dce-rpc');
  });

  it('never throws', () => {
    const sample = datagram(2, mapAnswer([udp]));
    fc.assert(fc.property(fc.nat(sample.length), fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 6 }), (length, changes) => {
      const bytes = sample.slice();
      for (const [at, value] of changes) bytes[at] = value;
      listen([client(bytes.slice(0, length)), server(bytes), server(concat(bytes, bytes))]);
    }));
  });
});
