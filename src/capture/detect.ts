/**
 * What a file is, by its first bytes and never by its name.
 */
import type { CaptureFormat, CaptureReader } from './capture-reader.js';
import { NotACaptureError } from './damage.js';
import { ErfReader, isErf } from './erf.js';
import { isEtl } from './etl-layout.js';
import { EtlReader } from './etl.js';
import { foreignFile } from './foreign-files.js';
import { isNetmon } from './netmon-layout.js';
import { NetmonReader } from './netmon.js';
import { isPcap, PcapReader } from './pcap.js';
import { BlockType, isSectionLittleEndian } from './pcapng-layout.js';
import { PcapngReader } from './pcapng.js';
import type { RandomAccess } from './random-access.js';
import { isSnoop, SnoopReader } from './snoop.js';

export type Compression = 'gzip' | 'zstd' | 'lz4';

/** `create` takes the file itself, where any part of it can be read. */
export type Detection =
  | { readonly kind: 'capture'; readonly format: CaptureFormat; create(file?: RandomAccess): CaptureReader }
  | { readonly kind: 'compressed'; readonly compression: Compression }
  | { readonly kind: 'need-more' };

/** With so many bytes the answer is never `need-more`. */
export const DETECTION_LENGTH = 4096;

/**
 * @param head the first bytes of the file, as many as there are; a few are enough for most formats.
 * @param isWhole `head` is the whole file: the answer is then never `need-more`.
 * @throws NotACaptureError which says in one line what it is instead.
 */
export function detectFormat(head: Uint8Array, isWhole = false): Detection {
  if (head.length === 0 && isWhole) throw refusal('the file is empty');
  const isEnough = isWhole || head.length >= DETECTION_LENGTH;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const known = detectBySignature(view);
  if (known !== undefined) return known;
  const foreign = head.length >= FOREIGN_LENGTH || isWhole ? foreignFile(head) : undefined;
  if (foreign !== undefined) throw new NotACaptureError(`not a capture: ${foreign}`);
  if (!isEnough) return { kind: 'need-more' };
  if (isEtl(view)) return { kind: 'capture', format: 'etl', create: () => new EtlReader() };
  const text = textIn(head);
  if (text !== undefined) throw refusal(text);
  if (isErf(view, isWhole)) return { kind: 'capture', format: 'erf', create: () => new ErfReader() };
  throw refusal(`unknown bytes ${hexOf(head.subarray(0, 8))}`);
}

/** Undefined: no signature, or too few bytes to see one. */
function detectBySignature(view: DataView): Detection | undefined {
  const length = view.byteLength;
  if (length >= 2 && view.getUint16(0) === GZIP) return { kind: 'compressed', compression: 'gzip' };
  if (length < 4) return undefined;
  const first = view.getUint32(0);
  if (isPcap(view)) return { kind: 'capture', format: 'pcap', create: () => new PcapReader() };
  if (first === BlockType.sectionHeader && (length < SECTION_START_LENGTH || isSectionLittleEndian(view, 0) !== undefined)) {
    return { kind: 'capture', format: 'pcapng', create: () => new PcapngReader() };
  }
  if (isNetmon(view)) return { kind: 'capture', format: 'netmon', create: (file) => new NetmonReader(file) };
  if (length >= 8 && isSnoop(view)) return { kind: 'capture', format: 'snoop', create: () => new SnoopReader() };
  const compression = first === ZSTD ? 'zstd' : first === LZ4 ? 'lz4' : isSkippable(first) ? behindSkippableFrames(view) : undefined;
  return compression === undefined ? undefined : { kind: 'compressed', compression };
}

/** zstd and lz4 share frames that are to be skipped: what comes behind decides. Undefined: more bytes are needed. */
function behindSkippableFrames(view: DataView): Compression | undefined {
  let at = 0;
  while (view.byteLength - at >= 8 && isSkippable(view.getUint32(at))) at += 8 + view.getUint32(at + 4, true);
  if (view.byteLength - at >= 4 && !isSkippable(view.getUint32(at))) return view.getUint32(at) === LZ4 ? 'lz4' : 'zstd';
  return view.byteLength >= DETECTION_LENGTH ? 'zstd' : undefined;
}

function isSkippable(magic: number): boolean {
  return (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_FRAME;
}

/** As big-endian numbers. */
const GZIP = 0x1f8b;
const ZSTD = 0x28b52ffd;
const LZ4 = 0x04224d18;
/** 50 to 5f, then 2a 4d 18. */
const SKIPPABLE_FRAME = 0x502a4d18;
const SKIPPABLE_MASK = 0xf0ffffff;
const SECTION_START_LENGTH = 12;
/** A refusal should not depend on how the first bytes were cut. */
const FOREIGN_LENGTH = 8;

function refusal(what: string): NotACaptureError {
  return new NotACaptureError(`not a capture: ${what}; expected a pcap, pcapng, ETL, Network Monitor, snoop or ERF file, plain or as gzip, zstd or lz4`);
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return head.length >= bytes.length && bytes.every((byte, i) => head[i] === byte);
}

/** What kind of text it is; undefined: none. */
function textIn(head: Uint8Array): string | undefined {
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return 'text (UTF-16)';
  if (head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c && byte !== 0x1b)) return undefined;
  // The head may end inside a character of several bytes.
  const text = new TextDecoder().decode(head, { stream: true });
  if (text.includes('\ufffd')) return undefined;
  const begin = text.replace(/^\ufeff/u, '').trimStart();
  if (/^\{\s*"(?:format|schema|kind)"\s*:\s*"portwitness/u.test(begin)) return 'evidence or a report of this program (JSON), which is read where evidence is asked for';
  if (/^[{[]/u.test(begin)) return 'text (JSON)';
  if (/^<(?:\?xml|!doctype|html)/iu.test(begin)) return 'text (XML or HTML)';
  return 'text';
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
