/** Names that nobody resolved: the cause of connections that are never tried. */
import type { LookupEvidence } from '../evidence/evidence.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';

/** Asked for by habit; nobody misses an answer. */
const habitual: readonly RegExp[] = [/^wpad\b/i, /^isatap\b/i, /\.arpa\.?$/i, /^_ldap\._tcp\..*_sites\./i, /\.local\.?$/i, /^dns\.msftncsi\.com/i];
const connectingTypes: ReadonlySet<string> = new Set(['A', 'AAAA', 'SRV', 'CNAME', 'ANY']);
const resultNames: Readonly<Record<number, string>> = { [-1]: 'no answer', 1: 'format error', 2: 'server failure', 3: 'no such name', 4: 'not implemented', 5: 'refused' };
const MAX_FINDINGS = 200;

export function nameFindings(file: CaseFile): FindingDraft[] {
  const { lookups } = file.evidence;
  const resolved = new Set<string>();
  for (const one of lookups) if (one.result === 0) resolved.add(`${one.client} ${firstLabel(one.name)}`);
  const groups = new Map<string, LookupEvidence[]>();
  for (const one of lookups) {
    if (one.result === 0 || !connectingTypes.has(one.type) || habitual.some((pattern) => pattern.test(one.name))) continue;
    // Another suffix, another server or another try gave the answer.
    if (resolved.has(`${one.client} ${firstLabel(one.name)}`)) continue;
    const key = `${one.client} ${one.server} ${one.result}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].slice(0, MAX_FINDINGS).map((list) => draftOf(list, file));
}

function draftOf(list: readonly LookupEvidence[], file: CaseFile): FindingDraft {
  const { client, server, result } = list[0]!;
  const names = [...new Set(list.map((one) => one.name))];
  const said = resultNames[result] ?? `result ${result}`;
  const shown = names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more names`;
  const certain = result === 2 || result === 3 || result === 5;
  const who = file.labels.short(server);
  const proof = [result === -1 ? `${who} never answers the question for ${shown} (${file.at(list[0]!.frame)})` : `${who} answers the question for ${shown} with: ${said} (${file.at(list[0]!.frame)})`];
  return {
    ...draftDefaults, code: 'name-not-resolved', severity: 'warning', confidence: certain ? 'certain' : 'possible', client, server, transport: 'udp', port: 53,
    frames: list.map((one) => one.frame).slice(0, 16), title: `${file.labels.short(client)} cannot resolve ${shown}`,
    explanation: `${file.labels.short(client)} asked ${file.labels.short(server)} for ${shown}: ${said} (${file.at(list[0]!.frame)}). What needs the name was never tried.`,
    cause: result === -1 ? `udp silence ${server} 53` : `names ${client} ${server} ${result}`, proof, ruledOut: [], remedy: 'names',
    alternatives: result === 3 ? [{ cause: 'the name is misspelt, or not registered in this zone', confidence: 'likely' }] : result === -1 ? [{ cause: 'the DNS server is down or blocked', confidence: 'possible' }] : [{ cause: 'the DNS server cannot or may not answer (forwarder, zone, policy)', confidence: 'likely' }],
    impact: 'connections to these names were not tried',
  };
}

function firstLabel(name: string): string {
  const dot = name.indexOf('.');
  return (dot < 0 ? name : name.slice(0, dot)).toLowerCase();
}
