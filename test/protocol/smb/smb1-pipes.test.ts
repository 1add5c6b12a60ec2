/** DCE/RPC in named pipes of SMB 1, from messages built by the layouts of [MS-CIFS] 2.2.4. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bind, bindAck, concat, fault, LSARPC, request, response, Writer } from '../dcerpc/pdus.js';
import { cut, identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';

interface Message { readonly command: number; readonly words: Uint8Array; readonly data: Uint8Array; readonly mid: number; readonly answer?: boolean; readonly status?: number }

const HEADER = 32;
/** Offset of the data behind words and byte count, one byte of padding in front of them. */
const dataOffset = (words: number) => HEADER + 1 + words + 2 + 1;

function message({ command, words, data, mid, answer = false, status = 0 }: Message): Piece {
  const body = new Writer().u8(0xff, 0x53, 0x4d, 0x42, command).u8(status & 0xff, (status >> 8) & 0xff, (status >> 16) & 0xff, status >>> 24).u8(answer ? 0x98 : 0x18).u16(0xc807)
    .bytes(new Uint8Array(12)).u16(2048).u16(1).u16(100).u16(mid)
    .u8(words.length / 2).bytes(words).u16(data.length + 1).u8(0).bytes(data).done();
  return { side: answer ? 1 : 0, bytes: concat(Uint8Array.of(0, 0, body.length >> 8, body.length & 0xff), body), frame: 0 };
}

const utf16 = (text: string) => Uint8Array.from([...text].flatMap((one) => [one.charCodeAt(0), 0]).concat(0, 0));
const opening = (mid: number) => message({ command: 0xa2, words: new Writer().u8(0xff, 0).u16(0).u8(0).u16(14).bytes(new Uint8Array(41)).done(), data: utf16('\\lsarpc'), mid });
const opened = (mid: number, file: number, type = 2) =>
  message({ command: 0xa2, words: new Writer().u8(0xff, 0).u16(0).u8(0).u16(file).bytes(new Uint8Array(56)).u16(type).bytes(new Uint8Array(3)).done(), data: new Uint8Array(0), mid, answer: true });

/** `raw`: in raw mode the data begins with the length of the message. */
function write(mid: number, file: number, data: Uint8Array, raw = false): Piece {
  const all = raw ? concat(Uint8Array.of(data.length & 0xff, data.length >> 8), data) : data;
  const words = new Writer().u8(0xff, 0).u16(0).u16(file).bytes(new Uint8Array(8)).u16(raw ? 0x0c : 0x08).u16(0).u16(0).u16(all.length).u16(dataOffset(24));
  return message({ command: 0x2f, words: words.done(), data: all, mid });
}
const read = (mid: number, file: number) => message({ command: 0x2e, words: new Writer().u8(0xff, 0).u16(0).u16(file).bytes(new Uint8Array(14)).done(), data: new Uint8Array(0), mid });
const readAnswer = (mid: number, data: Uint8Array, status = 0) =>
  message({ command: 0x2e, words: new Writer().u8(0xff, 0).u16(0).u16(0).u16(0).u16(0).u16(data.length).u16(dataOffset(24)).bytes(new Uint8Array(10)).done(), data, mid, answer: true, status });
function transact(mid: number, file: number, data: Uint8Array): Piece {
  const words = new Writer().u16(0).u16(data.length).u16(0).u16(1024).u8(0, 0).u16(0).bytes(new Uint8Array(4)).u16(0).u16(0).u16(0).u16(data.length).u16(dataOffset(32)).u8(2, 0).u16(0x26).u16(file);
  return message({ command: 0x25, words: words.done(), data, mid });
}
const transacted = (mid: number, data: Uint8Array, total = data.length, displacement = 0, status = 0) => message({
  command: 0x25, words: new Writer().u16(0).u16(total).u16(0).u16(0).u16(0).u16(0).u16(data.length).u16(dataOffset(20)).u16(displacement).u16(0).done(), data, mid, answer: true, status,
});

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 445 });
const theBind = bind([{ id: 0, uuid: LSARPC, version: 0 }]);
const theAck = bindAck([[0, 0]]);
const numbered = (pieces: readonly Piece[]) => pieces.map((piece, index) => ({ ...piece, frame: index + 1 }));
const bindOn = { interface: { uuid: LSARPC, version: '0.0' }, result: 0, pipe: '\\PIPE\\lsarpc' };

function rpcOf(pieces: readonly Piece[]): unknown[] {
  const { events, malformed } = inspect(identity, numbered(pieces));
  expect(malformed).toBe(0);
  return events.rpc;
}

describe('a bind on a pipe of SMB 1', () => {
  it.each([
    ['written and read', [write(2, 9, theBind), read(3, 9), readAnswer(3, theAck)]],
    ['written raw', [write(2, 9, theBind, true), read(3, 9), readAnswer(3, theAck)]],
    ['in a transaction', [transact(2, 9, theBind), transacted(2, theAck)]],
    ['answered in two messages of one transaction', [transact(2, 9, theBind), transacted(2, theAck.slice(0, 30), theAck.length), transacted(2, theAck.slice(30), theAck.length, 30)]],
    ['answered by what overflows and a read', [transact(2, 9, theBind), transacted(2, theAck.slice(0, 30), 30, 0, 0x80000005), read(3, 9), readAnswer(3, theAck.slice(30))]],
  ] as const)('%s is told with its pipe', (_, talk) => {
    expect(rpcOf([opening(1), opened(1, 9), ...talk])).toMatchObject([bindOn]);
  });

  it('belongs to its pipe where two are open', () => {
    const told = rpcOf([opening(1), opening(2), opened(2, 8), opened(1, 9), transact(3, 8, theBind), transact(4, 9, theBind), transacted(4, bindAck([[2, 1]])), transacted(3, theAck)]);
    expect(told).toMatchObject([{ result: 2 }, { result: 0 }]);
  });

  it('is none where a plain file was opened', () => {
    expect(rpcOf([opening(1), opened(1, 9, 0), write(2, 9, theBind), read(3, 9), readAnswer(3, theAck)])).toEqual([]);
  });

  it('whose call ends in a fault is followed by a refusal', () => {
    const told = rpcOf([opening(1), opened(1, 9), transact(2, 9, theBind), transacted(2, theAck), transact(3, 9, request(0, 44, new Uint8Array(8))), transacted(3, fault(0, 5))]);
    expect(told).toMatchObject([bindOn, { kind: 'fault', status: 5, operation: 44, pipe: '\\PIPE\\lsarpc' }]);
  });

  it('is the same however the stream is cut', () => {
    const pieces = numbered([opening(1), opened(1, 9), write(2, 9, theBind), read(3, 9), readAnswer(3, theAck), transact(4, 9, request(0, 1, new Uint8Array(4))), transacted(4, response(0, new Uint8Array(4)))]);
    const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    fc.assert(fc.property(fc.uniqueArray(fc.nat(total), { maxLength: 30 }), (places) => {
      expect(inspect(identity, cut(pieces, new Set(places))).events.rpc).toMatchObject([bindOn]);
    }), { numRuns: 80 });
  });
});
