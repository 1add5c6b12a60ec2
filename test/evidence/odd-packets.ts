/** Frames that belong to no flow. */
import { ByteWriter } from '../support/byte-writer.js';
import { ethernet, EtherType, ipv4, udp } from '../support/packet-builder.js';

export function arp(): Uint8Array {
  return ethernet(new ByteWriter(false).u16(1, EtherType.ipv4).u8(6, 4).u16(1).raw(new Uint8Array(20)).bytes(), { type: EtherType.arp });
}

/** An IPv4 header that claims to be shorter than one can be. */
export function brokenIp(): Uint8Array {
  const frame = ethernet(ipv4({ from: '10.0.0.1', to: '10.0.0.2' }, udp({ from: 1, to: 2 })));
  frame[14] = 0x42;
  return frame;
}
