import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { flowsJsonl } from '../../src/report/flows-jsonl.js';
import { type EtlEvent, EtlKeyword, ndisPacket, pktmonPacket, writeEtl } from '../support/etl-writer.js';
import { ethernet, ipv4, tcp } from '../support/packet-builder.js';
import { PcapngWriter } from '../support/pcapng-writer.js';
import { evidenceOf, flowsOfInputs, inputOf } from './captured.js';

const client = '10.0.0.1';
const server = '10.0.0.2';
const packet = (from: number, to: number, flags: string, reversed = false) =>
  ethernet(ipv4(reversed ? { from: server, to: client } : { from: client, to: server }, tcp({ from: reversed ? to : from, to: reversed ? from : to, flags, seq: from })));

/** One connection that works, and one whose SYNs the server's own TCP/IP drops: each packet seen at the network card, then where it ends. */
function trace(dropReason: number): Uint8Array {
  const events: EtlEvent[] = [];
  const seen = (ticks: number, data: Uint8Array, direction: number) => events.push({ ticks, provider: 'pktmon', id: 160, process: 1234, data: pktmonPacket(data, { component: 2, direction }) });
  seen(0, packet(50_000, 445, 'S'), 3);
  seen(1000, packet(50_000, 445, 'SA', true), 4);
  seen(2000, packet(50_000, 445, 'A'), 3);
  for (const second of [1, 2, 4]) {
    seen(second * 1e7, packet(50_001, 6600, 'S'), 3);
    events.push({ ticks: second * 1e7 + 50, provider: 'pktmon', id: 170, process: 0, data: pktmonPacket(packet(50_001, 6600, 'S'), { component: 9, direction: 1, dropReason }) });
  }
  return writeEtl(events);
}

describe('what only an event trace knows', () => {
  it('stays with the flow: why and where a packet was dropped, process, direction', async () => {
    const flows = await flowsOfInputs(inputOf('x.etl', trace(1231)));
    const [good, bad] = [445, 6600].map((port) => flows.find((flow) => flow.server.port === port));
    expect(good).toMatchObject({ dropped: null, process: { id: 1234, direction: 'inbound' } });
    expect(bad).toMatchObject({ dropped: { reason: 'INET_AcceptInspection', component: 'pktmon component 9', from: client, frame: { capture: 0, frame: 5 } }, process: { id: 1234, direction: 'inbound' } });
    let lines = '';
    const writer = flowsJsonl((bytes) => { lines += new TextDecoder().decode(bytes); });
    writer.flow(bad!);
    writer.end();
    expect(JSON.parse(lines)).toMatchObject({ dropped: { reason: 'INET_AcceptInspection' }, process: { id: 1234 } });
  });
  it('says where a connection was dropped, and why', async () => {
    const { evidence } = await evidenceOf(inputOf('x.etl', trace(1231)));
    const finding = analyze(evidence, { catalog: builtInCatalog() }).findings.find(({ port }) => port === 6600);
    expect(finding).toMatchObject({ code: 'blocked-port', confidence: 'certain', droppedAt: 'server' });
    expect(finding?.explanation).toContain('dropped a packet of 10.0.0.1 (#5): INET_AcceptInspection, at pktmon component 9');
  });
  it('says on which machine the trace was taken, although each packet is seen at several places in it', async () => {
    const events: EtlEvent[] = [];
    for (const [i, [from, flags, reversed]] of ([[50_000, 'S', false], [50_000, 'SA', true], [50_000, 'A', false], [50_001, 'S', false], [50_001, 'SA', true]] as const).entries()) {
      for (const edge of [1, 2]) events.push({ ticks: i * 1000 + edge, provider: 'pktmon', id: 160, data: pktmonPacket(packet(from, 445, flags, reversed), { component: 2, edge, direction: reversed ? 4 : 3 }) });
    }
    const { evidence } = await evidenceOf(inputOf('x.etl', writeEtl(events)));
    const [capture] = analyze(evidence, { catalog: builtInCatalog() }).captures;
    expect(capture?.vantage).toMatchObject({ at: 'server', host: server });
    expect(capture?.vantage.evidence[0]).toContain('at up to 2 places inside one machine');
  });
  it('takes no virtual switch for what is seen at several places in one machine, also where none of its own packets shows which one', async () => {
    const heard = [1, 2, 3].map((edge): EtlEvent => ({ ticks: edge, provider: 'pktmon', id: 160, data: pktmonPacket(packet(50_000, 445, 'S'), { component: edge, edge, direction: 1 }) }));
    const { evidence } = await evidenceOf(inputOf('x.etl', writeEtl(heard)));
    const [capture] = analyze(evidence, { catalog: builtInCatalog() }).captures;
    expect(capture?.vantage.at).not.toBe('switch');
  });
  it('tells a port that nobody listens on from one that is blocked', async () => {
    const { evidence } = await evidenceOf(inputOf('x.etl', trace(1204)));
    expect(analyze(evidence, { catalog: builtInCatalog() }).findings.find(({ port }) => port === 6600)).toMatchObject({ code: 'service-not-listening', droppedAt: 'server' });
  });
  it('reasons that nobody has named stay numbers', async () => {
    const [flow] = (await flowsOfInputs(inputOf('x.etl', trace(4711)))).filter(({ dropped }) => dropped !== null);
    expect(flow?.dropped?.reason).toBe('reason 4711');
  });
  it('process and direction come from netsh traces, too', async () => {
    const event = { ticks: 0, provider: 'ndis' as const, id: 1001, process: 77, keyword: EtlKeyword.start | EtlKeyword.end | EtlKeyword.send, data: ndisPacket(packet(50_000, 445, 'S')) };
    expect((await flowsOfInputs(inputOf('x.etl', writeEtl([event]))))[0]).toMatchObject({ dropped: null, process: { id: 77, direction: 'outbound' } });
  });
  it('and from pcapng files that etl2pcapng has written', async () => {
    const verdict = Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0, 0);
    const file = new PcapngWriter().section().interface({ name: 'eth:10:0' })
      .packet({ data: packet(50_000, 445, 'S'), flags: 2, comment: 'PID=4242 TID=8' })
      .packet({ data: packet(50_000, 445, 'SA', true), flags: 1, comment: 'PID=0 TID=0' })
      .packet({ data: packet(50_001, 446, 'S'), flags: 2, options: [{ code: 7, value: verdict }] })
      .packet({ data: packet(50_002, 447, 'S'), flags: 2 }).bytes();
    for (const lengths of [[file.length], [1], [64]]) {
      const flows = await flowsOfInputs(inputOf('x.pcapng', file, lengths));
      expect(flows.map(({ server: { port }, process, dropped }) => [port, process, dropped])).toEqual([
        [445, { id: 4242, direction: 'outbound' }, null],
        [446, null, { reason: 'reason not kept by the converter', component: 'eth:10:0', frame: { capture: 0, frame: 3 }, from: client }],
        [447, null, null],
      ]);
    }
  });
});

describe('what a trace is blind to', () => {
  const blindTo = async (file: Uint8Array) => analyze((await evidenceOf(inputOf('x.etl', file))).evidence, { catalog: builtInCatalog() }).captures[0]!.blindTo;
  const usual = ['anything before or after these times'];

  it('is not what the machine dropped, where pktmon says it', async () => {
    expect(await blindTo(trace(1231))).toEqual(['what other hosts drop', 'RDMA (SMB Direct)', 'what pktmon was told to leave out (--comp)', ...usual]);
  });
  it('may be what the machine dropped, where pktmon saw no drop: it can be told to leave them out', async () => {
    const seen = ['S', 'SA', 'A'].map((flags, i): EtlEvent => ({ ticks: i, provider: 'pktmon', id: 160, data: pktmonPacket(packet(50_000, 445, flags, flags === 'SA'), { component: 2, direction: flags === 'SA' ? 4 : 3 }) }));
    expect(await blindTo(writeEtl(seen))).toContain('what pktmon was told to leave out (--comp, --type flow)');
  });
  it('is what the firewall decides, where NDIS capture stands below it', async () => {
    const sent = EtlKeyword.start | EtlKeyword.end | EtlKeyword.send;
    const file = writeEtl(['S', 'S'].map((flags, i): EtlEvent => ({ ticks: i * 1e7, provider: 'ndis', id: 1001, keyword: sent, data: ndisPacket(packet(50_000, 445, flags)) })));
    expect((await blindTo(file)).join()).toMatch(/firewall decisions on .* itself/);
  });
});
