import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

describe('howto capture', () => {
  it('prints all ways, or the one that is asked for', () => {
    const { code, out, err } = runCli(['howto', 'capture']);
    expect([code, err]).toEqual([0, '']);
    for (const tool of ['== pktmon', '== netsh', '== dumpcap']) expect(out).toContain(tool);
    expect(runCli(['howto', 'capture', '--netsh']).out).not.toContain('== pktmon');
  });
  it('takes addresses, and nothing else that would be pasted into a shell', () => {
    expect(runCli(['howto', 'capture', '--host', '10.0.0.1,FD00:0::1', '--dumpcap']).out).toContain('or host fd00::1');
    for (const host of ['hv01', '10.0.0.1; rm', '10.0.0', 'fe80::1%eth0', '']) expect(runCli(['howto', 'capture', `--host=${host}`]).code).toBe(host === '' ? 0 : 2);
  });
});
