import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowIdentity, Inspection, PacketPosition, Side } from '../../src/flow/inspection.js';
import { HeldBytes, StreamAssembler } from '../../src/flow/stream-assembler.js';

const identity: FlowIdentity = { transport: 6, address0: 0, address1: 1, port0: 1, port1: 2, overlay: 0, likelyServer: 1, byHandshake: true };
const at = (frame: number): PacketPosition => ({ capture: 0, frame, seconds: 1, nanoseconds: 0 });

/** What was delivered, as text for each side; `|` where bytes were lost. `wanted` calls of payload, then no more. */
class Recorder implements Inspection {
  readonly heard = ['', ''];
  readonly frames: number[] = [];
  readonly server = undefined;
  readonly application = null;
  readonly failures = [];
  private calls = 0;
  private readonly wanted: number;
  constructor(wanted = Infinity) { this.wanted = wanted; }
  payload(side: Side, bytes: Uint8Array, start: number, limit: number, position: PacketPosition): boolean {
    this.heard[side] += String.fromCharCode(...bytes.subarray(start, limit));
    this.frames.push(position.frame);
    return ++this.calls < this.wanted;
  }
  gap(side: Side): boolean {
    this.heard[side] += '|';
    return true;
  }
  end(): void { /* nothing is kept */ }
}

interface Piece { readonly from: number; readonly to: number }
const STREAM = Uint8Array.from({ length: 240 }, (_, i) => 33 + (i % 90));
const TEXT = String.fromCharCode(...STREAM);

/** The buffer of each packet is overwritten as soon as the call returns: what waits must be a copy. */
function send(assembler: StreamAssembler, side: Side, base: number, { from, to }: Piece, frame = 1, captured = to - from): boolean {
  const packet = new Uint8Array(60 + captured);
  packet.set(STREAM.subarray(from, from + captured), 60);
  const more = assembler.segment(side, (base + from) >>> 0, to - from, packet, 60, 60 + captured, at(frame));
  packet.fill(0x2a);
  return more;
}

describe('bytes in stream order', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: STREAM.length - 1 }), { maxLength: 20 }).map((list) => [0, ...list.sort((a, b) => a - b), STREAM.length]);
  const extra = fc.array(fc.tuple(fc.integer({ min: 0, max: STREAM.length - 1 }), fc.integer({ min: 1, max: 60 })), { maxLength: 10 });

  it('however the stream is cut, reordered and repeated', () => {
    fc.assert(fc.property(cuts, extra, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), fc.constantFrom(0, 1, 1000, 0x7fff_ffc0, 0xffff_ffa0), (edges, repeated, random, base) => {
      const pieces: Piece[] = edges.slice(1).map((to, i) => ({ from: edges[i]!, to }));
      pieces.push(...repeated.map(([from, length]) => ({ from, to: Math.min(STREAM.length, from + length) })));
      const shuffled = pieces.map((piece, i) => ({ piece, key: random[i]! })).sort((a, b) => a.key - b.key);
      const recorder = new Recorder();
      const assembler = new StreamAssembler(identity, recorder);
      assembler.begin(0, base);
      for (const { piece } of shuffled) expect(send(assembler, 0, base, piece)).toBe(true);
      expect(recorder.heard).toEqual([TEXT, '']);
      assembler.finish();
      expect(recorder.heard[0]).toBe(TEXT);
    }), { numRuns: 500 });
  });

  it('the sides are apart, and each piece keeps the frame that it came in', () => {
    const recorder = new Recorder();
    const assembler = new StreamAssembler(identity, recorder);
    assembler.begin(0, 5);
    assembler.begin(1, 900);
    send(assembler, 0, 5, { from: 10, to: 20 }, 1);
    send(assembler, 1, 900, { from: 0, to: 3 }, 2);
    send(assembler, 0, 5, { from: 0, to: 10 }, 3);
    expect(recorder.heard).toEqual([TEXT.slice(0, 20), TEXT.slice(0, 3)]);
    expect(recorder.frames).toEqual([2, 3, 1]);
  });
});

describe('what was lost', () => {
  const begun = (wanted?: number) => {
    const recorder = new Recorder(wanted);
    const assembler = new StreamAssembler(identity, recorder);
    assembler.begin(0, 0);
    return { recorder, assembler };
  };

  it('the other side acknowledges it: a gap, and what waited behind', () => {
    const { recorder, assembler } = begun();
    send(assembler, 0, 0, { from: 10, to: 20 });
    assembler.acknowledged(0, 10);
    expect(recorder.heard[0]).toBe('');
    assembler.acknowledged(0, 20);
    expect(recorder.heard[0]).toBe(`|${TEXT.slice(10, 20)}`);
    send(assembler, 0, 0, { from: 0, to: 10 });
    expect(recorder.heard[0]).toBe(`|${TEXT.slice(10, 20)}`);
  });
  it('one acknowledgement may cover several gaps', () => {
    const { recorder, assembler } = begun();
    for (const from of [10, 30, 50]) send(assembler, 0, 0, { from, to: from + 10 });
    assembler.acknowledged(0, 60);
    expect(recorder.heard[0]).toBe([10, 30, 50].map((from) => `|${TEXT.slice(from, from + 10)}`).join(''));
  });
  it('nobody acknowledges it: at the end everything that waited is handed over', () => {
    const { recorder, assembler } = begun();
    for (const from of [30, 10]) send(assembler, 0, 0, { from, to: from + 10 });
    assembler.finish();
    expect(recorder.heard[0]).toBe(`|${TEXT.slice(10, 20)}|${TEXT.slice(30, 40)}`);
  });
  it('packets that were cut by the snap length, in order or not', () => {
    const { recorder, assembler } = begun();
    send(assembler, 0, 0, { from: 0, to: 20 }, 1, 5);
    send(assembler, 0, 0, { from: 40, to: 60 }, 2, 5);
    send(assembler, 0, 0, { from: 20, to: 40 }, 3, 0);
    send(assembler, 0, 0, { from: 60, to: 70 }, 4);
    expect(recorder.heard[0]).toBe(`${TEXT.slice(0, 5)}||${TEXT.slice(40, 45)}|${TEXT.slice(60, 70)}`);
  });
  it('stops when nothing more is wanted', () => {
    const { recorder, assembler } = begun(2);
    send(assembler, 0, 0, { from: 20, to: 30 });
    send(assembler, 0, 0, { from: 10, to: 20 });
    expect(send(assembler, 0, 0, { from: 0, to: 10 })).toBe(false);
    expect(recorder.heard[0]).toBe(TEXT.slice(0, 20));
  });
  it('is bounded in pieces and in bytes', () => {
    const { recorder, assembler } = begun();
    for (let i = 0; i < 128; i++) send(assembler, 0, 0, { from: 10 + i, to: 11 + i });
    expect(recorder.heard[0]).toBe('');
    send(assembler, 0, 0, { from: 138, to: 139 });
    expect(recorder.heard[0]).toBe(`|${TEXT.slice(10, 139)}`);

    const large = begun();
    const packet = new Uint8Array(65_536).fill(65);
    for (let i = 0; i < 4; i++) large.assembler.segment(0, 1 + i * 65_536, 65_536, packet, 0, 65_536, at(1));
    expect(large.recorder.frames).toEqual([]);
    large.assembler.segment(0, 1 + 4 * 65_536, 65_536, packet, 0, 65_536, at(1));
    expect(large.recorder.frames).toHaveLength(5);
  });
});

describe('what waits in all flows together', () => {
  it('is bounded: beyond it the gap is told at once, and nothing is left counted at the end', () => {
    const inAll = new HeldBytes(100);
    const recorders = [new Recorder(), new Recorder(), new Recorder()];
    const assemblers = recorders.map((recorder) => new StreamAssembler(identity, recorder, inAll));
    for (const assembler of assemblers) {
      assembler.begin(0, 1000);
      send(assembler, 0, 1000, { from: 10, to: 60 });
    }
    expect(inAll.count).toBe(100);
    expect(recorders.map(({ heard }) => heard[0])).toEqual(['', '', `|${TEXT.slice(10, 60)}`]);
    send(assemblers[0]!, 0, 1000, { from: 0, to: 10 });
    expect(recorders[0]!.heard[0]).toBe(TEXT.slice(0, 60));
    expect(inAll.count).toBe(50);
    assemblers[1]!.forget();
    expect(inAll.count).toBe(0);
  });
});
