/**
 * `analyze --format json`: the schema `portwitness.report/1`. Written as a stream of pieces of some 64 KiB; conversations one by
 * one, because there may be a million. The same model gives the same bytes.
 */
import type { AggregatedTraffic, Conversation } from '../evidence/evidence.js';
import type { Outcome } from '../flow/flow.js';
import type { ReportModel } from '../analysis/report-model.js';
import { ByteWriter, piece } from './byte-writer.js';
import { decimalTime } from './decimal-time.js';
import { ConversationWriter } from './json-conversation.js';

export const REPORT_SCHEMA = 'portwitness.report/1';
/** More conversations than this stand in `aggregated`. */
const MAX_CONVERSATIONS = 1_000_000;
const FIRST = piece('\n');
const NEXT = piece(',\n');

export function writeJson(model: ReportModel, write: (text: string) => void): void {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  writeJsonBytes(model, (bytes) => { write(decoder.decode(bytes, { stream: true })); });
}

/** The same as UTF-8, for what goes to a file. A piece is valid until `write` returns. */
export function writeJsonBytes(model: ReportModel, write: (bytes: Uint8Array) => void): void {
  const out = new ByteWriter(write);
  out.text(`{"schema":"${REPORT_SCHEMA}",\n"captures":`);
  out.text(JSON.stringify(model.captures.map(({ vantage: { at, host, evidence }, start, end, ...rest }) => ({
    ...rest, start: decimalTime(start), end: decimalTime(end), vantage: { at, host, evidence },
  }))));
  list(out, 'hosts', model.hosts);
  const beyond = writeConversations(out, model);
  list(out, 'aggregated', [...model.aggregated, ...beyond]);
  list(out, 'dynamicPorts', model.dynamicPorts);
  list(out, 'dynamicRange', model.dynamicRange);
  list(out, 'staticPorts', model.staticPorts);
  list(out, 'problems', model.problems.map(({ timeline, ...rest }) => ({ ...rest, timeline: timeline.map(({ time, ...row }) => ({ time: decimalTime(time), ...row })) })));
  list(out, 'findings', model.findings);
  list(out, 'documents', model.documents);
  list(out, 'claims', model.claims);
  list(out, 'contradictions', model.contradictions);
  list(out, 'expectations', model.expectations);
  out.text(`,\n"operation":${JSON.stringify(model.operation)}`);
  list(out, 'ends', model.ends);
  list(out, 'witnesses', model.witnesses.map(({ start, end, ...rest }) => ({ ...rest, start: decimalTime(start), end: decimalTime(end) })));
  out.text(`,\n"comparison":${JSON.stringify(model.comparison)}`);
  list(out, 'notVisible', model.notVisible);
  out.text('}\n');
  out.flush();
}

function list(out: ByteWriter, name: string, items: readonly unknown[]): void {
  out.text(`,\n"${name}":[`);
  items.forEach((item, i) => {
    out.text(i === 0 ? '\n' : ',\n');
    out.text(JSON.stringify(item));
  });
  out.text(']');
}

/** Answers what was too much to be listed, summed up. */
function writeConversations(out: ByteWriter, model: ReportModel): AggregatedTraffic[] {
  out.text(',\n"conversations":[');
  const { conversations } = model;
  const { kinds } = conversations;
  const writer = new ConversationWriter(out, kinds);
  const listed = Math.min(conversations.length, MAX_CONVERSATIONS);
  for (let index = 0; index < listed; index++) {
    out.piece(index === 0 ? FIRST : NEXT);
    writer.write(index, conversations.classification(index));
  }
  const beyond = new Map<string, Sum>();
  for (let index = listed; index < conversations.length; index++) sumUp(beyond, kinds.at(index));
  out.text(']');
  return [...beyond.values()].map(({ clients, ...rest }) => ({ ...rest, clients: clients.size }));
}

interface Sum extends Omit<AggregatedTraffic, 'clients' | 'flows' | 'outcomes'> {
  readonly clients: Set<string>;
  flows: number;
  readonly outcomes: Partial<Record<Outcome, number>>;
}

function sumUp(sums: Map<string, Sum>, { server, transport, serverPort, client, flows, outcomes }: Conversation): void {
  const key = `${server} ${transport} ${serverPort}`;
  const sum = sums.get(key) ?? { server, transport, serverPort, clients: new Set<string>(), flows: 0, outcomes: {} };
  sum.clients.add(client);
  sum.flows += flows;
  for (const [outcome, count] of Object.entries(outcomes) as [Outcome, number][]) sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + count;
  sums.set(key, sum);
}
