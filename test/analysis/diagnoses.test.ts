/** What a refusal above the transport, a RST, a fallback or a name says, from evidence made by hand. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { meaningOf } from '../../src/analysis/failure-meanings.js';
import type { FindingReport, ProblemReport, ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { Evidence } from '../../src/evidence/evidence.js';
import type { ProtocolFailure } from '../../src/flow/inspection.js';
import { at, CLIENT, evidence, flow, mapping, SERVER, type EvidenceParts } from './evidence-builder.js';

const SYN = 0x02, RST = 0x04, ACK = 0x10;
const RETRIES = [0, 1, 3, 7, 15];

function report(parts: EvidenceParts): ReportModel {
  return analyze(evidence(parts), { catalog: builtInCatalog() });
}

function only(parts: EvidenceParts): { finding: FindingReport; problem: ProblemReport } {
  const model = report(parts);
  const found = model.findings.filter(({ severity }) => severity !== 'info');
  expect(found.map(({ code }) => code)).toHaveLength(1);
  return { finding: found[0]!, problem: model.problems[0]! };
}

describe('a refusal above the transport', () => {
  it.each([
    ['rdp', 'protocol', 'HYBRID_REQUIRED_BY_SERVER', 3389, 'protocol-mismatch', /Network Level Authentication/],
    ['rdp', 'protocol', 'SSL_CERT_NOT_ON_SERVER', 3389, 'tls-failed', /no certificate/],
    ['tds', 'authentication', '18456', 1433, 'authentication-failed', /wrong password/],
    ['tds', 'authentication', '18452', 1433, 'authentication-failed', /does not trust/],
    ['tds', 'not-found', '4060', 1433, 'access-denied', /database/],
    ['ldap', 'authentication', 'invalidCredentials (data 775: account locked)', 389, 'authentication-failed', /locked/],
    ['ldap', 'refused', 'strongerAuthRequired', 389, 'authentication-failed', /signing/],
    ['iscsi', 'authentication', '0201 authentication failure', 3260, 'authentication-failed', /CHAP/],
    ['iscsi', 'not-found', '0203 target not found', 3260, 'access-denied', /hidden/],
    ['smb', 'protocol', 'STATUS_NOT_SUPPORTED', 445, 'protocol-mismatch', /dialect/],
    ['smb', 'not-found', 'STATUS_BAD_NETWORK_NAME', 445, 'access-denied', /share does not exist/],
    ['smb', 'unavailable', 'STATUS_NO_LOGON_SERVERS', 445, 'authentication-failed', /domain controller/],
    ['winrm', 'unavailable', '503', 5985, 'service-not-listening', /service behind it/],
    ['wcf', 'not-found', 'EndpointNotFound', 808, 'service-not-listening', /stopped/],
    ['kerberos', 'refused', 'KRB_AP_ERR_SKEW', 88, 'authentication-failed', /clocks/],
    ['kerberos', 'refused', 'KRB_AP_ERR_MODIFIED', 88, 'authentication-failed', /double or misplaced SPN/],
    ['kerberos', 'authentication', 'KDC_ERR_CLIENT_REVOKED', 88, 'authentication-failed', /locked/],
    ['kerberos', 'refused', 'KDC_ERR_BADOPTION (delegation to the service, S4U2Proxy)', 88, 'authentication-failed', /constrained delegation does not list it/],
    ['kerberos', 'authentication', 'KDC_ERR_CLIENT_REVOKED (STATUS_ACCOUNT_DISABLED)', 88, 'authentication-failed', /disabled/],
    ['tls', 'tls', 'protocol_version', 443, 'tls-failed', /TLS version/],
    ['tls', 'tls', 'certificate_expired', 443, 'tls-failed', /out of date/],
    ['ldap', 'tls', 'unknown_ca', 389, 'tls-failed', /issuer/],
  ] as const)('%s %s %s', (protocol, kind, code, port, finding, cause) => {
    const failure = { protocol, kind, code, target: '', frame: 9 };
    const found = only({ flows: [flow({ port, outcome: 'accepted', application: { protocol, confidence: 'payload', facts: {} }, failures: [failure] })] });
    expect(found.finding).toMatchObject({ code: finding, port, frames: [{ capture: 0, frame: 9 }] });
    expect(found.problem.alternatives[0]!.cause).toMatch(cause);
    expect([found.problem.fix, found.problem.check, found.problem.wiresharkFilter]).not.toContain(null);
  });

  it('standard RDP security is only refused by a client that closed: the capture may have ended first', () => {
    const failure = { protocol: 'rdp', kind: 'protocol', code: 'STANDARD_RDP_CHOSEN_BY_SERVER', target: '', frame: 9 } as const;
    const of = (history: string): ReportModel => report({ flows: [flow({ port: 3389, outcome: 'accepted', application: { protocol: 'rdp', confidence: 'payload', facts: {} }, failures: [failure], history })] });
    expect(of('ShADadFf').findings.map(({ code }) => code)).toContain('protocol-mismatch');
    expect(of('ShADad').findings.map(({ code }) => code)).not.toContain('protocol-mismatch');
  });

  it.each([['ntp', 'refused', 'RATE'], ['dns', 'name', 'NXDOMAIN'], ['dhcp', 'refused', 'DHCPNAK']] as const)('of %s is told elsewhere or not at all', (protocol, kind, code) => {
    expect(meaningOf({ protocol, kind, code })).toBeNull();
  });

  it('is one problem with the refusal of Kerberos that came before', () => {
    const failed = (protocol: string, kind: ProtocolFailure['kind'], code: string, port: number, start: number) => flow({ port, start, outcome: 'accepted', application: { protocol, confidence: 'payload', facts: {} }, failures: [{ protocol, kind, code, target: '', frame: port }] });
    const model = report({ flows: [failed('kerberos', 'refused', 'KRB_AP_ERR_SKEW', 88, 1), failed('smb', 'authentication', 'STATUS_LOGON_FAILURE', 445, 3)] });
    expect(model.problems).toHaveLength(1);
    expect(model.problems[0]!.why[0]).toMatch(/SKEW/);
  });
});

describe('a fallback', () => {
  /** The same evidence, with a second capture an hour later in which 445 works. */
  function later(shift: number): Evidence {
    const blocked = evidence({ flows: [flow({ port: 139, outcome: 'no-answer', syns: RETRIES }), flow({ port: 445, outcome: 'accepted', start: shift })] });
    const [first] = blocked.captures;
    const second = { ...first!, file: 'later.pcapng', start: at(shift), end: at(shift + 100) };
    const conversations = [...blocked.conversations].map((one) => (one.serverPort === 445 ? { ...one, frames: one.frames.map(({ frame }) => ({ capture: 1, frame })) } : one));
    return { ...blocked, captures: [first!, second], conversations: { length: conversations.length, [Symbol.iterator]: () => conversations[Symbol.iterator]() } };
  }

  it('is none when it worked in another capture of the run only', () => {
    const { problems } = analyze(later(3600), { catalog: builtInCatalog() });
    expect(problems[0]).toMatchObject({ severity: 'error', impact: 'failed, no fallback seen' });
  });

  it('is one when that other capture ran at the same time', () => {
    expect(analyze(later(20), { catalog: builtInCatalog() }).problems[0]!.impact).toMatch(/^covered by a fallback: TCP 445/);
  });
});

describe('who sent a RST', () => {
  const rst = (after: number, fields: object = {}) => [{ flags: SYN, sequence: 100, after: 0 }, { from: 'server' as const, flags: RST | ACK, acknowledgement: 101, after, ttl: 63, ...fields }];
  const slow = { ...flow({ port: 445, outcome: 'accepted', start: 0.5 }), handshakeMs: 40 };

  it('is somebody nearer when it comes sooner than the server can answer', () => {
    const { finding } = only({ flows: [slow, flow({ port: 3389, outcome: 'refused', sketch: rst(0.0005) })] });
    expect(finding).toMatchObject({ code: 'rejected-by-firewall', droppedAt: 'path' });
    expect(finding.explanation).toMatch(/0\.5 ms, but .* takes 40\.0 ms/);
  });

  it('is the host when it takes as long as the host does', () => {
    expect(only({ flows: [slow, flow({ port: 3389, outcome: 'refused', sketch: rst(0.04) })] }).finding.code).toBe('service-not-listening');
  });

  it('is no matter when it answers no SYN', () => {
    expect(report({ flows: [flow({ port: 3389, outcome: 'refused', sketch: rst(0.04, { acknowledgement: 9000 }) })] }).problems).toEqual([]);
  });
});

describe('who resets a connection that was accepted', () => {
  /** SYN, SYN-ACK, ACK and data, then what is given. */
  const early = (...resets: object[]) => flow({
    port: 5986, outcome: 'reset-early', payload: { client: 500, server: 0 },
    sketch: [
      { flags: SYN, sequence: 100, after: 0, ipId: 10 }, { from: 'server' as const, flags: SYN | ACK, sequence: 900, acknowledgement: 101, after: 0.001, ttl: 63, ipId: 70 }, { flags: ACK, sequence: 101, after: 0.0011, ipId: 11 },
      { flags: ACK, sequence: 101, length: 500, after: 0.002, ipId: 12 }, { from: 'server' as const, flags: ACK, sequence: 901, acknowledgement: 601, after: 0.0025, ttl: 63, ipId: 71 }, ...resets,
    ],
  });
  const rst = (after: number, more: object = {}) => ({ from: 'server' as const, flags: RST | ACK, sequence: 901, acknowledgement: 601, after, ttl: 63, ipId: 72, ...more });
  const fromClient = (after: number, more: object = {}) => ({ flags: RST | ACK, sequence: 601, acknowledgement: 901, after, ...more });

  it('is another device when its TTL is not that of the handshake', () => {
    const { finding, problem } = only({ flows: [early(rst(0.003, { ttl: 253, ipId: 40_000 }))] });
    expect(finding).toMatchObject({ code: 'connection-reset', droppedAt: 'path' });
    expect(finding.explanation).toMatch(/TTL 253, but packets of .* arrive with TTL 63, and its IP identification \(40000\) is out of that host's count \(71\)/);
    expect(problem.fix).toMatch(/intrusion prevention/);
    expect(problem.title).toMatch(/^A device on the way resets/);
  });

  it('is the host when TTL and count go on', () => {
    const { finding } = only({ flows: [early(rst(0.003))] });
    expect(finding.droppedAt).toBeNull();
    expect(finding.explanation).toMatch(/TTL 63, as other packets/);
  });

  it('is another device when both sides are reset at once, whatever the TTLs', () => {
    const { finding } = only({ flows: [early(rst(0.003), fromClient(0.004))] });
    expect(finding).toMatchObject({ code: 'connection-reset', droppedAt: 'path' });
    expect(finding.explanation).toMatch(/both sides are reset in the same moment/i);
  });

  it('is the host when the client leaves by itself a second later, or answers what came to its closed socket', () => {
    expect(only({ flows: [early(rst(0.003), fromClient(1.5))] }).finding.droppedAt).toBeNull();
    expect(only({ flows: [early(rst(0.003), fromClient(0.004, { flags: RST }))] }).finding.droppedAt).toBeNull();
  });

  /** Accepted, and well until a RST that alone is in the sketch. */
  const late = (history: string, ttl: number) => {
    const made = flow({ port: 5986, outcome: 'accepted', history, payload: { client: 500, server: 800 }, sketch: [{ from: 'server' as const, flags: RST | ACK, after: 4, ttl }] });
    return { ...made, sketch: made.sketch.slice(0, -1), ttl: { client: 64, server: 63 } };
  };
  it('is another device in mid-life, by the TTL of the handshake', () => {
    const { finding } = only({ flows: [late('ShADadr', 254)] });
    expect(finding).toMatchObject({ code: 'connection-reset', droppedAt: 'path', severity: 'warning' });
    expect(finding.explanation).toMatch(/after 1300 bytes/);
  });
  it.each([['ShADadr', 63], ['ShADadFr', 254], ['ShADadfFr', 254], ['ShADadRr', 254]])('is no matter at the end of a good connection (%s, TTL %i)', (history, ttl) => {
    expect(report({ flows: [late(history, ttl)] }).problems).toEqual([]);
  });

  it('is another device when RSTs come at several sequence numbers at once', () => {
    const { finding } = only({ flows: [early(rst(0.003), rst(0.0031, { sequence: 2361 }), rst(0.0032, { sequence: 3821 }))] });
    expect(finding).toMatchObject({ code: 'connection-reset', droppedAt: 'path' });
    expect(finding.explanation).toMatch(/3 sequence numbers/);
  });
});

describe('an address that is not the right one', () => {
  it('was handed out by an endpoint mapper behind an address translation', () => {
    const inner = '192.168.77.20';
    const { finding, problem } = only({
      flows: [flow({ port: 135, outcome: 'accepted' }), flow({ server: inner, port: 49_668, outcome: 'no-answer', start: 2, syns: RETRIES })],
      mappings: [{ ...mapping(49_668, 419, 1.9), announced: inner }],
    });
    expect(finding).toMatchObject({ code: 'blocked-dynamic-port', server: inner });
    expect(problem.alternatives[0]!.cause).toMatch(/address of .* cannot reach \(address translation/);
  });

  it('came from DNS, while the machine calls itself by that name elsewhere', () => {
    const { problem } = only({
      flows: [flow({ server: '10.77.2.99', port: 445, outcome: 'no-answer', syns: RETRIES })],
      lookups: [{ client: CLIENT, server: '10.77.1.53', name: 'hv1.lab.test', type: 'A', result: 0, addresses: ['10.77.2.99'], frame: { capture: 0, frame: 3 }, times: 1 }],
      names: [{ address: SERVER, name: 'hv1', from: 'ntlm', frame: { capture: 0, frame: 7 } }],
    });
    expect(problem.alternatives[0]).toMatchObject({ confidence: 'likely' });
    expect(problem.why.join(' ')).toMatch(/DNS answered that hv1\.lab\.test is 10\.77\.2\.99 \(#3\), but .* calls itself hv1/);
  });
});

describe('an RPC bind', () => {
  const refused = (status: number) => ({ kind: 'bind_nak' as const, client: CLIENT, server: SERVER, port: 49_668, status, interface: null, operation: null, pipe: null, frame: { capture: 0, frame: 24 }, time: at(2) });

  it.each([[0, 'access-denied', /no reason given/], [2, 'access-denied', /local limit/], [4, 'protocol-mismatch', /version not supported/], [8, 'authentication-failed', /bind with reason 8/]] as const)('refused with reason %d is %s', (status, code, words) => {
    const { finding } = only({ flows: [flow({ port: 49_668, outcome: 'accepted' })], refusals: [refused(status)] });
    expect(finding.code).toBe(code);
    expect(finding.explanation).toMatch(words);
  });
});
