/** Kerberos knows no such name, and the same client logs on to the machine by NTLM: the classical sign of a missing SPN, an alias or an address. */
import type { Conversation, Evidence } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import type { HostLabels } from './host-labels.js';
import { hasTime, secondsBetween } from './moments.js';

const FALLBACK_SECONDS = 60;

interface Logon {
  readonly conversation: Conversation;
  /** What the machine is called: by the client, by itself, and its address. In lower case. */
  readonly names: readonly string[];
}

/** Logons by NTLM, by client. Looked for once, and only when a name is refused: most captures ask for none. */
export class NtlmLogons {
  private readonly evidence: Evidence;
  private readonly labels: HostLabels;
  private found: ReadonlyMap<string, readonly Logon[]> | undefined;

  constructor(evidence: Evidence, labels: HostLabels) {
    this.evidence = evidence;
    this.labels = labels;
  }

  /** In the order of their conversations. */
  of(client: string): readonly Logon[] {
    this.found ??= this.find();
    return this.found.get(client) ?? [];
  }

  private find(): ReadonlyMap<string, readonly Logon[]> {
    const found = new Map<string, Logon[]>();
    for (const conversation of this.evidence.conversations) {
      if (conversation.application === null || !hasTime(conversation.start) || !hasTime(conversation.end)) continue;
      const { authentication, serverName, host, tree } = conversation.application.facts;
      if (!words(authentication).some((word) => word.toLowerCase() === 'ntlm')) continue;
      const names = [
        ...words(serverName), ...words(host), ...words(tree).map((path) => path.replace(/^\\\\/u, '').split('\\')[0]!), conversation.server,
        ...this.labels.namesOf(conversation.server).map(({ name }) => name),
      ];
      const logon = { conversation, names: [...new Set(names.map((name) => name.toLowerCase()))] };
      const known = found.get(conversation.client);
      if (known === undefined) found.set(conversation.client, [logon]);
      else known.push(logon);
    }
    return found;
  }
}

/** `wanted`: the principal that has no ticket, `cifs/files.lab.test@REALM`. null: no logon by NTLM to that name within a minute. */
export function ntlmInstead(refused: Flow, wanted: string, logons: NtlmLogons): { readonly conversation: Conversation; readonly name: string } | null {
  const host = /^[^/@]+\/([^/@:]+)/u.exec(wanted)?.[1]?.toLowerCase();
  if (host === undefined || !hasTime(refused.start)) return null;
  for (const { conversation, names } of logons.of(refused.client.address)) {
    if (!names.some((name) => sameHost(name, host))) continue;
    const ends = secondsBetween(refused.start, conversation.end);
    const begins = secondsBetween(refused.start, conversation.start);
    if (ends >= 0 && begins <= FALLBACK_SECONDS) return { conversation, name: host };
  }
  return null;
}

/** A short name is that of the long one; an address is itself only. */
function sameHost(a: string, b: string): boolean {
  if (a === b) return true;
  if (/^[\d.]+$/u.test(a) || /^[\d.]+$/u.test(b)) return false;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return !short.includes('.') && long.startsWith(`${short}.`);
}

function words(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : [];
}
