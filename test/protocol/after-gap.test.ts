/** What is taken up again behind bytes that were not captured, and what is not: what comes there may be the middle of anything. */
import { describe, expect, it } from 'vitest';
import type { FlowIdentity, Side } from '../../src/flow/inspection.js';
import { ProtocolInspector } from '../../src/protocol/flow-inspection.js';
import { recordingEvents } from './capture-driver.js';
import { goldenFlows } from './golden-flows.js';
import { bytesOf, identityOf } from './inspect-pieces.js';

const GAP = 'gap';
const refused = bytesOf('8300000182');

function inspected(identity: FlowIdentity, steps: readonly (readonly [Side, Uint8Array | typeof GAP])[]) {
  const inspector = new ProtocolInspector(recordingEvents());
  const inspection = inspector.begin(identity);
  let wanted = true;
  steps.forEach(([side, step], index) => {
    if (!wanted) return;
    wanted = step === GAP ? inspection.gap(side) : inspection.payload(side, step, 0, step.length, { capture: 0, frame: index + 1, seconds: 0, nanoseconds: 0 });
  });
  if (wanted) inspection.end();
  return { wanted, protocol: inspection.application?.protocol, facts: inspection.application?.facts, failures: inspection.failures };
}

const flow = goldenFlows.find(({ name }) => name === 'SMB 3.1.1 session refused after NTLM')!;
const smb = flow.pieces.map(([role, hex]) => [role === 'client' ? 0 : 1, bytesOf(hex)] as const);
const identity = identityOf(flow);

describe('SMB', () => {
  const begun = smb.slice(0, 2);

  it('does not take the inside of a file for a refusal of NetBIOS', () => {
    expect(inspected(identity, [...begun, [1, GAP], [1, refused]]).failures).toEqual([]);
    expect(inspected(identity, [[0, smb[0]![1]], [1, GAP], [1, refused]]).failures).toEqual([]);
  });

  it('does not take such a refusal behind a message either', () => {
    const [, answer] = begun;
    expect(inspected(identity, [begun[0]!, [1, Uint8Array.from([...answer![1], ...refused])]]).failures).toEqual([]);
  });

  it('does not name a flow from its middle by five bytes with more behind them, or with a code that nobody gave', () => {
    const middle = identityOf({ ...flow, clientPort: 50_001, serverPort: 50_002 }, { byHandshake: false });
    expect(inspected(middle, [[1, Uint8Array.from([...refused, 1, 2, 3])]]).protocol).toBeUndefined();
    expect(inspected(middle, [[1, bytesOf('8300000100')]]).protocol).toBeUndefined();
    expect(inspected(middle, [[1, refused]]).protocol).toBe('smb');
  });

  it('is taken up where a message begins, also when its beginning comes in pieces', () => {
    const [side, last] = smb.at(-1)!;
    const resumed = [[1, GAP], [1, refused], [1, bytesOf('00000040112233')], [side, last.subarray(0, 3)], [side, last.subarray(3)]] as const;
    const { failures } = inspected(identity, [...smb.slice(0, -1), ...resumed]);
    expect(failures).toMatchObject([{ code: 'STATUS_LOGON_FAILURE' }]);
  });
});

describe('LDAP', () => {
  const bind = bytesOf('300c020101600702010304008000');
  const ldap = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 389 });

  it('is not called encrypted because a zero byte stands behind missing bytes', () => {
    expect(inspected(ldap, [[0, bind], [1, GAP], [1, bytesOf('0000001041424344')], [1, new Uint8Array(16)]]).facts).not.toHaveProperty('encrypted');
    expect(inspected(ldap, [[0, bind], [1, GAP], [1, bytesOf('00000010050401ff000c000000000000000000aa')]]).facts).toHaveProperty('encrypted', true);
  });

  it('does not read a refusal out of what only begins like a message', () => {
    expect(inspected(ldap, [[0, bind], [1, GAP], [1, bytesOf('300c04010161070a013104000400')]]).failures).toEqual([]);
    expect(inspected(ldap, [[0, bind], [1, GAP], [1, bytesOf('300c02010161070a013104000400')]]).failures).toMatchObject([{ code: 'invalidCredentials' }]);
  });
});
