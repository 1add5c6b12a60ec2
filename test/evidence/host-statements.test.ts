import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostStatements } from '../../src/evidence/host-statements.js';
import { evidenceOf, inputOf, labCapture } from './captured.js';

const event = (frame: number, name: string) => ({ address: 1, from: 'ntlm' as const, addresses: [], name, at: { capture: 0, frame, seconds: 1, nanoseconds: 0 } });

describe('what machines say of themselves', () => {
  it('is kept once, with its first frame, in whatever order it comes', () => {
    const one = new HostStatements();
    one.add('10.0.0.1', event(9, 'hv01'));
    one.add('10.0.0.2', event(5, 'hv02'));
    one.add('10.0.0.1', event(12, 'hv01'));
    one.add('10.0.0.1', event(3, 'hv01'));
    expect(one.list().map(({ address, name, frame }) => [address, name, frame.frame])).toEqual([['10.0.0.1', 'hv01', 3], ['10.0.0.2', 'hv02', 5]]);
  });

  it('is bounded', () => {
    const statements = new HostStatements();
    for (let i = 0; i < 12_000; i++) statements.add('10.0.0.1', event(i, `n${i}`));
    expect(statements.list().length).toBe(10_000);
  });

  it("holds the server's name out of an NTLM challenge, not the client's out of its answer", async () => {
    const { evidence } = await evidenceOf(inputOf('smb', labCapture('smb-logon-failure.pcapng')));
    expect(evidence.statements.map(({ address, from, name }) => [address, from, name])).toEqual([['10.77.2.20', 'ntlm', 'hv1.lab.test']]);
  });
});

const corpus = process.env['PORTWITNESS_CORPUS'];
it.skipIf(corpus === undefined)('holds what an SMB server answers to the question for its interfaces (public captures)', async () => {
  const statementsOf = async (name: string) => (await evidenceOf(inputOf(name, new Uint8Array(readFileSync(join(corpus!, name)))))).evidence.statements.filter(({ from }) => from === 'smb-interfaces');
  const newYork = await statementsOf('windows-rpc/NEWYORK.cap');
  expect(newYork.every(({ address }) => address === '10.0.0.4')).toBe(true);
  expect(newYork[0]).toMatchObject({ frame: { capture: 0, frame: 53 } });
  expect(newYork[0]!.addresses).toContain('10.0.0.4');
  const [tso] = await statementsOf('kerberos-ldap/kerberos_tso.pcapng');
  expect(tso!.addresses).toEqual(expect.arrayContaining(['172.16.0.100', 'fe80::b051:d461:bdb4:b8b6', 'fe80::9989:51db:3e94:584e']));
});
