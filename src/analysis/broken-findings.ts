/** Connections that are made and then break: handshakes that never complete, early resets, stalls, and what goes wrong late. */
import type { Conversation } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import { conversationKey, failedAs, type Attempts, type Failed } from './attempts.js';
import type { CaseFile } from './case-file.js';
import { baseOf, sentence, uniqueFrames } from './connection-base.js';
import type { FindingDraft } from './finding-draft.js';
import { findDeadProbes } from './keep-alives.js';
import { hasTime, secondsBetween } from './moments.js';
import { resetOf, resetOrigin } from './reset-origin.js';
import { findClosedWindow, findForgotten, findHole, findStall, hadTheData, SKETCH_ROWS } from './stall.js';

const SYN = 0x02, ACK = 0x10;
/** Quiet for so long at the end of the capture: nothing more came. */
const QUIET_SECONDS = 3;
const MAX_TROUBLED = 2000;

type Base = ReturnType<typeof baseOf>;
type Story = Pick<FindingDraft, 'code' | 'confidence' | 'droppedAt' | 'remedy' | 'cause' | 'proof' | 'ruledOut' | 'alternatives' | 'title'> & Partial<Pick<FindingDraft, 'severity' | 'moments'>>;

export function brokenFindings(file: CaseFile): FindingDraft[] {
  const told = new Set<string>();
  const stopped = file.attempts.flatMap((attempts) => {
    const stalled = finding('stalled', attempts, file, stallStory);
    if (stalled !== undefined) told.add(keyOf(attempts.conversation));
    return [finding('half-open', attempts, file, halfOpenStory), finding('reset-early', attempts, file, resetStory), stalled];
  });
  return [...stopped, ...lateTroubles(file, told)].filter((draft) => draft !== undefined);
}

function finding(outcome: 'half-open' | 'reset-early' | 'stalled', attempts: Attempts, file: CaseFile, story: (failed: Failed, conversation: Conversation, file: CaseFile) => Story | undefined): FindingDraft | undefined {
  const failed = failedAs(outcome, attempts, file.evidence, file.notable);
  if (failed === undefined) return undefined;
  const told = story(failed, attempts.conversation, file);
  return told === undefined ? undefined : draft(baseOf(attempts, failed, file), told, attempts.conversation);
}

function draft(base: Base, story: Story, { outcomes }: Conversation): FindingDraft {
  return { ...base, severity: outcomes.accepted !== undefined ? 'warning' : 'error', explanation: sentence(story.proof), ...story };
}

function halfOpenStory({ flows: [flow] }: Failed, { client, server, serverPort: port }: Conversation, file: CaseFile): Story | undefined {
  const who = file.labels.short(server);
  const whom = file.labels.short(client);
  const at = file.at(flow?.first);
  const answer = flow?.sketch.find((row) => row.from === 'server' && (row.flags & (SYN | ACK)) === (SYN | ACK));
  const again = answer === undefined ? [] : flow!.sketch.filter((row) => row.from === 'client' && (row.flags & (SYN | ACK)) === SYN && secondsBetween(answer.time, row.time) > 0);
  const proof = [`${who} answers the SYN and repeats its answer; the ${whom} side never acknowledges (${at})`];
  if (again.length > 0) proof.push(`${whom} repeats its SYN after the answer (${file.at(again[0]!.frame)}): the answer does not reach it`);
  const vantage = file.vantages[flow?.first.capture ?? 0];
  if (vantage?.host === server) proof.push(`the answers leave ${who}, where the capture was taken`);
  if (vantage?.host === client && vantage.onHost) proof.push(`the answers reach ${whom}, where the capture was taken, and it takes no notice`);
  const ignored = vantage?.host === client && vantage.onHost;
  return {
    code: 'half-open', confidence: 'likely', droppedAt: ignored ? 'client' : 'path', remedy: 'route', cause: `half-open ${client} ${server}`, proof, ruledOut: ['port closed', 'host down', `the way from ${whom} to ${who}`],
    alternatives: ignored
      ? [{ cause: `a filter on ${whom} drops the answers`, confidence: 'likely' }]
      : [{ cause: 'the answers do not reach the client: asymmetric route, or a firewall on the way back', confidence: 'likely' }, ...(again.length > 0 ? [] : [{ cause: 'the client is gone, or its address is forged', confidence: 'possible' as const }])],
    title: `The handshake with ${file.portName('tcp', port)} on ${who} never completes`,
  };
}

function resetStory({ flows: [flow], count }: Failed, { server, serverPort: port, application }: Conversation, file: CaseFile): Story | undefined {
  if (flow !== undefined && isProbe(flow)) return undefined;
  const origin = flow === undefined ? { by: 'unknown' as const, reason: '' } : resetOrigin(flow, file);
  const hello = application?.protocol === 'tls' || flow?.application?.protocol === 'tls';
  if (origin.by === 'device') return cutStory(flow!, count, hello ? 'a TLS ClientHello' : 'the first data', origin.reason, file);
  const proof = [
    `the connection is accepted, then reset from the server's side before it said anything (${file.at(flow?.first)})`,
    ...(hello ? ['what it resets is a TLS ClientHello'] : []), ...(origin.reason === '' ? [] : [origin.reason]),
  ];
  return {
    code: 'connection-reset', confidence: 'likely', droppedAt: null, remedy: hello ? 'tls' : 'path', cause: `reset ${server} ${port}`, proof, ruledOut: ['port closed', 'silently dropped'],
    alternatives: [{ cause: hello ? 'Windows refuses TLS silently: no common version or cipher, or no certificate is bound to the port' : 'the service refuses what the client says (TLS version, certificate, dialect, licence)', confidence: 'likely' }, { cause: 'a device on the way cuts it', confidence: 'possible' }],
    title: `${file.portName('tcp', port)} on ${file.labels.short(server)} accepts connections and resets them`,
  };
}

/** Accepted by the server, and reset by somebody else. `after`: what the device had seen. */
function cutStory(flow: Flow, count: number, after: string, reason: string, file: CaseFile): Story {
  const { client, server } = flow;
  const reset = resetOf(flow, 'server') ?? resetOf(flow, 'client')!;
  return {
    code: 'connection-reset', confidence: 'likely', droppedAt: 'path', remedy: 'inspection', cause: `cut ${client.address} ${server.address} ${server.port}`,
    proof: [`${count === 1 ? 'the connection is' : `${count} connections are`} accepted (${file.at(flow.first)}), then reset after ${after} (${file.at(reset.frame)})`, reason],
    ruledOut: ['port closed', 'silently dropped', `reset by ${file.labels.short(flow[reset.from].address)} itself`],
    alternatives: [{ cause: 'a device on the way (inspecting firewall, intrusion prevention, proxy) cuts it because of what it saw', confidence: 'likely' }],
    title: `A device on the way resets connections to ${file.portName('tcp', server.port)} on ${file.labels.short(server.address)}`,
  };
}

/**
 * All was well until a device reset it: the TTL, or a RST to each side, tells. Once a side has left, by FIN or RST, it harms nobody that load balancers and proxies
 * clear away the rest in the server's name.
 */
function severedStory(flow: Flow, file: CaseFile): Story | undefined {
  if (/f/iu.test(flow.history)) return undefined;
  for (const side of ['server', 'client'] as const) {
    const reset = resetOf(flow, side);
    if (reset === undefined) continue;
    const { by, reason, crossed } = resetOrigin(flow, file, side);
    const other = flow.history.search(side === 'server' ? /R/u : /r/u);
    const cameFirst = other < 0 || flow.history.search(side === 'server' ? /r/u : /R/u) < other;
    if (by === 'device' && (cameFirst || crossed === true)) return cutStory(flow, 1, `${flow.payload.client + flow.payload.server} bytes`, reason, file);
  }
  return undefined;
}

function stallStory({ flows: [flow] }: Failed, conversation: Conversation, file: CaseFile): Story | undefined {
  const { client, server, serverPort: port } = conversation;
  if (flow !== undefined) {
    const late = probesStory(flow, file) ?? forgottenStory(flow, file) ?? closedWindowStory(flow, file);
    if (late !== undefined) return late;
  }
  const stall = flow === undefined ? null : findStall(flow);
  const hole = flow === undefined ? null : findHole(flow);
  // The whole flow is in the sketch, and it shows nothing that was repeated for lack of an answer.
  if (flow !== undefined && stall === null && hole === null && flow.sketch.length > 0 && flow.sketch.length < SKETCH_ROWS) return undefined;
  if (hole !== null && (stall === null || stall.side === hole.side) && !(stall?.fullSize ?? false)) return holeStory(flow!, file);
  const side = stall?.side === 'server' ? server : client;
  const at = file.at(stall?.first.frame ?? flow?.first);
  const seconds = stall === null ? '' : ` for ${rounded(stall.seconds)} s`;
  const proof = [
    `after the handshake ${file.labels.short(side)} sends data that is never acknowledged, although it is repeated${seconds} (${at})`,
    ...(stall?.fullSize ? [`only segments of ${stall.length} bytes are lost; smaller ones pass${stall.passed === null ? '' : ` (up to ${stall.passed} bytes)`}`] : []),
    ...tooBig(flow, file),
  ];
  return {
    code: 'connection-stalled', confidence: 'likely', droppedAt: 'path', remedy: stall?.fullSize ? 'mtu' : 'path', cause: `stalled ${client} ${server}`, proof, ruledOut: ['port closed', 'refused'],
    alternatives: stall?.fullSize
      ? [{ cause: 'packets above the path MTU vanish (a tunnel, and ICMP filtered)', confidence: 'likely' }, { cause: 'a device on the way drops the connection', confidence: 'possible' }]
      : [{ cause: 'a firewall or NAT on the way forgot the connection', confidence: 'possible' }, { cause: 'the peer went away', confidence: 'possible' }],
    title: `${file.portName('tcp', port)} on ${file.labels.short(server)} ${stall?.fullSize ? 'passes small packets only' : 'stalls after the handshake'}`,
  };
}

/** A router on the way said what fits, and was not heeded. */
function tooBig(flow: Flow | undefined, file: CaseFile): string[] {
  const icmp = flow?.icmp ?? null;
  if (icmp === null || !(icmp.version === 4 ? icmp.type === 3 && icmp.code === 4 : icmp.type === 2)) return [];
  return [`${icmp.from} says that packets are too big for the next link (${file.at(icmp.first)})`];
}

function holeStory(flow: Flow, file: CaseFile): Story | undefined {
  const hole = findHole(flow);
  if (hole === null) return undefined;
  const { labels } = file;
  const from = labels.short(hole.side === 'server' ? flow.server.address : flow.client.address);
  const to = labels.short(hole.side === 'server' ? flow.client.address : flow.server.address);
  const proof = [
    `${hole.bytes} bytes that ${from} sent never came here; ${to} goes on asking for them (${file.at(flow.last)})`,
    ...(hole.fullSize ? [`what ${from} sent behind them in a smaller packet did come: only full-size packets are lost`] : []), ...tooBig(flow, file),
  ];
  return {
    code: 'connection-stalled', confidence: 'likely', droppedAt: 'path', remedy: hole.fullSize ? 'mtu' : 'path', cause: `stalled ${flow.client.address} ${flow.server.address}`, proof, ruledOut: ['port closed', 'refused', 'lost by the capture alone'],
    alternatives: hole.fullSize
      ? [{ cause: 'packets above the path MTU vanish (a tunnel, and ICMP filtered)', confidence: 'likely' }, { cause: 'a bad link loses packets', confidence: 'possible' }]
      : [{ cause: 'a bad link loses packets', confidence: 'possible' }],
    title: `${file.portName('tcp', flow.server.port)} on ${labels.short(flow.server.address)} ${hole.fullSize ? 'passes small packets only' : 'loses data'}`,
  };
}

function forgottenStory(flow: Flow, file: CaseFile): Story | undefined {
  const forgotten = findForgotten(flow);
  if (forgotten === null) return undefined;
  const { labels } = file;
  const { before, after, reset, seconds } = forgotten;
  const who = labels.short(after.from === 'client' ? flow.client.address : flow.server.address);
  const other = labels.short(after.from === 'client' ? flow.server.address : flow.client.address);
  const silence = `nobody spoke for ${rounded(seconds)} s (${file.at(before.frame)} to ${file.at(after.frame)})`;
  const moments = [{ time: before.time, frame: before.frame, text: 'the last packet before the silence', result: '' }, { time: after.time, frame: after.frame, text: `${who} sends ${after.length} bytes, ${rounded(seconds)} s later`, result: reset === null ? 'no answer' : 'RST' }];
  if (reset !== null) {
    const origin = resetOrigin(flow, file);
    if (hadTheData(forgotten) && origin.by !== 'device') return undefined;
    const proof = [silence, `what ${who} sent then is answered by a RST (${file.at(reset.frame)})`, ...(origin.by === 'unknown' ? [] : [origin.reason])];
    return {
      code: 'connection-reset', confidence: origin.by === 'device' ? 'likely' : 'possible', severity: 'warning', droppedAt: origin.by === 'device' ? 'path' : null, remedy: 'idle', cause: `idle ${flow.server.address} ${flow.server.port}`, proof, ruledOut: ['port closed', 'silently dropped'], moments,
      alternatives: origin.by === 'device'
        ? [{ cause: 'a firewall or NAT on the way forgot the idle connection', confidence: 'likely' }]
        : [{ cause: `${other} closes idle connections`, confidence: 'possible' }, { cause: 'a firewall or NAT on the way forgot the idle connection', confidence: 'possible' }],
      title: `A connection to ${file.portName('tcp', flow.server.port)} on ${labels.short(flow.server.address)} is reset after ${rounded(seconds)} s of silence`,
    };
  }
  const proof = [silence, `what ${who} sent then is repeated and never acknowledged (${file.at(after.frame)})`];
  return {
    code: 'connection-stalled', confidence: 'likely', droppedAt: 'path', remedy: 'idle', cause: `idle ${flow.server.address} ${flow.server.port}`, proof, ruledOut: ['port closed', 'refused', 'packets too big'], moments,
    alternatives: [{ cause: 'a firewall or NAT on the way forgot the idle connection', confidence: 'likely' }, { cause: `${other} went away in the meantime`, confidence: 'possible' }],
    title: `A connection to ${file.portName('tcp', flow.server.port)} on ${labels.short(flow.server.address)} is dead after ${rounded(seconds)} s of silence`,
  };
}

/** Nothing of the program's was lost: its keep-alive probes found out that the other side, or a device between, has forgotten the connection. */
function probesStory(flow: Flow, file: CaseFile): Story | undefined {
  const dead = findDeadProbes(flow);
  if (dead === null) return undefined;
  const { labels } = file;
  const { side, before, first, last, reset, gaveUp, seconds, times } = dead;
  const who = labels.short(flow[side].address);
  const otherSide = side === 'client' ? 'server' : 'client';
  const other = labels.short(flow[otherSide].address);
  const where = `${file.portName('tcp', flow.server.port)} on ${labels.short(flow.server.address)}`;
  const silence = `nobody spoke for ${rounded(seconds)} s (${file.at(before.frame)} to ${file.at(first.frame)})`;
  const moments = [{ time: before.time, frame: before.frame, text: 'the last packet before the silence', result: '' }, { time: first.time, frame: first.frame, text: `${who} probes whether ${other} is still there (keep-alive), ${rounded(seconds)} s later`, result: reset === null ? 'no answer' : 'RST' }];
  const common = { remedy: 'idle' as const, cause: `idle ${flow.server.address} ${flow.server.port}`, moments };
  if (reset !== null) {
    const origin = resetOrigin(flow, file, otherSide);
    const proof = [silence, `the keep-alive probe of ${who} is answered by a RST (${file.at(reset.frame)}): whoever answers knows nothing of the connection`, ...(origin.by === 'unknown' ? [] : [origin.reason])];
    return {
      ...common, code: 'connection-reset', confidence: origin.by === 'unknown' ? 'possible' : 'likely', severity: 'warning', droppedAt: origin.by === 'device' ? 'path' : origin.by === 'host' ? otherSide : null, proof, ruledOut: ['port closed', 'silently dropped', 'data lost'],
      alternatives: origin.by === 'device' ? [{ cause: 'a firewall or NAT on the way forgot the idle connection', confidence: 'likely' }]
        : [{ cause: `${other} was restarted, or closed the connection and ${who} never heard of it`, confidence: origin.by === 'host' ? 'likely' : 'possible' }, { cause: 'a firewall or NAT on the way forgot the idle connection', confidence: 'possible' }],
      title: `A connection to ${where} turns out to be gone after ${rounded(seconds)} s of silence`,
    };
  }
  const proof = [silence, `${times === 1 ? 'the keep-alive probe' : `${times} keep-alive probes`} of ${who} (${file.at(first.frame)}${times === 1 ? '' : ` to ${file.at(last.frame)}`}) ${times === 1 ? 'gets' : 'get'} no answer${gaveUp === null ? '' : `, and it gives up (${file.at(gaveUp.frame)})`}`];
  return {
    ...common, code: 'connection-stalled', confidence: 'likely', droppedAt: 'path', proof, ruledOut: ['port closed', 'refused', 'packets too big', 'data lost'],
    moments: gaveUp === null ? moments : [...moments, { time: gaveUp.time, frame: gaveUp.frame, text: `${who} gives the connection up`, result: 'RST' }],
    alternatives: [{ cause: 'a firewall or NAT on the way forgot the idle connection', confidence: 'likely' }, { cause: `${other} went away in the meantime (switched off, asleep, cut off)`, confidence: 'possible' }],
    title: `A connection to ${where} is dead after ${rounded(seconds)} s of silence: keep-alive probes get no answer`,
  };
}

function closedWindowStory(flow: Flow, file: CaseFile): Story | undefined {
  const closed = findClosedWindow(flow);
  if (closed === null) return undefined;
  const address = closed.side === 'server' ? flow.server.address : flow.client.address;
  const who = file.labels.short(address);
  return {
    code: 'connection-stalled', confidence: 'certain', droppedAt: null, remedy: 'program', cause: `window ${address} ${flow.server.port}`, ruledOut: ['a firewall', 'the network'],
    proof: [`${who} says that its receive window is full, ${closed.times} times in ${rounded(closed.seconds)} s (${file.at(closed.first.frame)} to ${file.at(closed.last.frame)}): it acknowledges, so the network works`],
    alternatives: [{ cause: `the program on ${who} does not read what it is sent (hung, busy, or waiting for a disk)`, confidence: 'likely' }],
    moments: [{ time: closed.first.time, frame: closed.first.frame, text: `${who}: window 0, no room`, result: '' }, { time: closed.last.time, frame: closed.last.frame, text: `${who}: still no room`, result: '' }],
    title: `${closed.side === 'server' ? file.portName('tcp', flow.server.port) : `The client of ${file.portName('tcp', flow.server.port)}`} on ${who} stops reading`,
  };
}

/** Flows that count as accepted, and did not end well all the same. */
function lateTroubles(file: CaseFile, told: Set<string>): FindingDraft[] {
  const stories = new Map<string, { readonly story: Story; readonly flow: Flow }>();
  for (const flow of file.evidence.notable) {
    if (flow.outcome !== 'accepted' || stories.size >= MAX_TROUBLED) continue;
    const key = conversationKey(flow.client.address, flow.server.address, flow.transport, flow.server.port, flow.overlay);
    if (told.has(key) || stories.has(key)) continue;
    const story = probesStory(flow, file) ?? forgottenStory(flow, file) ?? closedWindowStory(flow, file) ?? severedStory(flow, file) ?? (isQuietAfter(flow, file) ? holeStory(flow, file) : undefined);
    if (story !== undefined) stories.set(key, { story, flow });
  }
  if (stories.size === 0) return [];
  const drafts: FindingDraft[] = [];
  for (const conversation of file.evidence.conversations) {
    const found = stories.get(keyOf(conversation));
    if (found === undefined) continue;
    const { flow, story } = found;
    const base = baseOf({ conversation, flows: [flow], clocksDiffer: false }, { flows: [flow], count: 1, workedBefore: false, workedAfter: false }, file);
    const frames = uniqueFrames([...(story.moments ?? []).map((row) => row.frame), ...base.frames, flow.last]);
    drafts.push(draft({ ...base, frames }, story, conversation));
  }
  return drafts;
}

/** A hole at the very end of a capture may still be filled; one in a capture with holes of its own proves nothing. */
function isQuietAfter(flow: Flow, file: CaseFile): boolean {
  const capture = file.evidence.captures[flow.last.capture];
  if (capture === undefined || !hasTime(capture.end) || !hasTime(flow.end) || file.doubts[flow.last.capture]?.hasHoles === true) return false;
  return secondsBetween(flow.end, capture.end) >= QUIET_SECONDS;
}

/** A port probe: connected, said nothing, left. What follows is no failure. */
function isProbe(flow: Flow): boolean {
  return flow.payload.client === 0 && flow.history.includes('F');
}

function keyOf({ client, server, transport, serverPort, overlay }: Conversation): string {
  return conversationKey(client, server, transport, serverPort, overlay);
}

function rounded(seconds: number): string {
  return seconds >= 10 ? String(Math.round(seconds)) : seconds.toFixed(1).replace(/\.0$/, '');
}
