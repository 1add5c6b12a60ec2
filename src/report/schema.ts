/**
 * `portwitness.report/1` as a zod schema, and the JSON Schema that is published from it (docs/schema/report.json). Only tests and
 * that generation import this file: reports are written without zod, whose loading would cost the first output.
 */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const portNumber = z.number().int().min(0).max(65_535);
const time = z.string().regex(/^-?\d+\.\d{9}$/).describe('Seconds since 1970 with 9 decimals').nullable();
const frame = z.strictObject({ capture: count.describe('Index in captures'), frame: count.describe('Number that Wireshark shows for that file') });
const transport = z.enum(['tcp', 'udp']);
const confidence = z.enum(['certain', 'likely', 'possible']);
const severity = z.enum(['error', 'warning', 'info']);
const agreement = z.enum(['agrees', 'conflicts', 'unknown']);
const outcome = z.enum(['reset-early', 'stalled', 'half-open', 'accepted', 'refused', 'rejected', 'no-answer', 'midstream', 'answered', 'one-way']);
const outcomes = z.partialRecord(outcome, count);
const verdict = z.enum(['ambient', 'documented-dynamic', 'documented', 'protocol-mismatch', 'role-mismatch', 'undocumented']);
const perSide = z.strictObject({ client: z.number().nonnegative(), server: z.number().nonnegative() });
const interfaceName = z.strictObject({ uuid: z.string(), version: z.string(), name: z.string().nullable() });
const rowStatus = z.enum(['witnessed', 'witnessed-other-protocol', 'witnessed-reversed', 'failed', 'not-seen', 'not-observable']);
const code = z.enum([
  'no-answer', 'blocked-port', 'blocked-dynamic-port', 'endpoint-mapper-blocked', 'rejected-by-firewall', 'service-not-listening', 'interface-not-registered', 'half-open', 'connection-reset',
  'connection-stalled', 'authentication-failed', 'access-denied', 'tls-failed', 'name-not-resolved', 'never-attempted', 'undocumented-traffic', 'role-mismatch', 'protocol-mismatch', 'document-erratum',
  'document-contradiction', 'cleartext-management', 'capture-damaged', 'capture-incomplete', 'malformed-message',
]);

const capture = z.strictObject({
  file: z.string(), format: z.string(), compression: z.string().nullable(), linkTypes: z.array(count), packets: count, bytes: z.number().nonnegative(), start: time, end: time, decoded: count,
  skipped: z.record(z.string(), count), dropped: count.nullable(),
  damage: z.array(z.strictObject({ code: z.string(), byteOffset: z.number(), expected: z.number(), found: z.number(), boundedBy: z.string(), detail: z.string() })),
  vantage: z.strictObject({ at: z.enum(['client', 'server', 'path', 'mirror', 'switch', 'unknown']), host: z.string().nullable(), evidence: z.array(z.string()) }),
  blindTo: z.array(z.string()),
});

const host = z.strictObject({
  id: z.string(), names: z.array(z.strictObject({ name: z.string(), from: z.string() })), addresses: z.array(z.strictObject({
    address: z.string(), network: z.string().nullable(), overlay: z.boolean(),
    provedBy: z.strictObject({ by: z.enum(['inventory', 'dcom', 'ntlm', 'smb-interfaces', 'name']), with: z.string(), frame: frame.nullable() }).nullable(),
  })),
  roles: z.array(z.strictObject({ role: z.string(), from: z.enum(['inventory', 'inferred']), reason: z.string(), confidence: z.enum(['certain', 'likely', 'assumed']) })), groupedBy: z.string().nullable(),
});

const conversation = z.strictObject({
  client: z.string(), server: z.string(), transport, serverPort: portNumber, overlay: count.nullable(),
  application: z.strictObject({
    protocol: z.string(), confidence: z.enum(['payload', 'port', 'endpoint-mapper']), facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  }).nullable(),
  visibility: z.enum(['clear', 'encrypted', 'partial']), flows: count, outcomes, packets: perSide, bytes: perSide, start: time, end: time, frames: z.array(frame), verdict, verdictFrom: z.string().nullable(),
  matches: z.array(z.strictObject({ document: z.string(), row: z.string().nullable(), verdict, port: agreement, transport: agreement, protocol: agreement, source: agreement, target: agreement })),
  reference: z.string().nullable().describe('Row of a reference that names this traffic; null: nothing names it'),
});

const dynamicPort = z.strictObject({
  server: z.string(), port: portNumber, transport, interfaces: z.array(interfaceName), announced: z.string().nullable(),
  knownFrom: z.array(z.strictObject({ source: z.enum(['ept_map', 'ept_lookup', 'oxid', 'bind', 'port-only']), frame })), clients: z.array(z.string()), flows: count, outcomes,
});

const dynamicRange = z.strictObject({
  server: z.string(), first: portNumber, last: portNumber, size: count, named: count.describe('Ports of the range that a tower, a string binding or a bind named'), used: count.describe('Ports of the range that somebody connected to'),
  ports: z.array(portNumber).describe('The used ones, at most 64'), highest: portNumber.nullable(),
  encryptedAnswers: z.strictObject({ of: z.array(z.enum(['dcom', 'epmap'])), clients: z.array(z.string()), frames: z.array(frame) }).nullable().describe('Answers that hand out ports but cannot be read'),
});

const staticPort = z.strictObject({
  server: z.string().nullable().describe('null: a service of --pinned that was seen nowhere'), service: z.string(), title: z.string(), interfaces: z.array(interfaceName), ports: z.array(portNumber),
  port: portNumber.nullable().describe('The port that --pinned named, else one to show; null: a range'), commands: z.array(z.string()), anyOf: z.boolean().describe('One of the commands is enough'), restart: z.string(), firewall: z.string(), note: z.string(), source: z.string(),
  effect: z.enum(['dynamic', 'outside-range', 'took-effect', 'partly', 'not-in-effect', 'not-seen']), evidence: z.string(),
});

const problem = z.strictObject({
  id: z.string(), title: z.string(), severity, impact: z.string(), confidence, codes: z.array(code), why: z.array(z.string()), ruledOut: z.array(z.string()),
  alternatives: z.array(z.strictObject({ cause: z.string(), confidence })), fix: z.string().nullable(), check: z.string().nullable(), wiresharkFilter: z.string().nullable(), findings: z.array(z.string()),
  state: z.enum(['LISTENING', 'NOT LISTENING', 'FILTERED', 'LISTENING or FILTERED']).nullable(),
  timeline: z.array(z.strictObject({ time, frame, text: z.string(), result: z.string() })), timelineLeftOut: count,
});

const finding = z.strictObject({
  id: z.string(), problem: z.string().nullable(), code, severity, confidence, title: z.string(), client: z.string().nullable(), server: z.string().nullable(), transport: transport.nullable(), port: portNumber.nullable(),
  interface: interfaceName.nullable(), frames: z.array(frame), rows: z.array(z.string()), droppedAt: z.enum(['server', 'client', 'path']).nullable(), explanation: z.string(),
});

const ids = z.array(z.string()).describe('Ids of findings');
const compared = z.strictObject({ client: z.string(), server: z.string(), transport, port: portNumber, interface: interfaceName.nullable(), application: z.string().nullable(), before: z.string(), now: z.string(), frames: z.array(frame), findings: ids });

const expectation = z.strictObject({
  expected: z.string(), from: z.array(z.string()), to: z.array(z.string()), transport, port: portNumber.nullable(), status: z.enum(['worked', 'failed', 'never-attempted']),
  reason: z.enum(['name-not-resolved', 'resolved-elsewhere', 'no-neighbour-answer', 'address-never-seen', 'outside-time', 'wrong-vantage', 'dropped-at-client', 'not-tried']).nullable(),
  why: z.array(z.string()), frames: z.array(frame), findings: ids, next: z.array(z.string()),
}).describe('What --expect and --between asked for');

const operation = z.strictObject({
  id: z.string(), title: z.string(), verdict: z.string(), steps: z.array(z.strictObject({
    id: z.string(), title: z.string(), state: z.enum(['seen', 'failed', 'not-reached', 'not-in-capture']), detail: z.string(), between: z.array(z.strictObject({ client: z.string(), server: z.string() })), frames: z.array(frame), findings: ids,
  })),
}).nullable().describe('The checklist of --operation');

const ends = z.strictObject({
  client: count.describe('Index in captures: nearer to the clients'), server: count.describe('Index in captures: nearer to the servers'), commonConnections: count,
  clockOffset: z.number().describe('Seconds that the second clock is ahead of the first'), clockUncertainty: z.number(),
  translations: z.array(z.strictObject({ of: z.enum(['client', 'server']), near: z.string(), far: z.string() })).describe('Addresses translated between the two: as the first knows a machine, as the second does'),
  losses: z.array(z.strictObject({ finding: z.string(), place: z.enum(['never-left', 'lost-on-the-way', 'arrived-and-ignored', 'answer-lost', 'answer-ignored']), explanation: z.string(), frames: z.array(frame) })),
}).describe('Two captures of the same traffic');

const witness = z.strictObject({
  file: z.string(), kind: z.enum(['pfirewall', 'wfp-events', 'wfp-state', 'security-events-xml', 'security-events-csv']), records: count, drops: count, matched: count, start: time, end: time,
  clockOffset: z.number().nullable().describe('Added to its local times, seconds; 0: they need none'), faults: count,
  unseen: z.array(z.strictObject({ client: z.string(), server: z.string(), transport, port: portNumber, times: count, filter: z.string().nullable() })).describe('Drops of which the captures show nothing'),
});

const comparison = z.strictObject({
  baseline: z.array(z.string()), broken: z.array(compared), mended: z.array(compared), added: z.array(compared), gone: z.array(compared), unchanged: count, stillFailing: count,
  leftOut: z.strictObject({ broken: count, mended: count, added: count, gone: count }),
}).nullable().describe('Against the captures of --baseline');

const hidden = z.strictObject({ what: z.enum(['rdma', 'smb-encrypted', 'dcom-private', 'mapper-private']), client: z.string(), server: z.string(), port: portNumber, explanation: z.string(), frames: z.array(frame) });

export const reportSchema = z.strictObject({
  schema: z.literal('portwitness.report/1'),
  captures: z.array(capture), hosts: z.array(host), conversations: z.array(conversation),
  aggregated: z.array(z.strictObject({ server: z.string(), transport, serverPort: portNumber, clients: count, flows: count, outcomes })),
  dynamicPorts: z.array(dynamicPort), dynamicRange: z.array(dynamicRange), staticPorts: z.array(staticPort), problems: z.array(problem), findings: z.array(finding),
  documents: z.array(z.strictObject({
    id: z.string(), title: z.string(), superseded: z.boolean(), rows: z.array(z.strictObject({ id: z.string(), status: rowStatus, reason: z.string().nullable(), conversations: count, frames: z.array(frame) })), counts: z.record(rowStatus, count),
    errata: z.array(z.strictObject({ row: z.string(), says: z.string(), correct: z.string(), status: z.enum(['confirmed', 'contradicted', 'both-seen', 'not-seen']), frames: z.array(frame) })),
    missing: z.array(z.strictObject({
      transport, port: portNumber, protocol: z.string(), source: z.array(z.string()), target: z.array(z.string()), purpose: z.string(), conversations: count, frames: z.array(frame), yaml: z.string(),
    })),
  })),
  claims: z.array(z.strictObject({ document: z.string(), id: z.string(), claim: z.string(), status: z.enum(['confirmed', 'contradicted', 'not-testable']), evidence: z.string() })),
  contradictions: z.array(z.strictObject({
    a: z.strictObject({ row: z.string(), says: z.string() }), b: z.strictObject({ row: z.string(), says: z.string() }), about: z.array(z.strictObject({ field: z.string(), a: z.string(), b: z.string() })),
    status: z.enum(['decided', 'both-seen', 'undecided']), right: z.string().nullable(), evidence: z.string(), frames: z.array(frame),
  })),
  expectations: z.array(expectation), operation, ends: z.array(ends), witnesses: z.array(witness), comparison, notVisible: z.array(hidden),
}).describe('What portwitness analyze --format json prints');

/** The text of docs/schema/report.json. */
export function reportJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reportSchema), null, 2)}\n`;
}
