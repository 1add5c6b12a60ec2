import { describe, expect, it } from 'vitest';
import { NotACaptureError } from '../../src/capture/damage.js';
import { detectFormat } from '../../src/capture/detect.js';
import { writeErf, writeNetmon, writeSnoop } from '../support/container-writers.js';
import { writePcap } from '../support/pcap-writer.js';
import { PcapngWriter } from '../support/pcapng-writer.js';

const text = (value: string) => new TextEncoder().encode(value);
const packet = { data: new Uint8Array(60).fill(7), seconds: 1_700_000_000 };

describe('detectFormat', () => {
  it.each([
    ['pcap', writePcap([packet])], ['pcap', writePcap([packet], { littleEndian: false, nanoseconds: true })], ['pcap', writePcap([packet], { modified: true })],
    ['pcapng', new PcapngWriter().section().bytes()], ['pcapng', new PcapngWriter(false).section().bytes()],
    ['snoop', writeSnoop([packet])], ['erf', writeErf([packet, packet, packet])], ['erf', writeErf([packet])], ['netmon', writeNetmon([packet])],
  ])('finds %s, whole or from the first bytes on', (format, file) => {
    const found = detectFormat(file, true);
    expect(found).toMatchObject({ kind: 'capture', format });
    if (found.kind === 'capture') expect(found.create().format).toBe(format);
    for (let length = 0; length < file.length; length++) {
      const early = detectFormat(file.slice(0, length));
      if (early.kind !== 'need-more') expect(early).toMatchObject({ kind: 'capture', format });
    }
  });

  it.each([['gzip', [0x1f, 0x8b, 8, 0]], ['zstd', [0x28, 0xb5, 0x2f, 0xfd]], ['zstd', [0x5a, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 99, 0x28, 0xb5, 0x2f, 0xfd]], ['lz4', [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9, 0x5f, 0x2a, 0x4d, 0x18, 0, 0, 0, 0, 4, 0x22, 0x4d, 0x18]], ['lz4', [0x04, 0x22, 0x4d, 0x18]]])('finds %s', (compression, bytes) => {
    expect(detectFormat(Uint8Array.from(bytes))).toEqual({ kind: 'compressed', compression });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /the file is empty/],
    ['a text file', text('Dear colleague,\nfind attached\n'), /: text; expected a pcap, pcapng/],
    ['text with umlauts', text('Grüße aus Köln'), /: text;/],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x41, 0), /UTF-16/],
    ['JSON', text('{"a": 1}'), /JSON/],
    ['evidence', text('{"schema":"portwitness.evidence/1"}'), /evidence/],
    ['HTML', text('<!DOCTYPE html><html>'), /HTML/],
    ['a zip archive', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0), /: a zip archive; unpack it first/],
    ['an encrypted zip archive', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 9, 0), /: an encrypted zip archive; unpack it with its password first/],
    ['a 7z archive', Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4), /: a 7z archive; unpack it first/],
    ['a rar archive', text('Rar!\x1a\x07\x01\x00'), /: a rar archive; unpack it first/],
    ['a tar archive', text(`${'capture.pcap'.padEnd(257, '\0')}ustar\0`), /: a tar archive; unpack it first/],
    ['legacy lz4', Uint8Array.of(2, 0x21, 0x4c, 0x18, 0, 0, 0, 0), /legacy kind; unpack it first/],
    ['a cabinet', text('MSCF\0\0\0\0'), /cabinet archive \(cab\).*give the \.etl/],
    ['an event log', text('ElfFile\0'), /event log \(evtx\); it holds no packets/],
    ['a crash dump', text('MDMP\x93\xa7\0\0'), /crash dump \(dmp\); it holds no packets/],
    ['a memory dump', text('PAGEDU64'), /memory dump \(dmp\); it holds no packets/],
    ['bzip2', text('BZh91AY'), /bzip2/],
    ['xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /xz/],
    ['an image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), /PNG/],
    ['a pcapng with changed line ends', Uint8Array.of(0x0a, 0x0d, 0x0a, 0x0a, 0x1c), /binary mode/],
    ['Mesquita pcap', Uint8Array.of(0xcd, 0x34, 0xb2, 0xa1), /Mesquita/],
    ['one byte', Uint8Array.of(0), /unknown bytes 00/],
    ['zeros', new Uint8Array(5000), /unknown bytes 00 00/],
    ['a section header of nobody', new PcapngWriter().section().bytes().fill(9, 8, 12), /byte-order magic/],
  ])('says what %s is, in one line', (_name, file, wanted) => {
    expect(() => detectFormat(file, true)).toThrow(NotACaptureError);
    expect(() => detectFormat(file, true)).toThrow(wanted);
    expect(() => detectFormat(file, true)).toThrow(/^not a capture: [^\n]+$/);
  });
});
