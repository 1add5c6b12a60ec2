/** Compresses as plain LZ77 of the Xpress family (MS-XCA, section 2.3): what Windows does with the buffers of event traces. */
import { ByteWriter } from './byte-writer.js';

const HISTORY = 8192;

/** Greedy, with the last place of each three bytes; good enough to have literals, matches of all kinds of length, and overlaps. */
export function compressXpress(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(input.length * 2 + 64);
  const view = new DataView(out.buffer);
  const places = new Map<number, number>();
  let flagsAt = 0;
  let flagCount = 0;
  let flags = 0;
  let to = 4;
  let halfAt = -1;
  const flag = (bit: number) => {
    flags = ((flags << 1) | bit) >>> 0;
    if (++flagCount === 32) {
      view.setUint32(flagsAt, flags, true);
      flagsAt = to;
      to += 4;
      flagCount = 0;
      flags = 0;
    }
  };
  for (let at = 0; at < input.length;) {
    const key = at + 2 < input.length ? input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) : -1;
    const place = places.get(key);
    if (key >= 0) places.set(key, at);
    if (place === undefined || at - place > HISTORY) {
      out[to++] = input[at++]!;
      flag(0);
      continue;
    }
    let length = 3;
    while (at + length < input.length && input[at + length] === input[place + length]) length++;
    const distance = at - place;
    const rest = length - 3;
    view.setUint16(to, ((distance - 1) << 3) | Math.min(rest, 7), true);
    to += 2;
    if (rest >= 7) {
      const half = Math.min(rest - 7, 15);
      if (halfAt < 0) {
        halfAt = to;
        out[to++] = half;
      } else {
        out[halfAt]! |= half << 4;
        halfAt = -1;
      }
      if (half === 15) {
        const more = rest - 7 - 15;
        if (more < 255) out[to++] = more;
        else {
          out[to++] = 255;
          if (rest < 65_536) {
            view.setUint16(to, rest, true);
            to += 2;
          } else {
            view.setUint16(to, 0, true);
            view.setUint32(to + 2, rest, true);
            to += 6;
          }
        }
      }
    }
    at += length;
    flag(1);
  }
  // What follows the last item is a match by its flag, of which nothing is there.
  const used = 32 - flagCount;
  view.setUint32(flagsAt, used === 32 ? 0xffffffff : ((flags << used) | (2 ** used - 1)) >>> 0, true);
  return new ByteWriter().raw(out.subarray(0, to)).bytes();
}
