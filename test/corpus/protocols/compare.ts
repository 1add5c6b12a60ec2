/** Each flow of a capture: what we call it against what TShark and nDPI do. */
import { join } from 'node:path';
import { readFlows } from '../../../src/node.js';
import { flowKey, ndpiVerdicts, tsharkVerdicts } from './peers.js';

/** Names of ours that are closer than the peers' common one. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  http: ['winrm', 'bits', 'wsus', 'rd-gateway', 'rd-web', 'rpc-http', 'configmgr', 'kdc-proxy', 'adfs', 'webdav', 'hyper-v-replica', 'ws-discovery', 'ssdp'],
  'dce-rpc': ['epmap'], rdp: ['vmconnect'], 'rdp-udp': ['rdp'], dns: ['llmnr', 'mdns'], dtls: ['cluster'], tls: ['rdp', 'vmconnect', 'ldap', 'tds', 'http', 'smb', 'dns'],
};

export type Standing = 'recognised' | 'alone' | 'missed' | 'differs';

export interface ComparedFlow {
  readonly capture: string;
  /** Transport and ports, as `tcp 49667->135`. */
  readonly flow: string;
  readonly ours: string | null;
  readonly tshark: readonly string[];
  readonly ndpi: readonly string[];
  /** `alone`: no peer has a word for it. `differs`: a peer has, and none of theirs is ours. */
  readonly standing: Standing;
  /** Under which recogniser it is counted: ours, or the peers' where we have none. */
  readonly recogniser: string;
  /** Both peers name the same that we do not. */
  readonly againstBoth: boolean;
}

export async function compareCapture(folder: string, capture: string): Promise<ComparedFlow[]> {
  const path = join(folder, capture);
  const [tshark, ndpi] = [tsharkVerdicts(path), ndpiVerdicts(path)];
  const flows = new Map<string, { flow: string; ours: string | null }>();
  await readFlows([path], ({ transport, client, server, application }) => {
    const key = flowKey(transport, client.address, client.port, server.address, server.port);
    const ours = application?.confidence === 'payload' ? application.protocol : null;
    // Zeek's and our flows of one pair of sockets are several, TShark's one: what any of them was counts.
    if (ours !== null || !flows.has(key)) flows.set(key, { flow: `${transport} ${client.port}->${server.port}`, ours: ours ?? flows.get(key)?.ours ?? null });
  });
  return [...flows].flatMap(([key, { flow, ours }]): ComparedFlow[] => {
    const [t, n] = [[...(tshark.get(key) ?? [])], [...(ndpi.get(key) ?? [])]];
    if (ours === null && t.length === 0 && n.length === 0) return [];
    const agrees = (name: string): boolean => name === ours || (FAMILIES[name]?.includes(ours ?? '') ?? false);
    const standing: Standing = ours === null ? 'missed' : t.length + n.length === 0 ? 'alone' : [...t, ...n].some(agrees) ? 'recognised' : 'differs';
    const common = t.filter((name) => n.includes(name));
    return [{ capture, flow, ours, tshark: t, ndpi: n, standing, recogniser: ours ?? common[0] ?? t[0] ?? n[0]!, againstBoth: standing !== 'recognised' && standing !== 'alone' && common.length > 0 }];
  });
}
