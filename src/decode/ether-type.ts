import { Bucket } from './bucket.js';
import { type Progress, Step } from './cursor.js';

/** Ethertypes (IEEE 802 numbers) of what is decoded, and of what is counted by name. */
export const EtherType = {
  ipv4: 0x0800, arp: 0x0806, transparentBridging: 0x6558, wccp: 0x883e, vlan: 0x8100, ipv6: 0x86dd, ppp: 0x880b, mpls: 0x8847, mplsMulticast: 0x8848,
  pppoeSession: 0x8864, providerVlan: 0x88a8, erspan: 0x88be, pbb: 0x88e7, vntag: 0x8926, vlan9100: 0x9100, vlan9200: 0x9200, erspan3: 0x22eb,
} as const;

/** The step that reads what an ethertype announces; the cursor stands behind the ethertype. */
export function afterEtherType(type: number): Progress {
  switch (type) {
    case EtherType.ipv4: return Step.ipv4;
    case EtherType.ipv6: return Step.ipv6;
    case EtherType.vlan:
    case EtherType.providerVlan:
    case EtherType.vlan9100:
    case EtherType.vlan9200: return Step.vlan;
    case EtherType.arp: return Bucket.arp;
    case EtherType.mpls:
    case EtherType.mplsMulticast: return Step.mpls;
    case EtherType.pppoeSession: return Step.pppoe;
    case EtherType.vntag: return Step.vntag;
    case EtherType.pbb: return Step.pbb;
    case EtherType.transparentBridging: return Step.ethernet;
    default: return Bucket['not-ip'];
  }
}
