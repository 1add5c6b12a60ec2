import { describe, expect, it } from 'vitest';
import { CAPTURE_TOOLS, howtoCapture } from '../../src/report/howto-capture.js';

const MANY = ['10.0.0.1', '10.0.0.2', '192.168.100.200'];
const LONG = ['fd00:1111:2222:3333:4444:5555:6666:7777', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff'];

describe('how to take a capture', () => {
  it.each([[], ['10.0.0.1'], MANY, LONG, [...MANY, ...LONG]].map((hosts) => [hosts] as const))('is plain ASCII in 80 columns: hosts %j', (hosts) => {
    for (const tools of [[], ...CAPTURE_TOOLS.map((tool) => [tool])]) {
      const text = howtoCapture({ tools, hosts });
      expect(text).toMatch(/^[\n\x20-\x7e]+$/u);
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
      for (const host of hosts) expect(text).toContain(host);
      // A command goes on behind a backtick only if something follows.
      const lines = text.split('\n');
      lines.forEach((line, i) => { if (line.endsWith('`')) expect(lines[i + 1]).toMatch(/^ {4}\S/u); });
    }
  });
  it('keeps whole packets, in rings, at both ends', () => {
    const text = howtoCapture({ tools: [], hosts: [] });
    for (const word of ['--pkt-size 0', 'packettruncatebytes=65535', '-s 0', '--log-mode circular', 'filemode=circular', '-b files:20', 'both ends at the same time', 'pktmon stop', 'netsh trace stop', 'dumpcap -D', 'analyze client.etl server.etl']) expect(text).toContain(word);
  });
  it('filters as each tool can', () => {
    const one = howtoCapture({ tools: [], hosts: ['10.0.0.1'] });
    for (const line of ['  pktmon filter add host1 -i 10.0.0.1', '    ipv4.address=10.0.0.1', '  $filter = "host 10.0.0.1"', '  $filter = "$filter or (vlan and ($filter))"']) expect(one.split('\n')).toContain(line);
    const many = howtoCapture({ tools: ['netsh'], hosts: MANY });
    expect(many).toContain('    "ipv4.address=($hosts)"');
    expect(many).not.toContain('pktmon filter');
    expect(howtoCapture({ tools: ['netsh'], hosts: [...MANY, ...LONG] })).not.toContain('.address=');
  });
});
