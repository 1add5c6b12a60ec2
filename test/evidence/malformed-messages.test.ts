/** Malformed messages as evidence, and what the report says of them. */
import { describe, expect, it } from 'vitest';
import { malformedFindings } from '../../src/analysis/malformed-findings.js';
import type { CaseFile } from '../../src/analysis/case-file.js';
import { MalformedMessages } from '../../src/evidence/malformed-messages.js';

const ends = { client: { address: 0, port: 50_000 }, server: { address: 1, port: 53 } };
const message = (protocol: string, what: string, frame: number, transport: 'tcp' | 'udp' = 'tcp', capture = 0) => ({ ...ends, protocol, what, transport, at: { capture, frame, seconds: 0, nanoseconds: 0 } });

function heard(...messages: readonly ReturnType<typeof message>[]) {
  const list = new MalformedMessages();
  for (const one of messages) list.add(one);
  return list.list();
}

const findings = (malformed: ReturnType<typeof heard>, cutPackets: readonly number[]) =>
  malformedFindings({ evidence: { malformed, captures: cutPackets.map((count) => ({ cutPackets: count })) } } as unknown as Pick<CaseFile, 'evidence'>);

describe('malformed messages', () => {
  it('are counted by protocol and kind, with their first frames, whatever their order', () => {
    const list = heard(...[9, 3, 7, 5, 1].map((frame) => message('dns', 'a', frame)), message('smb', 'b', 2));
    expect(list).toEqual([
      { protocol: 'dns', transport: 'tcp', what: 'a', messages: 5, frames: [1, 3, 5, 7].map((frame) => ({ capture: 0, frame })) },
      { protocol: 'smb', transport: 'tcp', what: 'b', messages: 1, frames: [{ capture: 0, frame: 2 }] },
    ]);
  });

  it('are bounded in kinds', () => {
    const list = heard(...Array.from({ length: 2000 }, (_, index) => message('dns', `kind ${index}`, index + 1)));
    expect(list.length).toBeLessThan(300);
    expect(list.reduce((sum, one) => sum + one.messages, 0)).toBe(2000);
  });

  it('are one finding for each protocol, which nobody has to mend', () => {
    const drafts = findings(heard(message('dns', 'a', 1), message('dns', 'b', 2), message('smb', 'c', 3)), [0]);
    expect(drafts).toMatchObject([
      { code: 'malformed-message', severity: 'info', cause: null, title: '2 messages of DNS are malformed: a; b', frames: [{ frame: 1 }, { frame: 2 }] },
      { title: 'A message of SMB is malformed: c', frames: [{ frame: 3 }] },
    ]);
  });

  it('are no datagrams of a capture whose packets are cut', () => {
    const list = heard(message('dns', 'a', 1, 'udp', 0), message('dns', 'a', 1, 'udp', 1), message('dns', 'a', 2, 'tcp', 0));
    expect(findings(list, [7, 0])).toMatchObject([{ title: '2 messages of DNS are malformed: a', frames: [{ capture: 0, frame: 2 }, { capture: 1, frame: 1 }] }]);
  });
});
