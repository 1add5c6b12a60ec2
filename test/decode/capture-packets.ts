import { gunzipSync } from 'node:zlib';

/** One packet of a capture held in memory, for tests that compare whole captures with their truth. */
export interface CapturedPacket { readonly at: number; readonly captured: number; readonly original: number; readonly linkType: number; readonly frame: number }
export interface CapturedPackets { readonly bytes: Uint8Array; readonly packets: readonly CapturedPacket[] }

/**
 * Reads pcap and pcapng in the plainest way, so that tests of the decode stage do not rest on the capture stage. Undefined for other
 * formats; reading ends at the first record that does not fit.
 */
export function readPackets(file: Uint8Array): CapturedPackets | undefined {
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? new Uint8Array(gunzipSync(file)) : file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 24) return undefined;
  const magic = view.getUint32(0);
  if (magic === 0x0a0d0d0a) return { bytes, packets: readPcapng(view) };
  const little = [0xd4c3b2a1, 0x4d3cb2a1, 0x34cdb2a1].includes(magic);
  if (!little && ![0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34].includes(magic)) return undefined;
  return { bytes, packets: readPcap(view, little, (little ? view.getUint32(0, true) : magic) === 0xa1b2cd34 ? 24 : 16) };
}

function readPcap(view: DataView, little: boolean, recordHeader: number): CapturedPacket[] {
  const packets: CapturedPacket[] = [];
  const linkType = view.getUint32(20, little) & 0xffff;
  for (let at = 24; at + recordHeader <= view.byteLength;) {
    const captured = view.getUint32(at + 8, little);
    if (at + recordHeader + captured > view.byteLength) break;
    const original = Math.max(captured, view.getUint32(at + 12, little));
    packets.push({ at: at + recordHeader, captured, original, linkType, frame: packets.length + 1 });
    at += recordHeader + captured;
  }
  return packets;
}

function readPcapng(view: DataView): CapturedPacket[] {
  const packets: CapturedPacket[] = [];
  let interfaces: { linkType: number; snap: number }[] = [];
  let little = true;
  for (let at = 0; at + 12 <= view.byteLength;) {
    const type = view.getUint32(at, little);
    if (type === 0x0a0d0d0a) {
      little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
      interfaces = [];
    }
    const length = view.getUint32(at + 4, little);
    if (length < 12 || at + length > view.byteLength) break;
    if (type === 1) interfaces.push({ linkType: view.getUint16(at + 8, little), snap: view.getUint32(at + 12, little) });
    const frame = packets.length + 1;
    if (type === 6) {
      const linkType = interfaces[view.getUint32(at + 8, little)]?.linkType ?? 0xffff;
      const captured = view.getUint32(at + 20, little);
      packets.push({ at: at + 28, captured, original: Math.max(captured, view.getUint32(at + 24, little)), linkType, frame });
    } else if (type === 2) {
      const captured = view.getUint32(at + 20, little);
      packets.push({ at: at + 28, captured, original: Math.max(captured, view.getUint32(at + 24, little)), linkType: interfaces[view.getUint16(at + 8, little)]?.linkType ?? 0xffff, frame });
    } else if (type === 3) {
      const original = view.getUint32(at + 8, little);
      const snap = interfaces[0]?.snap ?? 0;
      packets.push({ at: at + 12, captured: Math.min(original, length - 16, snap === 0 ? original : snap), original, linkType: interfaces[0]?.linkType ?? 0xffff, frame });
    }
    at += length;
  }
  return packets;
}
