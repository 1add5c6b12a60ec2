/** JA4 against the worked examples of its specification (FoxIO, technical_details/JA4.md), and its rules at their edges. */
import { describe, expect, it } from 'vitest';
import { readClientHello } from '../../../src/protocol/tls/client-hello.js';
import { ja4 } from '../../../src/protocol/tls/ja4.js';
import { algorithms, helloContents, protocols, serverName, versions } from './client-hello-builder.js';
import type { HelloLists } from './client-hello-builder.js';

const GREASE = 0x8a8a;
const numbers = (list: string) => list.split(',').map((digits) => parseInt(digits, 16));
const CIPHERS = numbers('1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035');
const ALGORITHMS = numbers('0403,0804,0401,0503,0805,0501,0806,0601');

function fingerprint(lists: HelloLists, carrier: 't' | 'q' | 'd' = 't'): string | undefined {
  const bytes = Uint8Array.from(helloContents(lists));
  return ja4(readClientHello(bytes, 0, bytes.length, bytes.length, lists.cookie !== undefined)!, carrier);
}

/** The extensions of the specification's example, in its order, with one of GREASE before and behind. */
const example: HelloLists = {
  ciphers: [GREASE, ...CIPHERS],
  extensions: [
    [GREASE, []],
    ...numbers('001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015').map((type): readonly [number, readonly number[]] => {
      if (type === 0) return serverName('example.org');
      if (type === 16) return protocols('h2', 'http/1.1');
      if (type === 13) return algorithms(...ALGORITHMS);
      return type === 43 ? versions(GREASE, 0x0304, 0x0303) : [type, []];
    }),
    [0x1a1a, [0]],
  ],
};

describe('JA4', () => {
  it('of the example is the one printed there', () => {
    expect(fingerprint(example)).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  it('of the example without signature algorithms hashes the extensions alone', () => {
    const extensions = example.extensions.map((one) => (one[0] === 13 ? [13, []] as const : one));
    expect(fingerprint({ ...example, extensions })).toBe('t13d1516h2_8daaf6152771_6d807ffa2a79');
  });

  it('stays when ciphers and extensions are shuffled, and changes its first letter with the carrier', () => {
    const shuffled = { ciphers: [...example.ciphers].reverse(), extensions: [...example.extensions].reverse() };
    expect(fingerprint(shuffled, 'q')).toBe('q13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  it.each([
    [[0xab], 'ab'], [[0x20], '20'], [[0xab, 0xcd], 'ad'], [[0x20, 0x61], '21'], [[0x30, 0xab], '3b'], [[0x61, 0x20], '60'],
    [[0x30, 0x31, 0xab, 0xcd], '3d'], [[0x30, 0xab, 0xcd, 0x31], '01'], [[0x68], 'hh'], [[], '00'],
  ])('shows the protocol %j as %s', (name, edges) => {
    expect(fingerprint({ ciphers: CIPHERS, extensions: [protocols(name)] })?.slice(8, 10)).toBe(edges);
  });

  it('of a hello without ciphers and extensions has zeros for hashes', () => {
    expect(fingerprint({ ciphers: [], extensions: [], hasExtensions: false })).toBe('t12i000000_000000000000_000000000000');
    expect(fingerprint({ ciphers: [], extensions: [serverName('a')] })).toBe('t12d000100_000000000000_000000000000');
  });

  it('counts to 99, and knows a version that nobody gave a name', () => {
    expect(fingerprint({ version: 0x0505, ciphers: Array.from({ length: 120 }, (_, index) => 0xc000 + index), extensions: [] })?.slice(0, 8)).toBe('t00i9900');
  });

  it('of DTLS reads the cookie, and the highest version counts down', () => {
    const lists = { version: 0xfefd, ciphers: [0x1301], cookie: 20, extensions: [] };
    expect(fingerprint(lists, 'd')?.slice(0, 8)).toBe('dd2i0100');
    expect(fingerprint({ ...lists, extensions: [versions(0xfefd, 0xfefc)] }, 'd')?.slice(0, 8)).toBe('dd3i0101');
  });

  it('is not made of a hello that was cut', () => {
    const bytes = Uint8Array.from(helloContents(example));
    for (let length = 0; length < bytes.length; length++) {
      const hello = readClientHello(bytes, 0, length, bytes.length, false);
      if (hello !== undefined) expect(ja4(hello, 't'), String(length)).toBe(undefined);
    }
  });
});
