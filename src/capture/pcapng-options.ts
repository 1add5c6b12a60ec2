/**
 * What stands in pcapng blocks besides packets (draft-ietf-opsawg-pcapng, sections 3.5, 4.2, 4.5, 4.6): options, interface
 * descriptions, names, statistics. Rare blocks: clarity before speed.
 */
import ipaddr from 'ipaddr.js';
import type { CapturedName, CaptureInterface } from './capture-reader.js';
import { canonicalLinkType } from './link-type.js';
import { PacketFlag } from './packet-batch.js';
import { PcapngClock } from './pcapng-clock.js';

const END_OF_OPTIONS = 0;
const OPTION_HEADER_LENGTH = 4;

const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const IF_FILTER = 11;
const IF_OS = 12;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;
/** First byte of if_filter: the filter follows as text. */
const FILTER_AS_TEXT = 0;
const MICROSECONDS = 6;

const ISB_IFDROP = 5;
const ISB_OSDROP = 7;
/** Larger counts are "not known" (all bits set) or damage; even the sum over all interfaces stays an exact number. */
const MAX_DROPPED = 2 ** 35;

const OPT_COMMENT = 1;
/** `PID=`, as a big-endian number. */
const PROCESS_MARK = 0x5049443d;
const PROCESS_MARK_LENGTH = 4;
const MAX_PROCESS_LENGTH = PROCESS_MARK_LENGTH + 10;
const DIGIT_0 = 0x30;

const EPB_FLAGS = 2;
const EPB_VERDICT = 7;
const DIRECTION_MASK = 3;
const FLAG_CHECKSUM_NOT_READY = 1 << 9;
const FLAG_SEGMENTATION_OFFLOAD = 1 << 11;
/** First byte of epb_verdict, and the value: how etl2pcapng says that pktmon saw the packet dropped. */
const VERDICT_XDP = 2;
const XDP_DROP = 1;

const NRB_END = 0;
const NRB_IPV4 = 1;
const NRB_IPV6 = 2;
/** Of one name, bytes; longer ones are no host names (RFC 1035: 255). */
const MAX_NAME_LENGTH = 255;

const text = new TextDecoder();

/** One value from `start` to `limit` (exclusive), in `view`. */
type OptionVisitor = (code: number, start: number, limit: number) => void;

/** Calls `visit` per option between `start` and `limit`. Options that reach past `limit`, and what follows them, are left out. */
export function visitOptions(view: DataView, start: number, limit: number, littleEndian: boolean, visit: OptionVisitor): void {
  let at = start;
  while (limit - at >= OPTION_HEADER_LENGTH) {
    const code = view.getUint16(at, littleEndian);
    const end = at + OPTION_HEADER_LENGTH + view.getUint16(at + 2, littleEndian);
    if (code === END_OF_OPTIONS || end > limit) return;
    visit(code, at + OPTION_HEADER_LENGTH, end);
    at = start + roundUpTo4(end - start);
  }
}

export function roundUpTo4(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** Interface description block, body from `start` to `limit` (at least 8 bytes). */
export function readInterfaceBlock(view: DataView, start: number, limit: number, littleEndian: boolean): { described: CaptureInterface; clock: PcapngClock } {
  let name: string | null = null;
  let description: string | null = null;
  let filter: string | null = null;
  let operatingSystem: string | null = null;
  let fcsLength = 0;
  let resolution = MICROSECONDS;
  let offsetSeconds = 0;
  visitOptions(view, start + 8, limit, littleEndian, (code, at, end) => {
    if (code === IF_NAME) name = textOf(view, at, end);
    else if (code === IF_DESCRIPTION) description = textOf(view, at, end);
    else if (code === IF_OS) operatingSystem = textOf(view, at, end);
    else if (code === IF_FILTER && end > at && view.getUint8(at) === FILTER_AS_TEXT) filter = textOf(view, at + 1, end);
    else if (code === IF_TSRESOL && end > at) resolution = view.getUint8(at);
    else if (code === IF_TSOFFSET && end - at >= 8) offsetSeconds = Number(view.getBigInt64(at, littleEndian));
    else if (code === IF_FCSLEN && end > at) fcsLength = fcsBytes(view.getUint8(at));
  });
  return {
    described: {
      linkType: canonicalLinkType(view.getUint16(start, littleEndian)),
      snapLength: view.getUint32(start + 4, littleEndian),
      fcsLength, name, description, filter, operatingSystem, dropped: null,
    },
    clock: new PcapngClock(resolution, offsetSeconds),
  };
}

/** The draft says bits in one place; writers store bytes. No frame check sequence has more than 8 bytes or fewer than 16 bits. */
function fcsBytes(value: number): number {
  return value > 8 ? value >>> 3 : value;
}

/** Interface statistics block: what the interface and the system dropped; null: it does not say. */
export function readDropped(view: DataView, start: number, limit: number, littleEndian: boolean): number | null {
  let dropped: number | null = null;
  visitOptions(view, start + 12, limit, littleEndian, (code, at, end) => {
    if ((code !== ISB_IFDROP && code !== ISB_OSDROP) || end - at < 8) return;
    const count = Number(view.getBigUint64(at, littleEndian));
    if (count <= MAX_DROPPED) dropped = (dropped ?? 0) + count;
  });
  return dropped;
}

/** {@link PacketFlag} bits from the options of a packet block. A loop of its own: it runs per packet where options are present. */
export function packetFlags(view: DataView, start: number, limit: number, littleEndian: boolean): number {
  let flags = 0;
  let at = start;
  while (limit - at >= OPTION_HEADER_LENGTH) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    const value = at + OPTION_HEADER_LENGTH;
    if (code === END_OF_OPTIONS || value + length > limit) break;
    if (code === EPB_FLAGS && length >= 4) {
      const word = view.getUint32(value, littleEndian);
      const direction = word & DIRECTION_MASK;
      if (direction !== DIRECTION_MASK) flags |= direction; // 1 and 2 are PacketFlag.inbound and outbound
      if ((word & FLAG_CHECKSUM_NOT_READY) !== 0) flags |= PacketFlag.checksumNotReady;
      if ((word & FLAG_SEGMENTATION_OFFLOAD) !== 0) flags |= PacketFlag.segmentationOffload;
    } else if (code === EPB_VERDICT && length === 9 && view.getUint8(value) === VERDICT_XDP && view.getUint32(value + (littleEndian ? 1 : 5), littleEndian) === XDP_DROP) {
      flags |= PacketFlag.dropped;
    }
    at = value + ((length + 3) & ~3);
  }
  return flags;
}

/** Process id in the options of a packet block, which etl2pcapng writes as a comment (`PID=4 TID=96`); null: none. */
export function packetProcess(view: DataView, start: number, limit: number, littleEndian: boolean): number | null {
  let process: number | null = null;
  visitOptions(view, start, limit, littleEndian, (code, at, end) => {
    if (process !== null || code !== OPT_COMMENT || end - at <= PROCESS_MARK_LENGTH || view.getUint32(at) !== PROCESS_MARK) return;
    let id = 0;
    let digit = at + PROCESS_MARK_LENGTH;
    for (; digit < end && digit - at < MAX_PROCESS_LENGTH; digit++) {
      const value = view.getUint8(digit) - DIGIT_0;
      if (value < 0 || value > 9) break;
      id = id * 10 + value;
    }
    if (digit > at + PROCESS_MARK_LENGTH) process = id;
  });
  return process;
}

/** Name resolution block: the names of IP addresses in it, in order. */
export function readNames(view: DataView, start: number, limit: number, littleEndian: boolean, found: (name: CapturedName) => void): void {
  let at = start;
  while (limit - at >= 4) {
    const type = view.getUint16(at, littleEndian);
    const end = at + 4 + view.getUint16(at + 2, littleEndian);
    if (type === NRB_END || end > limit) return;
    const addressLength = type === NRB_IPV4 ? 4 : 16;
    if ((type === NRB_IPV4 || type === NRB_IPV6) && end - at >= 4 + addressLength) {
      const address = addressText(view, at + 4, addressLength);
      const names = text.decode(bytesOf(view, at + 4 + addressLength, end)).split('\0');
      for (const name of names) if (name !== '' && name.length <= MAX_NAME_LENGTH) found({ address, name });
    }
    at = start + roundUpTo4(end - start);
  }
}

function addressText(view: DataView, at: number, length: number): string {
  const bytes = [...bytesOf(view, at, at + length)];
  return length === 4 ? bytes.join('.') : new ipaddr.IPv6(bytes).toRFC5952String();
}

/** Text options are not terminated, but some writers do it all the same. */
function textOf(view: DataView, start: number, limit: number): string {
  return text.decode(bytesOf(view, start, limit)).replace(/\0.*$/su, '');
}

function bytesOf(view: DataView, start: number, limit: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, limit - start);
}
