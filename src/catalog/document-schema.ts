/**
 * The document format as a person writes it (docs/catalog.md). Only files that read a user's text import this: zod stays
 * out of what `catalog.ts` needs.
 */
import { z } from 'zod';
import { parsePortSpec } from './port-spec.js';
import { protocolWords } from './protocol-vocabulary.js';
import { nearestProtocol, resolveProtocol } from './protocols.js';
import { roleWords } from './role-vocabulary.js';
import { nearestRole, resolveRole } from './roles.js';

/** `params` of a custom issue: becomes code and nearest word of a fault. */
export interface IssueParams {
  readonly fault: string;
  readonly nearest?: string | undefined;
}

const idPattern = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const idRule = 'must be lower-case letters, digits, "-" and "."';
const text = z.string().trim().min(1, 'must not be empty');
const id = z.string().regex(idPattern, idRule);
/** An unquoted `6600` is a number to YAML and a row id to its writer. */
const rowId = z.union([id, z.int().nonnegative()], { error: idRule }).meta({ description: 'Unique within its table; cited as document/table/row.' });

/** A word of the role vocabulary, by id or synonym. */
export const role = word('role', resolveRole, nearestRole, roleWords.map((known) => known.id));
const protocol = word('protocol', resolveProtocol, nearestProtocol, protocolWords.map((known) => known.id));

const portForms = { anyOf: [{ type: 'integer', minimum: 1, maximum: 65535 }, { type: 'string', pattern: '^\\d+(-\\d+)?$' }, { type: 'array', minItems: 1 }] };
const ports = z.unknown().superRefine((value, context) => {
  const parsed = parsePortSpec(value);
  if ('wrong' in parsed) context.addIssue({ code: 'custom', message: parsed.wrong, params: { fault: 'impossible-port' } satisfies IssueParams });
}).meta({ ...portForms, description: '6600, "49152-65535", or a list of these.' });
const range = z.tuple([z.int().min(0).max(65535), z.int().min(0).max(65535)]).refine(([from, to]) => from <= to, 'the range runs backwards');

const entry = z.strictObject({
  ports,
  protocol,
  transport: z.enum(['tcp', 'udp', 'tcp+udp']).optional().meta({ description: 'Left out where the document names none: then the usual one of the protocol.' }),
  transportStated: z.boolean().optional(),
});

const row = z.strictObject({
  id: rowId,
  name: text.nullable().optional(),
  entries: z.array(entry),
  source: z.array(role),
  target: z.array(role),
  direction: z.enum(['inbound', 'outbound']).nullable().optional(),
  ruleOn: z.array(role).optional().meta({ description: 'On whose machines the document wants the rule.' }),
  purpose: text,
  condition: text.nullable().optional(),
  configurable: text.nullable().optional(),
  ambient: z.boolean().optional().meta({ description: 'Broadcast or multicast chatter that no rule concerns.' }),
  sourceNote: text.nullable().optional(),
  errata: z.array(z.strictObject({ says: text, correct: text, evidence: text })).optional(),
});

const claimTest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dynamic-ports-within'), range, first: z.int().positive() }),
  z.strictObject({ kind: z.literal('port-unused'), transport: z.enum(['tcp', 'udp']), ports }),
  z.strictObject({ kind: z.literal('encrypted'), protocol }),
  z.strictObject({ kind: z.literal('undocumented-traffic'), source: z.array(role), target: z.array(role) }),
  z.strictObject({ kind: z.literal('authentication'), mechanism: z.enum(['ntlm', 'kerberos']), source: z.array(role) }),
  z.strictObject({ kind: z.literal('rows-mirrored'), rows: z.array(text).min(1), transport: z.enum(['tcp', 'udp']), ports }),
  z.strictObject({ kind: z.literal('server-ports'), protocol, transport: z.enum(['tcp', 'udp']), ports }),
  z.strictObject({ kind: z.literal('client-ports'), range }),
  z.strictObject({ kind: z.literal('range-used'), source: z.array(role), target: z.array(role), transport: z.enum(['tcp', 'udp']), range }),
  z.strictObject({ kind: z.literal('connection'), source: z.array(role), target: z.array(role), transport: z.enum(['tcp', 'udp']), ports }),
  z.strictObject({ kind: z.literal('same-address'), roles: z.tuple([role, role]) }),
  z.strictObject({ kind: z.literal('range'), name: text, range }),
]);

const table = z.strictObject({ id, title: text, rows: z.array(row) });
const claim = z.strictObject({ id, claim: text, test: claimTest });

export const documentSchema = z.strictObject({
  id,
  kind: z.enum(['document', 'reference']).optional(),
  title: text,
  publisher: text,
  products: z.array(text),
  superseded: z.boolean().optional(),
  url: text.nullable().optional(),
  tables: z.array(table),
  claims: z.array(claim).optional(),
}).meta({ title: 'portwitness catalog document' });

/** What a large document may be cut at. */
export const documentItems = { rows: row, claims: claim } as const;

export type WrittenDocument = z.infer<typeof documentSchema>;
export type WrittenRow = z.infer<typeof row>;
export type WrittenClaimTest = z.infer<typeof claimTest>;

/** Every key of the format, for the nearest right word of a mistyped one. */
export const documentKeys: readonly string[] = [documentSchema, table, row, entry, claim, ...claimTest.options]
  .flatMap((schema) => Object.keys(schema.shape)).concat('says', 'correct', 'evidence');

/**
 * A word of a vocabulary. The published JSON Schema lists the ids for completion and lets other strings pass, because
 * synonyms are right too.
 */
function word(what: string, resolve: (written: string) => string | undefined, nearestOf: (written: string) => string | undefined, ids: readonly string[]) {
  // One mistake is mostly repeated on many rows, and the search is the costly part.
  const found = new Map<string, string | undefined>();
  return z.string().superRefine((written, context) => {
    if (resolve(written) !== undefined) return;
    if (!found.has(written) && found.size < 1000) found.set(written, nearestOf(written));
    context.addIssue({ code: 'custom', message: `unknown ${what} "${written}"`, params: { fault: `unknown-${what}`, nearest: found.get(written) } satisfies IssueParams });
  }).meta({ anyOf: [{ enum: [...ids] }, { type: 'string' }] });
}
