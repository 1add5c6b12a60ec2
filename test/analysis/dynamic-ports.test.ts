/** What is known of dynamic ports over time and over hosts, how much of the range was used, and what hides more of it. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { BindEvidence, MappingEvidence } from '../../src/evidence/evidence.js';
import { renderText } from '../../src/report/text.js';
import { at, CLIENT, evidence, flow, mapping, OTHER, SERVER, SVCCTL, type FlowSketch } from './evidence-builder.js';

const EVENTLOG = { uuid: 'f6beaff7-1e19-4fbb-9f8f-b89e2018337c', version: '1.0' };
const DRSUAPI = { uuid: 'e3514235-4b06-11d1-ab04-00c04fc2dcd2', version: '4.0' };
const LSARPC = { uuid: '12345778-1234-abcd-ef00-0123456789ab', version: '0.0' };
const FRS = { uuid: '897e2e5f-93f3-4376-9c9c-fd2277495c27', version: '1.0' };

interface Parts { readonly flows?: readonly FlowSketch[]; readonly mappings?: readonly MappingEvidence[]; readonly binds?: readonly BindEvidence[]; readonly pinned?: readonly { service: string; port: number }[] }

function modelOf({ flows = [], mappings = [], binds = [], pinned = [] }: Parts): ReportModel {
  const all = evidence({ flows: flows.map(flow), mappings });
  return analyze({ ...all, rpc: { ...all.rpc, binds } }, { catalog: builtInCatalog(), pinned });
}

function bind(port: number, frame: number, seconds: number, id: { uuid: string; version: string }): BindEvidence {
  return { client: CLIENT, server: SERVER, port, transport: 'tcp', interface: id, result: 0, reason: 0, pipe: null, frame: { capture: 0, frame }, time: at(seconds) };
}

const rowOf = (model: ReportModel, server: string, port: number) => model.dynamicPorts.find((row) => row.server === server && row.port === port);
const namesOf = (model: ReportModel, server: string, port: number) => rowOf(model, server, port)?.interfaces.map(({ name }) => name);

describe('knowledge over time', () => {
  it('a service that restarted leaves its port to another: each failure is told with the owner at its time', () => {
    const model = modelOf({
      mappings: [mapping(49_668, 5, 1, SVCCTL), mapping(49_668, 50, 60, EVENTLOG)],
      flows: [{ port: 49_668, outcome: 'no-answer', start: 2, frame: 6, syns: [0, 1, 3, 7] }, { port: 49_668, client: '10.77.1.11', outcome: 'no-answer', start: 61, frame: 51, syns: [0, 1, 3, 7] }, { port: 135, outcome: 'accepted', start: 1 }],
    });
    expect(namesOf(model, SERVER, 49_668)).toEqual(['svcctl', 'IEventService']);
    const blocked = model.findings.filter(({ code }) => code === 'blocked-dynamic-port');
    expect(blocked.map((one) => [one.client, one.interface?.uuid])).toEqual(expect.arrayContaining([[CLIENT, SVCCTL.uuid], ['10.77.1.11', EVENTLOG.uuid]]));
  });

  it('the same port of another host is another port', () => {
    const model = modelOf({ mappings: [mapping(49_668, 5, 1)], flows: [{ port: 49_668, outcome: 'accepted', start: 2 }, { port: 49_668, server: OTHER, outcome: 'accepted', start: 2 }] });
    expect(namesOf(model, SERVER, 49_668)).toEqual(['svcctl']);
    expect(rowOf(model, OTHER, 49_668)).toMatchObject({ interfaces: [], knownFrom: [{ source: 'port-only' }], flows: 1 });
  });

  it('an answer that names another host belongs to the one that answered, and shows the other', () => {
    const model = modelOf({ mappings: [{ ...mapping(49_668, 5, 1), announced: '10.9.9.9' }], flows: [{ port: 49_668, outcome: 'accepted', start: 2 }] });
    expect(rowOf(model, SERVER, 49_668)).toMatchObject({ announced: '10.9.9.9', flows: 1, outcomes: { accepted: 1 } });
    expect(rowOf(model, '10.9.9.9', 49_668)).toBeUndefined();
  });

  it('through an address translation captured on both sides, each side explains its own connection', () => {
    const outside = '203.0.113.5';
    const heard = (server: string, frame: number): MappingEvidence => ({ ...mapping(49_668, frame, 1), server, announced: SERVER });
    const model = modelOf({ mappings: [heard(outside, 5), heard(SERVER, 6)], flows: [{ port: 49_668, server: outside, outcome: 'accepted', start: 2 }, { port: 49_668, outcome: 'accepted', start: 2.001 }] });
    expect(rowOf(model, outside, 49_668)).toMatchObject({ announced: SERVER, interfaces: [{ name: 'svcctl' }], flows: 1 });
    expect(rowOf(model, SERVER, 49_668)).toMatchObject({ announced: null, interfaces: [{ name: 'svcctl' }], flows: 1 });
  });

  it('an answer that was captured after the connection explains it all the same', () => {
    const model = modelOf({ mappings: [mapping(49_668, 90, 30)], flows: [{ port: 49_668, outcome: 'accepted', start: 2, frame: 7 }] });
    expect(rowOf(model, SERVER, 49_668)).toMatchObject({ interfaces: [{ name: 'svcctl' }], knownFrom: [{ source: 'ept_map', frame: { frame: 90 } }], flows: 1 });
    expect(model.findings.filter(({ code }) => code === 'undocumented-traffic')).toEqual([]);
  });
});

describe('the dynamic range', () => {
  it('is counted per host: what was named, what was used, and how far up', () => {
    const model = modelOf({
      mappings: [mapping(49_668, 5, 1), mapping(49_700, 6, 1, EVENTLOG), mapping(5000, 7, 1, DRSUAPI)],
      flows: [{ port: 49_668, outcome: 'accepted' }, { port: 49_153, outcome: 'accepted' }, { port: 5000, outcome: 'accepted' }, { port: 49_900, outcome: 'no-answer' }, { port: 50_000, server: OTHER, outcome: 'accepted' }],
    });
    expect(model.dynamicRange).toEqual([
      { server: SERVER, first: 49_152, last: 65_535, size: 16_384, named: 2, used: 2, ports: [49_153, 49_668], highest: 49_668, encryptedAnswers: null },
      { server: OTHER, first: 49_152, last: 65_535, size: 16_384, named: 0, used: 1, ports: [50_000], highest: 50_000, encryptedAnswers: null },
    ]);
    expect(renderText(model)).toContain('used 2 of 16,384 (49153, 49668), 1 beyond the first 6');
  });

  it('tests the claim that only the first five or six ports are used', () => {
    const statusOf = (port: number) => modelOf({ mappings: [mapping(port, 5, 1)], flows: [{ port, outcome: 'accepted', start: 2 }] }).claims.find(({ id }) => /dynamic/.test(id) && id !== 'dynamic-range')?.status;
    expect([statusOf(49_153), statusOf(49_668)]).toEqual(['confirmed', 'contradicted']);
  });

  it('has more in it where answers are encrypted: who hides them and what would show them is said', () => {
    const application = { protocol: 'epmap', confidence: 'payload' as const, facts: { dcom: 'encrypted' } };
    const model = modelOf({ flows: [{ port: 135, outcome: 'accepted', frame: 12, application }] });
    expect(model.dynamicRange).toMatchObject([{ server: SERVER, used: 0, encryptedAnswers: { of: ['dcom'], clients: [CLIENT], frames: [{ frame: 12 }] } }]);
    expect(renderText(model).replace(/\s+/g, ' ')).toMatch(/answers of DCOM are encrypted \(#12\).*What would show them: /);
  });
});

describe('the plan of static ports', () => {
  it('has services that can be pinned, with command and firewall, and the rest together', () => {
    const { staticPorts } = modelOf({ mappings: [mapping(49_667, 5, 1, DRSUAPI), mapping(49_667, 6, 1, LSARPC), mapping(49_668, 7, 1, SVCCTL)], binds: [bind(49_680, 9, 3, FRS)] });
    expect(staticPorts.map(({ service, ports, effect }) => [service, ports, effect])).toEqual([['ntds', [49_667], 'dynamic'], ['dfsr', [49_680], 'dynamic'], ['rpc-range', [49_668], 'dynamic']]);
    const [ntds, dfsr, rest] = staticPorts;
    expect(ntds).toMatchObject({ port: 50_000, commands: ['reg add "HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Parameters" /v "TCP/IP Port" /t REG_DWORD /d 50000 /f'], restart: 'the domain controller', interfaces: [{ name: 'lsarpc' }, { name: 'drsuapi' }] });
    expect(ntds!.firewall).toContain('TCP 135 and TCP 50000');
    expect(dfsr!.commands[0]).toBe(`dfsrdiag StaticRPC /port:50002 /Member:${SERVER}`);
    expect(rest).toMatchObject({ interfaces: [{ name: 'svcctl' }], port: null });
  });

  it('does not offer the setting of a domain controller to a machine that is none', () => {
    expect(modelOf({ mappings: [mapping(49_667, 6, 1, LSARPC)] }).staticPorts.map(({ service }) => service)).toEqual(['rpc-range']);
  });

  it.each([
    ['took effect', 'took-effect', [mapping(50_000, 5, 1, DRSUAPI)], []],
    ['took effect, with the dynamic port beside it that NTDS keeps', 'took-effect', [mapping(50_000, 5, 1, DRSUAPI), mapping(49_667, 6, 1, DRSUAPI)], []],
    ['took effect since a restart', 'took-effect', [mapping(49_667, 5, 1, DRSUAPI), mapping(50_000, 90, 60, DRSUAPI)], []],
    ['took effect, shown by a bind alone', 'took-effect', [], [bind(50_000, 9, 3, DRSUAPI)]],
    ['did not take effect', 'not-in-effect', [mapping(49_667, 5, 1, DRSUAPI)], []],
    ['cannot be told', 'not-seen', [mapping(49_668, 5, 1, SVCCTL)], []],
  ] as const)('tells that a pin %s', (_, effect, mappings, binds) => {
    const row = modelOf({ mappings, binds, pinned: [{ service: 'ntds', port: 50_000 }] }).staticPorts.find(({ service }) => service === 'ntds');
    expect(row?.effect).toBe(effect);
  });

  it('tells that a pin counts in part where a dynamic port is named beside it against the documentation', () => {
    const { staticPorts } = modelOf({ mappings: [mapping(50_002, 5, 1, FRS), mapping(49_700, 6, 2, FRS)], pinned: [{ service: 'dfsr', port: 50_002 }] });
    expect(staticPorts).toMatchObject([{ service: 'dfsr', effect: 'partly', evidence: 'TCP 50002 (#5); but still TCP 49700 (#6)' }]);
  });

  it('sees that somebody pinned a service to a port below the range', () => {
    expect(modelOf({ mappings: [mapping(5722, 5, 1, FRS)] }).staticPorts).toMatchObject([{ service: 'dfsr', effect: 'outside-range', ports: [5722] }]);
  });

  it('fits into 80 columns', () => {
    const text = renderText(modelOf({ mappings: [mapping(49_667, 5, 1, DRSUAPI), mapping(49_680, 9, 3, FRS)], pinned: [{ service: 'ntds', port: 50_000 }] }), { width: 80 });
    expect(text).toContain('NOT IN EFFECT');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
