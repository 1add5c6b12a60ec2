/**
 * Why we do not say what a peer says, where somebody looked at the bytes. The first that fits a flow counts; a difference from both peers,
 * or a miss that both find, without one fails `npm run protocols`.
 */
import type { ComparedFlow } from './compare.js';

export interface Explanation {
  /** Capture, or the end of a folder's name; absent: any. */
  readonly capture?: RegExp;
  readonly flow?: RegExp;
  readonly ours?: string | null;
  readonly tshark?: string;
  readonly ndpi?: string;
  readonly text: string;
}

export const explanations: readonly Explanation[] = [
  { capture: /fragmented-1\.pcap$/, text: 'fragments with a test pattern: ten zero bytes and the letter X, mode 0 is no NTP; both peers go by port 123, and TShark calls it malformed' },
  { capture: /icmp-destunreach-udp\.pcap$/, flow: /53->59207/, text: 'the datagram is there only as a quote inside an ICMP error: no flow of packets' },
  { capture: /dcerpc_synthetic\.pcap$/, flow: /->445$/, text: 'bare DCE/RPC on port 445 (no SMB around it): TShark goes by the port' },
  { capture: /solaris\.snoop$/, tshark: 'dhcp', text: 'plain BOOTP (RFC 951): there is no cookie of DHCP in the message' },
  { ours: null, tshark: 'smb', text: 'one zero byte, which is TCP\'s keep-alive probe and no message of a session' },
  { ours: null, tshark: 'ssh', text: 'encrypted packets from the middle of a connection: the banner was not captured, TShark goes by port 22' },
  { capture: /pcapng-example\.pcapng\.zst$/, tshark: 'tls', text: 'MySQL, whose own greeting comes first and TLS inside it: not one of the protocols that are recognised here' },
];

export function explain(flow: ComparedFlow): string | undefined {
  return explanations.find(({ capture, flow: ports, ours, tshark, ndpi }) => (capture === undefined || capture.test(flow.capture)) && (ports === undefined || ports.test(flow.flow))
    && (ours === undefined || ours === flow.ours) && (tshark === undefined || flow.tshark.includes(tshark)) && (ndpi === undefined || flow.ndpi.includes(ndpi)))?.text;
}
