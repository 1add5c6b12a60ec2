/** Kerberos knows no such name, and the same client logs on to the machine by NTLM: the classical sign of a missing SPN, an alias or an address. */
import type { Conversation } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { hasTime, secondsBetween } from './moments.js';

const FALLBACK_SECONDS = 60;

/** `wanted`: the principal that has no ticket, `cifs/files.lab.test@REALM`. null: no logon by NTLM to that name within a minute. */
export function ntlmInstead(refused: Flow, wanted: string, file: CaseFile): { readonly conversation: Conversation; readonly name: string } | null {
  const host = /^[^/@]+\/([^/@:]+)/u.exec(wanted)?.[1]?.toLowerCase();
  if (host === undefined || !hasTime(refused.start)) return null;
  for (const conversation of file.evidence.conversations) {
    if (conversation.client !== refused.client.address || conversation.application === null || !hasTime(conversation.start) || !hasTime(conversation.end)) continue;
    const { authentication, serverName, host: header, tree } = conversation.application.facts;
    if (!words(authentication).some((word) => word.toLowerCase() === 'ntlm')) continue;
    const names = [...words(serverName), ...words(header), ...words(tree).map((path) => path.replace(/^\\\\/u, '').split('\\')[0]!), conversation.server, ...file.labels.namesOf(conversation.server).map(({ name }) => name)];
    if (!names.some((name) => sameHost(name.toLowerCase(), host))) continue;
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
