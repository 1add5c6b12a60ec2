import { nearest } from './nearest.js';
import { anyone, roleWords, type RoleWord } from './role-vocabulary.js';

/** How what is known of a machine stands to what a row asks for. */
export type Agreement = 'agrees' | 'conflicts' | 'unknown';

const byId = new Map(roleWords.map((word) => [word.id, word]));
const byName = new Map(roleWords.flatMap((word) => [word.id, ...(word.synonyms ?? [])].map((name) => [fold(name), word.id] as const)));
const impliedOf = new Map(roleWords.map((word) => [word.id, closure(word)]));

export function isRole(id: string): boolean {
  return byId.has(id);
}

export function roleTitle(id: string): string {
  return byId.get(id)?.title ?? id;
}

/** The vocabulary's id for a role as a person writes it (`SCVMM`, `Domain Controller`); `undefined` when it has none. */
export function resolveRole(written: string): string | undefined {
  return byName.get(fold(written));
}

/** The role that an unknown word probably meant, as id. */
export function nearestRole(written: string): string | undefined {
  const name = nearest(written, [...byId.keys(), ...roleWords.flatMap((word) => word.synonyms ?? [])]);
  return name === undefined ? undefined : resolveRole(name);
}

/** The role itself and all that its holder also plays. */
export function impliedRoles(id: string): readonly string[] {
  return impliedOf.get(id) ?? [id];
}

/**
 * Whether a machine that plays `held` is one of `wanted`. Nothing known of the machine, or nothing asked by the row, is
 * `unknown`; so is a wanted kind of a role that is held without its kind (a Hyper-V host of which the network is not told).
 * `complete` says that `held` is all that the machine plays: only then can another role conflict.
 */
export function roleAgreement(held: readonly string[] | undefined, wanted: readonly string[], complete: boolean): Agreement {
  if (wanted.includes(anyone)) return 'agrees';
  if (held === undefined || held.length === 0 || wanted.length === 0) return 'unknown';
  const plays = new Set(held.flatMap((role) => impliedRoles(role)));
  if (wanted.some((role) => plays.has(role))) return 'agrees';
  const couldBe = wanted.some((role) => [...plays].some((played) => isKindOf(role, played)));
  return complete && !couldBe ? 'conflicts' : 'unknown';
}

/** `role` may turn out to be what a holder of `played` plays; also a sibling network, because networks are often shared. */
function isKindOf(role: string, played: string): boolean {
  return role.startsWith(`${played}:`);
}

function closure(word: RoleWord): readonly string[] {
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    for (const next of byId.get(id)?.implies ?? []) visit(next);
  };
  visit(word.id);
  return [...found];
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '');
}
