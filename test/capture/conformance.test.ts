/**
 * The 49 conformance files for pcapng (hadrielk/pcapng-test-generator), which are not part of this repository: PORTWITNESS_CORPUS names the folder. Each says in a text
 * beside it which blocks it has. What is in them is held against a second, slow reader, and both byte orders against each other.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { canonicalLinkType } from '../../src/capture/link-type.js';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { readPackets } from '../support/read-packets.js';
import { readPcapngSlowly } from '../support/slow-pcapng.js';

const corpus = process.env['PORTWITNESS_CORPUS'];
const folder = corpus === undefined ? '' : join(corpus, 'containers', 'pcapng-conformance');
const isThere = corpus !== undefined && existsSync(folder);
const files = isThere ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pcapng')).map((name) => join(folder, name)).sort() : [];

const DIRECTION = 3;
const KEPT_FLAGS = { 1: 1, 2: 2 } as Readonly<Record<number, number>>;

describe.skipIf(!isThere)(`pcapng conformance (${isThere ? `${files.length} files` : 'all 48 skipped: PORTWITNESS_CORPUS does not name them'})`, () => {
  it('has both byte orders of each file (the 49th is an empty classic pcap, see corpus.test.ts)', () => {
    expect(files).toHaveLength(48);
  });

  it.each(files.map((path) => [relative(folder, path), path]))('%s is what its description says, block by block', (_name, path) => {
    const bytes = new Uint8Array(readFileSync(path));
    const slow = readPcapngSlowly(bytes);
    const description = readFileSync(path.replace(/pcapng$/, 'txt'), 'utf8');
    expect(slow.blocks.map(({ kind }) => kind)).toEqual(/Block sequence: (.*)/.exec(description)![1]!.trim().split(', '));

    const read = readPackets(new PcapngReader(), bytes);
    expect(read.damage).toEqual([]);
    expect(read.skipped).toEqual({});
    expect(read.packets.map(({ seconds, nanoseconds, ...rest }) => ({ ...rest, nanoseconds: Number.isNaN(seconds) ? null : BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) }))).toEqual(
      slow.packets.map(({ flags, ...rest }) => ({ ...rest, flags: KEPT_FLAGS[flags & DIRECTION] ?? 0 })),
    );
    expect(read.interfaces.map(({ linkType, snapLength, name, description: text, operatingSystem, filter, dropped }) => ({ linkType, snapLength, name, description: text, operatingSystem, filter, dropped })))
      .toEqual(slow.interfaces.map((each) => ({ ...each, linkType: canonicalLinkType(each.linkType) })));
    expect(read.names.map(({ address, name }) => `${Buffer.from(ipaddr.parse(address).toByteArray()).toString('hex')} ${name}`)).toEqual([...new Set(slow.names)]);
  });

  it.each(files.filter((path) => path.includes(join(folder, 'le'))).map((path) => [relative(folder, path), path]))('%s says the same in the other byte order', (_name, path) => {
    const other = path.replace(join(folder, 'le'), join(folder, 'be'));
    expect(readPackets(new PcapngReader(), new Uint8Array(readFileSync(other)))).toEqual(readPackets(new PcapngReader(), new Uint8Array(readFileSync(path))));
  });

  it('has all kinds of blocks and options among the files', () => {
    const all = files.map((path) => readPcapngSlowly(new Uint8Array(readFileSync(path))));
    expect([...new Set(all.flatMap(({ blocks }) => blocks.map(({ kind }) => kind)))].sort()).toEqual(['CB', 'DCB', 'EPB', 'IDB', 'ISB', 'NRB', 'SHB', 'SPB']);
    expect(all.some(({ names }) => names.length > 3)).toBe(true);
    expect(all.some(({ interfaces }) => interfaces.some(({ dropped }) => dropped !== null && dropped > 0))).toBe(true);
    expect(all.some(({ interfaces }) => interfaces.some(({ name, description, operatingSystem, filter }) => ![name, description, operatingSystem, filter].includes(null)))).toBe(true);
  });
});
