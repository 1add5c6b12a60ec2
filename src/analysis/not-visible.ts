/** What goes on, or may, where no capture of packets shows it: said, so that nobody takes its absence for a failure. */
import type { HiddenEvidence } from '../evidence/evidence.js';
import type { HostLabels } from './host-labels.js';
import type { NotVisibleReport } from './report-model.js';

const MAX_LISTED = 100;

/** Once for each pair of hosts, port and kind. */
export function notVisible(hidden: readonly HiddenEvidence[], labels: HostLabels): NotVisibleReport[] {
  const kept = new Map<string, NotVisibleReport>();
  for (const one of hidden) {
    const key = `${one.kind} ${one.client} ${one.server} ${one.port}`;
    if (!kept.has(key) && kept.size < MAX_LISTED) kept.set(key, { what: one.kind, client: one.client, server: one.server, port: one.port, explanation: explain(one, labels), frames: [one.frame] });
  }
  return [...kept.values()];
}

function explain({ kind, server, detail }: HiddenEvidence, labels: HostLabels): string {
  const name = labels.short(server);
  switch (kind) {
    case 'rdma': return `${name} offers RDMA on ${detail}: if the client has it too, files and memory go by SMB Direct from here on, and no capture shows them`;
    case 'smb-encrypted': return `SMB is encrypted: files, shares and the named pipes of ${name} (RPC over them) cannot be read`;
    case 'dcom-private': return `DCOM answers of ${name} are under packet privacy: the dynamic ports that they hand out stay unnamed`;
    case 'mapper-private': return `answers of the endpoint mapper of ${name} are under packet privacy: the dynamic ports that they hand out stay unnamed`;
  }
}
