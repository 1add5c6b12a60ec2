/**
 * `analyze --format json`: the schema `portwitness.report/1`. Written as a stream of strings of some 64 KiB; conversations one by
 * one by concatenation, because there may be a million. The same model gives the same bytes.
 */
import type { AggregatedTraffic, Conversation } from '../evidence/evidence.js';
import type { Outcome } from '../flow/flow.js';
import type { ReportModel } from '../analysis/report-model.js';
import { decimalTime, jsonTime } from './decimal-time.js';
import { ChunkWriter, JsonText } from './json-text.js';

export const REPORT_SCHEMA = 'portwitness.report/1';
/** More conversations than this stand in `aggregated`. */
const MAX_CONVERSATIONS = 1_000_000;

export function writeJson(model: ReportModel, write: (text: string) => void): void {
  const out = new ChunkWriter(write);
  out.write(`{"schema":"${REPORT_SCHEMA}",\n"captures":`);
  out.write(JSON.stringify(model.captures.map(({ vantage: { at, host, evidence }, start, end, ...rest }) => ({
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
  list(out, 'expectations', model.expectations);
  out.write(`,\n"operation":${JSON.stringify(model.operation)}`);
  list(out, 'ends', model.ends);
  list(out, 'witnesses', model.witnesses.map(({ start, end, ...rest }) => ({ ...rest, start: decimalTime(start), end: decimalTime(end) })));
  out.write(`,\n"comparison":${JSON.stringify(model.comparison)}`);
  list(out, 'notVisible', model.notVisible);
  out.write('}\n');
  out.flush();
}

function list(out: ChunkWriter, name: string, items: readonly unknown[]): void {
  out.write(`,\n"${name}":[`);
  items.forEach((item, i) => {
    out.write(i === 0 ? '\n' : ',\n');
    out.write(JSON.stringify(item));
  });
  out.write(']');
}

/** Answers what was too much to be listed, summed up. */
function writeConversations(out: ChunkWriter, model: ReportModel): AggregatedTraffic[] {
  out.write(',\n"conversations":[');
  const text = new JsonText();
  const beyond = new Map<string, Sum>();
  let count = 0;
  for (const conversation of model.conversations) {
    if (count >= MAX_CONVERSATIONS) {
      sumUp(beyond, conversation);
      continue;
    }
    out.write((count === 0 ? '\n' : ',\n') + conversationJson(conversation, model.conversations.classification(conversation.index).json, text));
    count++;
  }
  out.write(']');
  return [...beyond.values()].map(({ clients, ...rest }) => ({ ...rest, clients: clients.size }));
}

function conversationJson(c: Conversation, classification: string, text: JsonText): string {
  const { application, frames } = c;
  let frameList = '';
  for (let i = 0; i < frames.length; i++) frameList += `${i === 0 ? '' : ','}{"capture":${frames[i]!.capture},"frame":${frames[i]!.frame}}`;
  return `{"client":${text.of(c.client)},"server":${text.of(c.server)},"transport":"${c.transport}","serverPort":${c.serverPort},"overlay":${c.overlay ?? 'null'},"application":${
    application === null ? 'null' : applicationJson(application)},"visibility":"${c.visibility}","flows":${c.flows},"outcomes":${outcomesJson(c.outcomes)},"packets":{"client":${c.packets.client},"server":${c.packets.server}},"bytes":{"client":${
    c.bytes.client},"server":${c.bytes.server}},"start":${jsonTime(c.start)},"end":${jsonTime(c.end)},"frames":[${frameList}],${classification}}`;
}

function applicationJson({ protocol, confidence, facts }: NonNullable<Conversation['application']>): string {
  return `{"protocol":${JSON.stringify(protocol)},"confidence":"${confidence}","facts":${JSON.stringify(facts)}}`;
}

function outcomesJson(outcomes: Readonly<Partial<Record<Outcome, number>>>): string {
  let json = '';
  for (const key in outcomes) json += `${json === '' ? '' : ','}"${key}":${outcomes[key as Outcome]}`;
  return `{${json}}`;
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
