import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { FindingReport, ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { at, CLIENT, evidence, flow, mapping, OTHER, sender, SERVER, SVCCTL, type EvidenceParts } from './evidence-builder.js';

const RETRIES = [0, 1, 3, 7, 15];
const smb = { protocol: 'smb', confidence: 'payload' as const, facts: {} };
/** Another port of the server that works: without it silence supports nothing. */
const reached = () => flow({ port: 445, outcome: 'accepted', start: 0.5, application: smb });

function report(parts: EvidenceParts): ReportModel {
  return analyze(evidence(parts), { catalog: builtInCatalog() });
}

/** Findings that accuse somebody. */
function accusations(model: ReportModel): FindingReport[] {
  return model.findings.filter((finding) => finding.severity !== 'info');
}

function only(parts: EvidenceParts): FindingReport {
  const found = accusations(report(parts));
  expect(found.map((finding) => finding.code)).toHaveLength(1);
  return found[0]!;
}

describe('silence', () => {
  it('is no-answer, and only possible, where nothing of the server was ever seen', () => {
    const finding = only({ flows: [flow({ port: 3389, outcome: 'no-answer', syns: RETRIES })] });
    expect(finding).toMatchObject({ code: 'no-answer', confidence: 'possible', client: CLIENT, server: SERVER, port: 3389, droppedAt: null });
  });

  it('is a blocked port where another port of that host answers', () => {
    expect(only({ flows: [reached(), flow({ port: 3389, outcome: 'no-answer', syns: RETRIES })] })).toMatchObject({ code: 'blocked-port', confidence: 'likely', rows: ['hyper-v-host/inbound/3389'] });
  });

  it('is a blocked port where the same port answers another client', () => {
    expect(only({ flows: [flow({ client: OTHER, port: 3389, outcome: 'accepted' }), flow({ port: 3389, outcome: 'no-answer', syns: RETRIES })] })).toMatchObject({ code: 'blocked-port', client: CLIENT });
  });

  it('is a blocked port where the host answers other ports with a RST', () => {
    const found = accusations(report({ flows: [flow({ port: 80, outcome: 'refused' }), flow({ port: 3389, outcome: 'no-answer', syns: RETRIES })] }));
    expect(found.map((finding) => finding.code).sort()).toEqual(['blocked-port', 'service-not-listening']);
  });

  it('is the endpoint mapper blocked on 135', () => {
    expect(only({ flows: [reached(), flow({ port: 135, outcome: 'no-answer', syns: RETRIES })] }).code).toBe('endpoint-mapper-blocked');
  });

  it('is a blocked dynamic port where the mapper named it, with interface and frame', () => {
    const finding = only({ flows: [flow({ port: 135, outcome: 'accepted', frame: 410 }), flow({ port: 49_668, outcome: 'no-answer', start: 2, syns: RETRIES, frame: 421 })], mappings: [mapping(49_668, 419, 1.9)] });
    expect(finding).toMatchObject({ code: 'blocked-dynamic-port', interface: { ...SVCCTL, name: 'svcctl' }, rows: ['hyper-v-host/inbound/dynamic'] });
    expect(finding.frames.slice(0, 2)).toEqual([{ capture: 0, frame: 419 }, { capture: 0, frame: 421 }]);
  });

  it('is the own firewall of the server where the capture was taken on it', () => {
    const finding = only({ flows: [reached(), flow({ port: 6600, outcome: 'no-answer', syns: RETRIES })], capture: { traits: { senders: [sender(CLIENT, 127), sender(SERVER, 128, 8)], duplicates: 0, flows: 2, oneSidedFlows: 0 } } });
    expect(finding).toMatchObject({ code: 'blocked-port', droppedAt: 'server' });
  });

  it('is not the own firewall of a server that is merely near', () => {
    const finding = only({ flows: [reached(), flow({ port: 6600, outcome: 'no-answer', syns: RETRIES })], capture: { traits: { senders: [sender(CLIENT, 127), sender(SERVER, 128)], duplicates: 0, flows: 2, oneSidedFlows: 0 } } });
    expect(finding.droppedAt).toBeNull();
  });

  it('counts retries and repeated attempts as one finding', () => {
    const flows = [reached(), ...[2, 40].map((start) => flow({ port: 3389, outcome: 'no-answer', start, syns: RETRIES }))];
    expect(accusations(report({ flows }))).toHaveLength(1);
  });

  it('costs nothing where 139 is silent beside a working 445', () => {
    const model = report({ flows: [reached(), flow({ port: 139, outcome: 'no-answer', syns: RETRIES })] });
    expect(model.problems[0]).toMatchObject({ severity: 'warning' });
    expect(model.problems[0]!.impact).toMatch(/^covered by a fallback: TCP 445/);
  });

  it('costs nothing where the other address family of the same machine answers', () => {
    const six = { client: 'fd77:1::10', server: 'fd77:2::20' };
    const name = (address: string, text: string) => ({ address, name: text, from: 'dns', frame: { capture: 0, frame: 1 } });
    const model = report({
      flows: [flow({ ...six, port: 5985, outcome: 'no-answer', syns: RETRIES }), flow({ port: 5985, outcome: 'accepted' })],
      names: [name(CLIENT, 'mgmt1.lab.test'), name('fd77:1::10', 'mgmt1.lab.test'), name(SERVER, 'hv1.lab.test'), name('fd77:2::20', 'hv1.lab.test')],
    });
    expect(model.problems[0]!.impact).toMatch(/fallback: the IPv4 address 10\.77\.2\.20 answers/);
  });
});

describe('no false alarm', () => {
  it('of a single SYN at the very end of the capture', () => {
    expect(accusations(report({ flows: [reached(), flow({ port: 3389, outcome: 'no-answer', start: 98, syns: [0] })] }))).toEqual([]);
  });

  it('of lonely datagrams where the protocol expects no answer', () => {
    expect(accusations(report({ flows: [flow({ port: 514, transport: 'udp', outcome: 'one-way' }), flow({ port: 3344, transport: 'udp', outcome: 'one-way' })] }))).toEqual([]);
  });

  it('of multicast name questions', () => {
    expect(accusations(report({ flows: [flow({ port: 53, transport: 'udp', server: '224.0.0.251', outcome: 'one-way' })] }))).toEqual([]);
  });

  it('of symmetric heartbeats', () => {
    const heartbeat = flow({ client: SERVER, server: OTHER, port: 3343, transport: 'udp', outcome: 'answered', orientation: 'symmetric' });
    expect(accusations(report({ flows: [heartbeat] }))).toEqual([]);
  });

  it('of a probe that connects, says nothing and leaves', () => {
    expect(accusations(report({ flows: [flow({ port: 3389, outcome: 'reset-early', history: 'ShAFr' })] }))).toEqual([]);
  });

  it('of connections that the capture caught in the middle', () => {
    expect(accusations(report({ flows: [flow({ port: 445, outcome: 'midstream', orientation: 'port' })] }))).toEqual([]);
  });

  it('of an unanswered name question where only one direction is seen', () => {
    const parts = { flows: [flow({ port: 53, transport: 'udp' as const, outcome: 'one-way' as const })], capture: { traits: { senders: [sender(CLIENT, 64)], duplicates: 0, flows: 4, oneSidedFlows: 4 } } };
    expect(accusations(report(parts))).toEqual([]);
  });
});

describe('answers that refuse', () => {
  it('tells a RST of the host by its TTL', () => {
    expect(only({ flows: [reached(), flow({ port: 5985, outcome: 'refused' })] })).toMatchObject({ code: 'service-not-listening', confidence: 'certain', droppedAt: 'server' });
  });

  it('tells a RST of a device on the way by its TTL', () => {
    expect(only({ flows: [reached(), flow({ port: 5985, outcome: 'refused', serverTtl: 64 })] })).toMatchObject({ code: 'rejected-by-firewall', droppedAt: 'path' });
  });

  it('does not accuse a device where packets are seen at several points', () => {
    const finding = only({ flows: [reached(), flow({ port: 5985, outcome: 'refused', serverTtl: 64 })], capture: { traits: { senders: [sender(SERVER, 63)], duplicates: 40, flows: 2, oneSidedFlows: 0 } } });
    expect(finding).toMatchObject({ code: 'service-not-listening', confidence: 'likely' });
  });

  it('takes a device that resets a dynamic port for what it is', () => {
    expect(only({ flows: [reached(), flow({ port: 49_668, outcome: 'refused', start: 2, serverTtl: 64 })], mappings: [mapping(49_668, 9, 1.9)] })).toMatchObject({ code: 'blocked-dynamic-port', droppedAt: 'path' });
  });

  it('names the firewall that sent an ICMP prohibition', () => {
    const finding = only({ flows: [reached(), flow({ port: 636, outcome: 'rejected', icmp: { type: 3, code: 13, from: '10.77.1.1' } })] });
    expect(finding).toMatchObject({ code: 'rejected-by-firewall', confidence: 'certain', droppedAt: 'path' });
    expect(finding.explanation).toContain('10.77.1.1');
  });

  it('takes ICMPv6 1/1 for a prohibition too', () => {
    expect(only({ flows: [flow({ port: 636, outcome: 'rejected', icmp: { type: 1, code: 1, from: 'fd77:1::1', version: 6 } })] }).code).toBe('rejected-by-firewall');
  });

  it('takes a port unreachable from the host itself for nothing listening', () => {
    expect(only({ flows: [flow({ port: 53, transport: 'udp', outcome: 'rejected', icmp: { type: 3, code: 3, from: SERVER } })] }).code).toBe('service-not-listening');
  });

  it('takes a port unreachable from elsewhere for a firewall', () => {
    expect(only({ flows: [flow({ port: 53, transport: 'udp', outcome: 'rejected', icmp: { type: 3, code: 3, from: '10.77.1.1' } })] }).code).toBe('rejected-by-firewall');
  });

  it('takes a host unreachable for a host that is not there', () => {
    expect(only({ flows: [flow({ port: 445, outcome: 'rejected', icmp: { type: 3, code: 1, from: '10.77.1.1' } })] }).code).toBe('no-answer');
  });
});

describe('connections that break', () => {
  it.each([['half-open', 'half-open'], ['reset-early', 'connection-reset']] as const)('%s is %s', (outcome, code) => {
    expect(only({ flows: [flow({ port: 443, outcome, payload: { client: 500, server: 0 } })] }).code).toBe(code);
  });

  const repeated = [{ flags: 0x02 }, { length: 200, sequence: 1 }, { length: 200, sequence: 1 }, { length: 200, sequence: 1 }];

  it('stalled is connection-stalled', () => {
    expect(only({ flows: [flow({ port: 443, outcome: 'stalled', sketch: repeated })] }).code).toBe('connection-stalled');
  });

  it('takes a closing race for no stall', () => {
    expect(accusations(report({ flows: [flow({ port: 443, outcome: 'stalled', retransmissions: 2 })] }))).toEqual([]);
  });

  it('takes a capture that has each packet twice for no stall', () => {
    expect(accusations(report({ flows: [flow({ port: 443, outcome: 'stalled', sketch: repeated.map((row, n) => ({ ...row, after: n * 0.0001 })) })] }))).toEqual([]);
  });

  it('sees that only full-size segments are lost', () => {
    const rows = [{ flags: 0x02 }, { length: 200, sequence: 1 }, { from: 'server' as const, flags: 0x10, acknowledgement: 201 }, { length: 1460, sequence: 201 }, { length: 1460, sequence: 201 }, { length: 1460, sequence: 201 }];
    expect(report({ flows: [flow({ port: 443, outcome: 'stalled', sketch: rows })] }).problems[0]!.alternatives[0]!.cause).toMatch(/MTU/);
  });
});

describe('above the transport', () => {
  const failure = (kind: 'authentication' | 'access-denied' | 'tls', code: string) => [{ protocol: 'smb', kind, code, target: '\\\\hv1\\share', frame: 96 }];

  it.each([['authentication', 'authentication-failed'], ['access-denied', 'access-denied'], ['tls', 'tls-failed']] as const)('%s is %s', (kind, code) => {
    const finding = only({ flows: [flow({ port: 445, outcome: 'accepted', application: smb, failures: failure(kind, 'STATUS_LOGON_FAILURE') })] });
    expect(finding).toMatchObject({ code, port: 445, frames: [{ capture: 0, frame: 96 }] });
  });

  const refusal = (status: number) => ({ kind: 'fault' as const, client: CLIENT, server: SERVER, port: 49_668, status, interface: SVCCTL, operation: 0, pipe: null, frame: { capture: 0, frame: 24 }, time: at(2) });

  it('takes an RPC fault 5 after a good bind for information', () => {
    const model = report({ flows: [flow({ port: 49_668, outcome: 'accepted' })], refusals: [refusal(5)] });
    expect(model.findings.find((finding) => finding.code === 'access-denied')).toMatchObject({ severity: 'info', problem: null });
    expect(model.problems).toEqual([]);
  });

  it('takes a protocol error on the first call for a refused logon', () => {
    expect(only({ flows: [flow({ port: 49_668, outcome: 'accepted' })], refusals: [refusal(0x1c01000b)] }).code).toBe('authentication-failed');
  });

  it('has one finding for each interface that is not registered', () => {
    const answer = (id: { uuid: string; version: string }, frame: number) => ({ client: CLIENT, server: SERVER, port: 135, transport: 'tcp' as const, interface: id, status: 0x16c9a0d6, frame: { capture: 0, frame }, time: at(1), asked: null });
    const model = report({ flows: [flow({ port: 135, outcome: 'accepted' })], notRegistered: [answer(SVCCTL, 9), answer(SVCCTL, 19), answer({ uuid: 'b97db8b2-4c63-11cf-bff6-08002be23f2f', version: '2.0' }, 29)] });
    expect(accusations(model).map((finding) => finding.code)).toEqual(['interface-not-registered', 'interface-not-registered']);
    expect(model.problems).toHaveLength(1);
  });

  const lookup = (name: string, result: number) => ({ client: CLIENT, server: SERVER, name, type: 'A', result, addresses: [], frame: { capture: 0, frame: 5 }, times: 1 });

  it('tells a name that nobody resolved', () => {
    expect(only({ flows: [], lookups: [lookup('hv9.lab.test', 3)] })).toMatchObject({ code: 'name-not-resolved', confidence: 'certain' });
  });

  it('is silent where another suffix gave the answer, or habit asked', () => {
    expect(accusations(report({ flows: [], lookups: [lookup('hv1.corp.test', 3), lookup('hv1.lab.test', 0), lookup('wpad.lab.test', 3)] }))).toEqual([]);
  });
});

describe('traffic that works', () => {
  it('names undocumented cluster traffic from a reference', () => {
    const model = report({ flows: [flow({ client: SERVER, server: OTHER, port: 3343, outcome: 'accepted' })] });
    expect(model.findings).toMatchObject([{ code: 'undocumented-traffic', severity: 'info', rows: ['hyper-v-cluster/cluster/join'] }]);
  });

  it('tells another protocol on a documented port', () => {
    const ssh = { protocol: 'ssh', confidence: 'payload' as const, facts: {} };
    expect(only({ flows: [flow({ port: 3389, outcome: 'accepted', application: ssh })] })).toMatchObject({ code: 'protocol-mismatch', rows: ['hyper-v-host/inbound/3389'] });
  });

  it('tells WinRM with Basic credentials in clear text, and leaves encrypted bodies alone', () => {
    const winrm = (facts: Record<string, string>) => flow({ port: 5985, outcome: 'accepted', application: { protocol: 'winrm', confidence: 'payload', facts } });
    expect(only({ flows: [winrm({ authentication: 'basic' })] }).code).toBe('cleartext-management');
    expect(accusations(report({ flows: [winrm({ authentication: 'kerberos' })] }))).toEqual([]);
  });

  it('tells where a document errs', () => {
    const ldaps = flow({ port: 636, outcome: 'accepted', application: { protocol: 'tls', confidence: 'payload', facts: {} } });
    expect(report({ flows: [ldaps] }).findings.find((finding) => finding.code === 'document-erratum')?.explanation).toContain('636');
  });
});

describe('captures', () => {
  it('tells damage, lost packets and cut packets', () => {
    const damage = [{ code: 'cut-record' as const, byteOffset: 900, expected: 60, found: 12, boundedBy: 'file' as const, detail: 'the last record is cut' }];
    const codes = report({ flows: [], capture: { damage, dropped: 7, cutPackets: 80, snapLength: 96 } }).findings.map((finding) => finding.code);
    expect(codes).toEqual(['capture-damaged', 'capture-incomplete', 'capture-incomplete']);
  });
});
