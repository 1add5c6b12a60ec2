import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, type AnalyzeOptions } from '../../src/analysis/analyze.js';
import { parseBetween, parseExpectation } from '../../src/analysis/expectation.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { NeighbourEvidence } from '../../src/evidence/evidence.js';
import { readWitness } from '../../src/witness/read-witness.js';
import { at, CLIENT, evidence, flow, OTHER, sender, SERVER, type EvidenceParts } from './evidence-builder.js';

const catalog = builtInCatalog();
const onClient = { traits: { senders: [sender(CLIENT, 64, 8), sender(SERVER, 63)], duplicates: 0, flows: 3, oneSidedFlows: 0 } };

function ask(parts: EvidenceParts, text: string, options: Partial<AnalyzeOptions> = {}) {
  const expectation = text.includes('>') ? parseExpectation(text) : parseBetween(text.split(' ')[0]!, text.split(' ')[1]!);
  if (typeof expectation === 'string') throw new Error(expectation);
  const model = analyze(evidence(parts), { catalog, ...options, expectations: [expectation] });
  const finding = model.findings.find(({ code }) => code === 'never-attempted');
  const { status, reason, why, next, findings } = model.expectations[0]!;
  return { status, reason, why: why.join('. '), next: next.join('. '), findings, confidence: finding?.confidence, problem: finding?.problem ?? null, model, finding };
}

const works = flow({ port: 445, outcome: 'accepted', frame: 1 });
const lookup = (name: string, result: number, addresses: readonly string[] = []) => ({ client: CLIENT, server: '10.77.1.53', name, type: 'A', result, addresses, frame: { capture: 0, frame: 70 }, times: 1 });
const neighbour = (address: string, answers: number, askedBy = [CLIENT]): NeighbourEvidence => ({ capture: 0, address, asked: 5, askedBy, answers, heard: answers, firstAsked: { capture: 0, frame: 80 }, lastAsked: at(3), firstAnswered: null });

describe('how an expectation is written', () => {
  it.each([
    ['MGMT1>HV01:5985', 'MGMT1', 'HV01', 'tcp', 5985], ['10.0.0.1 -> 10.0.0.2:53/udp', '10.0.0.1', '10.0.0.2', 'udp', 53], ['a>b:udp/53', 'a', 'b', 'udp', 53], ['[fd00::1]>[fd00::2]:445', 'fd00::1', 'fd00::2', 'tcp', 445],
  ])('%s', (text, from, to, transport, port) => {
    expect(parseExpectation(text)).toMatchObject({ text, from, to, transport, port });
  });
  it.each([
    ['MGMT1', 'write FROM>TO:PORT'], ['a>b', 'a port is missing'], ['a>b:0', '0 is no port'], ['a>b:70000', '70000 is no port'], ['a>fd00::2:445', 'stands in brackets'], ['a>b>c:1', 'write FROM>TO:PORT'], ['a b>c:1', 'neither a name nor an address'], ['a>tcp/b:1', 'neither'], ['a>b:tcp/1/udp', 'twice'], ['>b:1', 'write'],
  ])('%s is refused', (text, message) => {
    expect(parseExpectation(text)).toContain(message);
  });
  it('whatever is written is understood or refused, never thrown at', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[ab.\d[\]:]{0,9}-?>[cd.\d[\]:/]{0,12}$/u)), (text) => {
      const parsed = parseExpectation(text);
      if (typeof parsed !== 'string') expect(parsed.port).toBeGreaterThan(0);
      else expect(parsed).toContain(text);
    }));
  });
  it('two hosts', () => {
    expect(parseBetween('A', 'fd00::1')).toMatchObject({ from: 'A', to: 'fd00::1', port: null });
    expect(parseBetween('a', 'A')).toContain('two hosts');
  });
});

describe('what is there', () => {
  it('worked, failed, and between two hosts', () => {
    const failed = flow({ port: 5985, outcome: 'no-answer', syns: [0, 1, 3], start: 2 });
    expect(ask({ flows: [works] }, `${CLIENT}>${SERVER}:445`)).toMatchObject({ status: 'worked', reason: null, problem: null });
    const { status, findings, finding } = ask({ flows: [works, failed] }, `${CLIENT}>${SERVER}:5985`);
    expect([status, findings.length, finding]).toEqual(['failed', 1, undefined]);
    expect(ask({ flows: [works, failed] }, `${SERVER} ${CLIENT}`)).toMatchObject({ status: 'worked' });
  });
  it('names are those of the capture, with or without domain', () => {
    const names = [{ address: SERVER, name: 'hv01.lab.test', from: 'dns', frame: { capture: 0, frame: 1 } }];
    for (const name of ['HV01', 'hv01.lab.test']) expect(ask({ flows: [works], names }, `${CLIENT}>${name}:445`).status).toBe('worked');
    expect(ask({ flows: [works], names }, `${CLIENT}>hv01.other.test:445`).status).toBe('never-attempted');
  });
});

describe('what is missing, and why', () => {
  it('the name is not resolved: one problem with the failed look-up', () => {
    const one = ask({ flows: [works], lookups: [lookup('hv9.lab.test', 3)] }, `${CLIENT}>hv9:445`);
    expect(one).toMatchObject({ status: 'never-attempted', reason: 'name-not-resolved', confidence: 'certain' });
    expect(one.model.problems.find(({ id }) => id === one.problem)!.codes).toEqual(['name-not-resolved', 'never-attempted']);
    expect(ask({ flows: [works], lookups: [lookup('hv9', -1)] }, `${CLIENT}>hv9:445`)).toMatchObject({ reason: 'name-not-resolved', confidence: 'likely' });
    expect(ask({ flows: [works] }, `${CLIENT}>hv9:445`)).toMatchObject({ reason: 'name-not-resolved', confidence: 'possible' });
  });
  it('the name stands for another address', () => {
    const names = [{ address: OTHER, name: 'hv9.lab.test', from: 'ntlm', frame: { capture: 0, frame: 1 } }];
    expect(ask({ flows: [works], names, lookups: [lookup('hv9.lab.test', 0, [SERVER])] }, `${CLIENT}>${OTHER}:445`)).toMatchObject({ reason: 'resolved-elsewhere', confidence: 'certain' });
  });
  it('nobody on the link answers: proved where the asker was captured, or where it gets other answers', () => {
    const parts = { flows: [works], neighbours: [neighbour('10.77.1.99', 0)] };
    expect(ask(parts, `${CLIENT}>10.77.1.99:445`)).toMatchObject({ reason: 'no-neighbour-answer', confidence: 'certain' });
    const elsewhere = { traits: { senders: [sender(OTHER, 64, 8), sender(CLIENT, 63)], duplicates: 0, flows: 3, oneSidedFlows: 0 } };
    expect(ask({ ...parts, flows: [works, flow({ client: OTHER, port: 445, outcome: 'accepted' })], capture: elsewhere }, `${CLIENT}>10.77.1.99:445`)).toMatchObject({ reason: 'no-neighbour-answer', confidence: 'possible' });
    expect(ask({ ...parts, neighbours: [neighbour('10.77.1.99', 1)] }, `${CLIENT}>10.77.1.99:445`).reason).not.toBe('no-neighbour-answer');
  });
  it('the router does not answer, and nothing else is reached', () => {
    const other = flow({ client: OTHER, server: SERVER, port: 445, outcome: 'accepted' });
    expect(ask({ flows: [other], neighbours: [neighbour('10.77.1.1', 0)] }, `${CLIENT}>${SERVER}:445`)).toMatchObject({ reason: 'no-neighbour-answer' });
    expect(ask({ flows: [other, works], neighbours: [neighbour('10.77.1.1', 0)] }, `${CLIENT}>${SERVER}:5985`).reason).toBe('not-tried');
  });
  it('a time that was left out', () => {
    const leftOutSyns = [{ client: CLIENT, server: SERVER, port: 5985, first: { capture: 0, frame: 400 } }];
    expect(ask({ flows: [works], leftOutSyns }, `${CLIENT}>${SERVER}:5985`)).toMatchObject({ reason: 'outside-time', confidence: 'certain' });
  });
  it('the wrong place: the sender is not heard, and the capture is of another machine', () => {
    const one = ask({ flows: [works], capture: onClient }, `10.9.9.9>${SERVER}:5985`);
    expect(one).toMatchObject({ reason: 'wrong-vantage', confidence: 'likely' });
    expect(one.next).toContain('howto capture');
    expect(ask({ flows: [works], capture: onClient }, 'nobody>HV01:5985')).toMatchObject({ reason: 'wrong-vantage' });
  });
  it('an address that was never seen', () => {
    expect(ask({ flows: [works], capture: onClient }, `${CLIENT}>10.9.9.9:5985`)).toMatchObject({ reason: 'address-never-seen', confidence: 'likely' });
  });
  it('both are heard, and it was not tried: a refused ticket is named', () => {
    expect(ask({ flows: [works], capture: onClient }, `${CLIENT}>${SERVER}:5985`)).toMatchObject({ reason: 'not-tried', confidence: 'likely' });
    const names = [{ address: SERVER, name: 'hv01.lab.test', from: 'dns', frame: { capture: 0, frame: 1 } }];
    const tickets = [{ client: CLIENT, server: OTHER, service: 'HTTP/hv01.lab.test', user: '', kind: 'ticket' as const, result: 'KDC_ERR_S_PRINCIPAL_UNKNOWN', frame: { capture: 0, frame: 90 }, time: at(1), times: 1 }];
    expect(ask({ flows: [works], names, tickets }, `${CLIENT}>${SERVER}:5985`).why).toContain('KDC_ERR_S_PRINCIPAL_UNKNOWN');
  });
  it('the sender\'s own firewall says that it dropped it', () => {
    const witness = readWitness('pf.log', new TextEncoder().encode(`#Fields: date time action protocol src-ip dst-ip src-port dst-port path\n2027-01-15 08:00:02 DROP TCP ${CLIENT} ${SERVER} 50999 5985 SEND\n`));
    if (typeof witness === 'string') throw new Error(witness);
    const one = ask({ flows: [works], capture: onClient }, `${CLIENT}>${SERVER}:5985`, { witnesses: [witness] });
    expect(one).toMatchObject({ reason: 'dropped-at-client', confidence: 'certain' });
    expect(one.finding).toMatchObject({ droppedAt: 'client', port: 5985 });
  });
});
