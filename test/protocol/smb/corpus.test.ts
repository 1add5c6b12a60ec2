/** Binds on named pipes in public captures against what TShark says of them; only where PORTWITNESS_CORPUS names their folder. */
import { describe, expect, it } from 'vitest';
import { smb } from '../../../src/protocol/smb/recogniser.js';
import { capturesWithTruth, corpus, skipped } from '../../corpus/public-captures.js';
import { replay } from '../dcerpc/replay.js';

const PIPE_CAPTURES = 10;
/**
 * Binds that TShark takes for plain writes, as the pipe was opened again under the same name while it was still open: frames whose
 * payload is a bind to samr, looked at byte by byte.
 */
const MISSED: Readonly<Record<string, readonly number[]>> = {
  'windows-rpc/20-fids-no-close.pcap': [64, 94, 116, 138, 160, 182, 204, 226, 248, 270, 292, 306, 320, 334, 348, 362, 376, 390, 404],
};

describe.skipIf(corpus === undefined)(`binds on named pipes${skipped(PIPE_CAPTURES)}`, () => {
  const captures = capturesWithTruth().filter(({ truth }) => truth.rpc?.binds?.some(({ transport }) => transport === 'ncacn_np'));

  it('are in as many captures as when this was written', () => {
    expect(captures.length).toBeGreaterThanOrEqual(PIPE_CAPTURES);
  });

  it.each(captures)('$name', ({ name, path, truth }) => {
    const heard = replay(path, [smb]);
    expect(heard.malformed).toBe(0);
    const have = heard.binds.filter(({ pipe }) => pipe !== null).map((bind) => `${bind.at.frame} ${bind.server.port} ${bind.interface.uuid} ${bind.result}`);
    const want = truth.rpc!.binds!.filter(({ transport }) => transport === 'ncacn_np').map((bind) => `${bind.frame} ${bind.port} ${bind.uuid} ${bind.result ?? -1}`)
      .concat((MISSED[name] ?? []).map((frame) => `${frame} 445 12345778-1234-abcd-ef00-0123456789ac 0`));
    expect(have.sort()).toEqual(want.sort());
  });
});
