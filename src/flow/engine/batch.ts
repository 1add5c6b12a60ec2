/** Rows of a packet batch, decoded and added to their flows. A row that is not plain stops the run: its headers are decoded outside. */
import { decodePlainPacket } from '../../decode/engine/plain-packet';
import { reserve } from '../../decode/engine/memory';
import { G, SEGMENT_BYTES } from '../../decode/segment-layout';
import { BATCH_ROWS, CHUNK_BYTES, INPUT_BYTES, INTERFACES } from '../batch-layout';
import { eventsShift } from './events';
import { identify, lookAhead } from './flow-identity';
import { add } from './flow-table';
import { surveySender } from './senders';

/** Packets that are decoded before the first of them is added. */
const GROUP = 32;

let segments: usize = 0;
let inputBytes: usize = 0;
let chunkBytes: usize = 0;
let interfaces: usize = 0;
let offsets: usize = 0;
let captured: usize = 0;
let original: usize = 0;
let seconds: usize = 0;
let nanoseconds: usize = 0;
let interfaceIndex: usize = 0;
let frames: usize = 0;

export function initBatch(): void {
  segments = reserve((GROUP + 1) * SEGMENT_BYTES);
  inputBytes = reserve(INPUT_BYTES);
  chunkBytes = reserve(CHUNK_BYTES);
  interfaces = reserve(INTERFACES);
  offsets = reserve(BATCH_ROWS * 4);
  captured = reserve(BATCH_ROWS * 4);
  original = reserve(BATCH_ROWS * 4);
  seconds = reserve(BATCH_ROWS * 8);
  nanoseconds = reserve(BATCH_ROWS * 4);
  interfaceIndex = reserve(BATCH_ROWS * 4);
  frames = reserve(BATCH_ROWS * 8);
}

/** Where things stand: the segment of `addOne`, the packets' bytes, a piece of a file, an octet per interface, and the columns of the batch. */
export function segmentAt(): usize { return segments + GROUP * SEGMENT_BYTES; }
export function inputAt(): usize { return inputBytes; }
export function chunkAt(): usize { return chunkBytes; }
export function interfacesAt(): usize { return interfaces; }
export function offsetsAt(): usize { return offsets; }
export function capturedAt(): usize { return captured; }
export function originalAt(): usize { return original; }
export function secondsAt(): usize { return seconds; }
export function nanosecondsAt(): usize { return nanoseconds; }
export function interfaceIndexAt(): usize { return interfaceIndex; }
export function framesAt(): usize { return frames; }

/**
 * The rows from `from` to `to`, exclusive; answers the row that is not plain, or `to`. What is added to a place in the batch's bytes is `shift`. `firstKey`: key of the frame number 0 of this capture.
 */
export function run(from: i32, to: i32, shift: i32, firstKey: f64): i32 {
  eventsShift(shift);
  let row = from;
  while (row < to) {
    let count = 0;
    let plain = true;
    while (count < GROUP && row < to) {
      const s = segments + <usize>count * SEGMENT_BYTES;
      const at = <usize>row;
      const point = load<u32>(interfaceIndex + (at << 2));
      // The number of octets of checksum at the end plus one; 0: no Ethernet.
      const trait: u32 = point < <u32>INTERFACES ? load<u8>(interfaces + <usize>point) : 0;
      const frame = <usize>(load<i32>(offsets + (at << 2)) + shift);
      const onWire = load<u32>(original + (at << 2));
      const trailer = trait - 1;
      const end = frame + (onWire > trailer ? <usize>(onWire - trailer) : 0);
      const capturedEnd = frame + <usize>load<u32>(captured + (at << 2));
      if (trait == 0 || !decodePlainPacket(frame, capturedEnd < end ? capturedEnd : end, end, -shift, s)) {
        plain = false;
        break;
      }
      store<i32>(s, row, G.row);
      store<f64>(s, load<f64>(seconds + (at << 3)), G.seconds);
      store<i32>(s, load<i32>(nanoseconds + (at << 2)), G.nanoseconds);
      store<f64>(s, firstKey + load<f64>(frames + (at << 3)), G.frameKey);
      store<i32>(s, <i32>point, G.point);
      surveySender(s, row);
      identify(s);
      row++;
      count++;
    }
    lookAhead(segments, SEGMENT_BYTES, count);
    for (let i = 0; i < count; i++) add(segments + <usize>i * SEGMENT_BYTES);
    if (!plain) break;
  }
  return row;
}

/** The segment at `segmentAt`. */
export function addOne(): void {
  const s = segmentAt();
  store<i32>(s, -1, G.record);
  identify(s);
  add(s);
}
