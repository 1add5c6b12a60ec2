/** Checklists, comparisons, firewall records and blind spots over the lab's captures and evidence made by hand. */
import { describe, expect, it } from 'vitest';
import { analyze, type AnalyzeOptions } from '../../src/analysis/analyze.js';
import { operations } from '../../src/analysis/operations/index.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { Evidence } from '../../src/evidence/evidence.js';
import { readWitness } from '../../src/witness/read-witness.js';
import type { WitnessFile } from '../../src/witness/witness.js';
import { evidenceOf, inputOf, labCapture } from '../evidence/captured.js';
import { at, CLIENT, evidence, flow, OTHER, SERVER, type EvidenceParts } from './evidence-builder.js';

const catalog = builtInCatalog();
const lab = async (name: string): Promise<Evidence> => (await evidenceOf(inputOf(name, labCapture(`${name}.pcapng`)))).evidence;
const run = (of: Evidence, options: Partial<AnalyzeOptions> = {}) => analyze(of, { catalog, ...options });
const states = (of: Evidence, operation: string) => Object.fromEntries(run(of, { operation }).operation!.steps.map(({ id, state }) => [id, state]));

describe('operations', () => {
  it('are data that holds together: ids are unique, needs exist and come before', () => {
    expect(operations.map(({ id }) => id)).toEqual(['live-migration', 'replica', 'server-manager', 'cluster-join', 'vmm-add-host', 'vm-connect']);
    for (const { steps } of operations) {
      const ids = steps.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      steps.forEach(({ needs, patterns }, i) => {
        expect(patterns.length).toBeGreaterThan(0);
        for (const need of needs) expect(ids.indexOf(need)).toBeGreaterThanOrEqual(0);
        for (const need of needs) expect(ids.indexOf(need)).toBeLessThan(i);
      });
      expect(steps.some(({ optional }) => !optional)).toBe(true);
    }
  });
  it('live migration: the data channel of the lab is dropped for one host, and SMB is seen', async () => {
    const of = await lab('live-migration-6600');
    expect(states(of, 'live-migration')).toMatchObject({ migration: 'failed', storage: 'seen', names: 'not-in-capture', ticket: 'not-in-capture' });
    const { operation, findings } = run(of, { operation: 'live-migration' });
    const step = operation!.steps.find(({ id }) => id === 'migration')!;
    expect(findings.filter(({ id }) => step.findings.includes(id)).map(({ port }) => port)).toEqual([6600]);
    expect(step.frames.length).toBeGreaterThan(0);
    expect(operation!.verdict).toContain('TCP 6600');
  });
  it('DCOM is not seen because others ask the endpoint mapper, but fails with it', async () => {
    const of = await lab('rpc-dynamic-dropped');
    expect(states(of, 'server-manager')).toMatchObject({ dcom: 'not-in-capture', pipes: 'seen' });
    const [bind] = of.rpc.binds;
    const activation = { ...bind!, interface: { uuid: '000001a0-0000-0000-c000-000000000046', version: '0.0' } };
    expect(states({ ...of, rpc: { ...of.rpc, binds: [...of.rpc.binds, activation] } }, 'server-manager')).toMatchObject({ dcom: 'seen' });
    expect(states(evidence({ flows: [flow({ port: 135, outcome: 'no-answer', syns: [0, 1, 3, 7] }), flow({ port: 445, outcome: 'accepted', start: 20 })] }), 'server-manager')).toMatchObject({ dcom: 'failed' });
  });
  it('a name that one host asked for in vain has stopped nothing when the nodes went on', async () => {
    const found = states(await lab('cluster-3343'), 'cluster-join');
    expect(found).toMatchObject({ join: 'failed', heartbeat: 'seen' });
    expect(Object.values(found)).not.toContain('not-reached');
  });
  it('what needs a step that failed is not reached', () => {
    const parts: EvidenceParts = { flows: [], lookups: [{ client: CLIENT, server: OTHER, name: 'hv1.lab.test', type: 'A', result: 3, addresses: [], frame: { capture: 0, frame: 4 }, times: 1 }] };
    expect(states(evidence({ ...parts, flows: [flow({ client: CLIENT, server: OTHER, port: 53, transport: 'udp', outcome: 'answered' })] }), 'vm-connect')).toMatchObject({ names: 'failed', console: 'not-reached', ticket: 'not-reached' });
  });
  it('delegation that is refused is read from the ticket', () => {
    const ticket = { client: CLIENT, server: OTHER, service: 'Microsoft Virtual System Migration Service/hv2', user: '', kind: 'on-behalf' as const, result: 'KDC_ERR_BADOPTION', frame: { capture: 0, frame: 9 }, time: at(1), times: 1 };
    const of = evidence({ flows: [flow({ client: CLIENT, server: OTHER, port: 88, outcome: 'accepted' })], tickets: [ticket] });
    expect(states(of, 'live-migration')).toMatchObject({ ticket: 'failed', migration: 'not-reached' });
    expect(states({ ...of, tickets: [{ ...ticket, result: 'granted' }] }, 'live-migration')).toMatchObject({ ticket: 'seen', migration: 'not-in-capture' });
  });
  it('nothing of it is there: no step is failed', async () => {
    const found = Object.values(states(await lab('iscsi-3260'), 'replica'));
    expect(new Set(found)).toEqual(new Set(['not-in-capture']));
  });
});

describe('against an earlier run', () => {
  it('what worked then and fails now, though the dynamic port has another number', async () => {
    const { comparison } = run(await lab('rpc-dynamic-dropped'), { baseline: await lab('rpc-ok') });
    expect(comparison!.broken.map(({ interface: service, before, now, findings }) => [service?.name, before, now, findings.length])).toEqual([['drsuapi', 'accepted 2', 'no-answer', 1]]);
    expect(comparison!.gone.some(({ port }) => port === 636)).toBe(true);
  });
  it('a capture against itself: nothing changed', async () => {
    const of = await lab('rpc-ok');
    const { comparison } = run(of, { baseline: of });
    expect([comparison!.broken, comparison!.mended, comparison!.added, comparison!.gone, comparison!.stillFailing]).toEqual([[], [], [], [], 0]);
    expect(comparison!.unchanged).toBeGreaterThan(5);
  });
  it('turned round: mended', async () => {
    const { comparison } = run(await lab('rpc-ok'), { baseline: await lab('rpc-dynamic-dropped') });
    expect([comparison!.broken.length, comparison!.mended.map(({ interface: service }) => service?.name)]).toEqual([0, ['drsuapi']]);
  });
});

function witness(text: string): WitnessFile {
  const read = readWitness('w', new TextEncoder().encode(text));
  if (typeof read === 'string') throw new Error(read);
  return read;
}

describe('records of firewalls', () => {
  const silent = flow({ port: 5985, outcome: 'no-answer', syns: [0, 1, 3], frame: 20, start: 5 });
  const works = flow({ port: 445, outcome: 'accepted', frame: 1 });
  const of = evidence({ flows: [works, silent] });
  const iso = (seconds: number): string => new Date((at(5).seconds + seconds) * 1000).toISOString();
  const event = (changes: Readonly<Record<string, string>> = {}, time = iso(0), id = 5152): WitnessFile => {
    const data = { Direction: '%%14592', SourceAddress: CLIENT, SourcePort: String(silent.client.port), DestAddress: SERVER, DestPort: '5985', Protocol: '6', FilterRTID: '68941', ...changes };
    return witness(`<Events><Event><System><EventID>${id}</EventID><TimeCreated SystemTime="${time}"/></System><EventData>${Object.entries(data).map(([name, value]) => `<Data Name="${name}">${value}</Data>`).join('')}</EventData></Event></Events>`);
  };
  const state = witness('<x><filters><item><displayData><name>Block WinRM</name></displayData><filterId>68941</filterId></item></filters></x>');
  const finding = (...witnesses: WitnessFile[]) => {
    const model = run(of, { witnesses });
    return { model, one: model.findings.find(({ port, problem }) => port === 5985 && problem !== null)! };
  };

  it('name the filter that dropped, and whose it was', () => {
    const { model, one } = finding(event(), state);
    expect(one).toMatchObject({ code: 'blocked-port', droppedAt: 'server', confidence: 'certain' });
    expect(model.problems.find(({ id }) => id === one.problem)!.alternatives[0]!.cause).toContain('Block WinRM (filter 68941)');
    expect(model.witnesses.map(({ kind, drops, matched }) => [kind, drops, matched])).toEqual([['security-events-xml', 1, 1], ['wfp-state', 0, 0]]);
  });
  it('on the way out it was the client\'s own', () => {
    expect(finding(event({ Direction: '%%14593' })).one.droppedAt).toBe('client');
  });
  it('at another time, or of other sockets, they say nothing', () => {
    for (const other of [event({}, iso(3600)), event({ SourcePort: '1' }), event({ Protocol: '17' })]) {
      const { one, model } = finding(other);
      expect([one.droppedAt, model.witnesses[0]!.matched]).toEqual([null, 0]);
    }
  });
  it('what was let pass was not dropped there', () => {
    const { model, one } = finding(event({}, iso(0), 5156));
    expect(one.droppedAt).toBeNull();
    expect(model.problems.find(({ id }) => id === one.problem)!.ruledOut.some((text) => text.includes('Windows Firewall'))).toBe(true);
  });
  it('local times: the zone is found by the connections, and drops that the capture does not show are told', () => {
    const local = (seconds: number, zone: number): string => new Date((at(5).seconds + seconds + zone * 3600) * 1000).toISOString().slice(0, 19).replace('T', ' ');
    for (const zone of [-8, 0, 1, 5.5]) {
      const log = witness(`#Fields: date time action protocol src-ip dst-ip src-port dst-port path\n${local(1, zone)} DROP TCP ${CLIENT} ${SERVER} ${silent.client.port} 5985 RECEIVE\n${local(9, zone)} DROP TCP 10.9.9.9 ${SERVER} 5000 3389 RECEIVE\n`);
      const { model, one } = finding(log);
      expect([one.droppedAt, model.witnesses[0]!.clockOffset]).toEqual(['server', zone === 0 ? 0 : -zone * 3600]);
      expect(model.witnesses[0]!.unseen).toMatchObject([{ client: '10.9.9.9', port: 3389, times: 1 }]);
    }
  });
  it('a log of another machine and time matches nothing, and no zone is guessed', () => {
    const { model } = finding(witness('#Fields: date time action protocol src-ip dst-ip src-port dst-port path\n2020-01-01 00:00:00 DROP TCP 1.2.3.4 5.6.7.8 1 2 RECEIVE\n'));
    expect([model.witnesses[0]!.clockOffset, model.witnesses[0]!.unseen]).toEqual([null, []]);
  });
});

describe('what cannot be seen', () => {
  it('is said once for each pair of hosts', () => {
    const hidden = { kind: 'rdma' as const, client: CLIENT, server: SERVER, port: 445, detail: '10.0.0.5', frame: { capture: 0, frame: 3 } };
    const model = run(evidence({ flows: [flow({ port: 445, outcome: 'accepted' })], hidden: [hidden, { ...hidden, detail: '10.0.0.6' }, { ...hidden, kind: 'smb-encrypted', detail: '' }] }));
    expect(model.notVisible.map(({ what, frames }) => [what, frames[0]!.frame])).toEqual([['rdma', 3], ['smb-encrypted', 3]]);
  });
  it('a call under packet privacy hides the ports that are handed out: in the lab none does', async () => {
    expect(run(await lab('rpc-ok')).notVisible).toEqual([]);
  });
});
