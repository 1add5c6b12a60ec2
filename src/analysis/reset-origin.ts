/**
 * Who sent a RST: the host, or a device that speaks in its name. A device's RST has its own TTL (it starts nearer or farther
 * away), and often IP id 0 where the host counts (connection-outcomes: "Who sent the RST?").
 */
import type { Flow } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';

const RST = 0x04;

export interface ResetOrigin {
  readonly by: 'host' | 'device' | 'unknown';
  readonly reason: string;
}

export function resetOrigin(flow: Flow, file: CaseFile): ResetOrigin {
  const reset = flow.sketch.find((row) => row.from === 'server' && (row.flags & RST) !== 0);
  const ttl = reset?.ttl ?? flow.ttl.server;
  if (ttl === null || ttl === undefined || ttl === 0) return { by: 'unknown', reason: '' };
  const usual = usualTtl(flow, file);
  if (usual === null) return { by: 'unknown', reason: '' };
  const who = file.labels.short(flow.server.address);
  if (usual.includes(ttl)) return { by: 'host', reason: `the RST has TTL ${ttl}, as other packets of ${who}` };
  // Where packets are seen at several points, the same sender shows several TTLs.
  if ((file.evidence.captures[flow.first.capture]?.traits.duplicates ?? 0) > 0) return { by: 'unknown', reason: '' };
  return { by: 'device', reason: `the RST has TTL ${ttl}, but packets of ${who} arrive with TTL ${usual.join(' or ')}: another device sent it in its name` };
}

/** TTLs with which answers of this server arrive where the flow was captured; null: none was seen. */
function usualTtl(flow: Flow, file: CaseFile): number[] | null {
  const found = new Set<number>();
  for (const other of file.byServer(flow.server.address)) {
    if (other === flow || other.ttl.server === null || other.first.capture !== flow.first.capture) continue;
    if (other.outcome === 'refused' || other.outcome === 'no-answer' || other.outcome === 'rejected' || other.outcome === 'one-way') continue;
    if (other.client.address === flow.client.address) found.add(other.ttl.server);
  }
  if (found.size === 0) {
    const sender = file.evidence.captures[flow.first.capture]?.traits.senders.find((one) => one.address === flow.server.address);
    // One packet is this very RST.
    if (sender !== undefined && sender.packets > 4) found.add(sender.ttl);
  }
  return found.size === 0 ? null : [...found].sort((a, b) => a - b);
}
