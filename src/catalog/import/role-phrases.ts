/** Roles out of the words of a page: `Management servers and stations; RDS broker`. */
import { resolveRole } from '../roles.js';

/** Words that are a role of the vocabulary and say too little when they stand inside a longer phrase. */
const tooGeneral = new Set(['windows-computer', 'anyone']);

export interface RolesRead {
  readonly roles: readonly string[];
  /** Phrases in which no role was found. */
  readonly unread: readonly string[];
}

export function readRoles(text: string): RolesRead {
  const roles = new Set<string>();
  const unread: string[] = [];
  const phrases = text.replace(/\([^)]*\)/g, ' ').split(/;|,|\band\b|\bor\b|\//i).map((phrase) => phrase.replace(/\s+/g, ' ').trim()).filter((phrase) => phrase !== '');
  for (const phrase of phrases) {
    const found = inPhrase(phrase);
    if (found.length === 0) unread.push(phrase);
    for (const role of found) roles.add(role);
  }
  return { roles: [...roles], unread };
}

function inPhrase(phrase: string): string[] {
  const whole = lookUp(phrase);
  if (whole !== undefined) return [whole];
  const words = phrase.split(' ').slice(0, 24);
  const found: string[] = [];
  for (let at = 0; at < words.length;) {
    let taken = 0;
    for (let count = Math.min(5, words.length - at); count > 0 && taken === 0; count--) {
      const role = lookUp(words.slice(at, at + count).join(' '));
      if (role === undefined || tooGeneral.has(role)) continue;
      found.push(role);
      taken = count;
    }
    at += Math.max(1, taken);
  }
  return found;
}

/** As it stands, or in the singular. */
function lookUp(words: string): string | undefined {
  const bare = words.replace(/[“”"'.:]/g, '');
  return resolveRole(bare) ?? resolveRole(bare.replace(/s\b/gi, '')) ?? resolveRole(bare.replace(/s$/i, ''));
}
