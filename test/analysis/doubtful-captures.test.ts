/** Captures that are bad witnesses, made of good ones: recognised, said, and nobody is accused because of a packet that is merely not there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { collectEvidence } from '../../src/evidence/collect-evidence.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import type { WrittenPacket } from '../support/pcap-writer.js';
import { writePcap } from '../support/pcap-writer.js';
import { readPackets } from '../support/read-packets.js';

const LAB = join(import.meta.dirname, '../../fixtures/lab');
/** What accuses a firewall, a service or a network of having failed a connection. */
const ACCUSING: ReadonlySet<string> = new Set(['no-answer', 'blocked-port', 'blocked-dynamic-port', 'endpoint-mapper-blocked', 'rejected-by-firewall', 'service-not-listening', 'half-open', 'connection-reset', 'connection-stalled', 'name-not-resolved']);

function packetsOf(scenario: string): WrittenPacket[] {
  return readPackets(new PcapngReader(), readFileSync(join(LAB, `${scenario}.pcapng`))).packets.map(({ data, seconds, nanoseconds, originalLength }) => ({ data: new Uint8Array(Buffer.from(data, 'hex')), seconds, nanoseconds, originalLength }));
}

async function reportOf(packets: readonly WrittenPacket[]): Promise<ReportModel> {
  const file = writePcap(packets, { nanoseconds: true, linkType: 1 });
  const open = () => Promise.resolve(Object.assign(new Blob([file as Uint8Array<ArrayBuffer>]).stream() as unknown as AsyncIterable<Uint8Array>, { size: file.length }));
  const { evidence } = await collectEvidence([{ name: 'bad.pcap', open }], { decompressors: nodeDecompressors });
  return analyze(evidence, { catalog: builtInCatalog() });
}

function accusations({ findings }: ReportModel): string[] {
  return findings.filter(({ code, severity }) => ACCUSING.has(code) && severity !== 'info').map(({ code, server, port }) => `${code} ${server} ${port}`).sort();
}

/** Without the code: what is blocked for sure in the whole capture is merely silent in a part of it. */
function connectionOf(accusation: string): string {
  return accusation.slice(accusation.indexOf(' ') + 1);
}

function told({ findings }: ReportModel): string {
  return findings.filter(({ code }) => code === 'capture-incomplete').map(({ title, explanation }) => `${title} ${explanation}`).join('\n');
}

/** The same numbers at every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Everything worked in these. */
const healthy = ['rpc-ok', 'rdp-3389', 'iscsi-3260', 'smb-logon-failure'] as const;

describe('a capture of which packets are missing', () => {
  it.each(healthy.flatMap((name) => [0.05, 0.2, 0.5].map((share) => [name, share] as const)))('%s without %d of its packets accuses nobody', async (name, share) => {
    const whole = packetsOf(name);
    const known = new Set(accusations(await reportOf(whole)).map(connectionOf));
    for (let seed = 1; seed <= 6; seed++) {
      const next = random(seed);
      const report = await reportOf(whole.filter(() => next() >= share));
      expect(accusations(report).filter((one) => !known.has(connectionOf(one))), `seed ${seed}`).toEqual([]);
    }
  });

  it.each(healthy)('a sample of one packet in ten of %s accuses nobody', async (name) => {
    const whole = packetsOf(name);
    const known = new Set(accusations(await reportOf(whole)).map(connectionOf));
    for (let offset = 0; offset < 10; offset++) {
      const report = await reportOf(whole.filter((_, at) => at % 10 === offset));
      expect(accusations(report).filter((one) => !known.has(connectionOf(one))), `offset ${offset}`).toEqual([]);
    }
  });

  it('is told', async () => {
    const next = random(1);
    expect(told(await reportOf(packetsOf('rpc-ok').filter(() => next() >= 0.2)))).toMatch(/connections acknowledge what is not in it/);
    expect(told(await reportOf(packetsOf('rpc-ok')))).toBe('');
  });

  it('still accuses where the client repeats its SYN: it had no answer', async () => {
    const next = random(3);
    const report = await reportOf(packetsOf('rpc-dynamic-dropped').filter(({ data }) => data.length < 80 || next() >= 0.3));
    expect(accusations(report).some((one) => one.endsWith(' 53942'))).toBe(true);
  });
});

describe('a clock that goes back', () => {
  it.each([60, 3600, 86_400])('by %d s is told, and accuses nobody', async (seconds) => {
    const whole = packetsOf('rpc-ok');
    const half = whole.length >> 1;
    const report = await reportOf(whole.map((packet, at) => (at < half ? packet : { ...packet, seconds: packet.seconds! - seconds })));
    expect(accusations(report)).toEqual([]);
    expect(told(report)).toMatch(/clock of bad\.pcap goes back once/);
  });

  it('is not taken for granted where packets are a little out of order', async () => {
    const whole = packetsOf('rpc-ok');
    const swapped = [...whole];
    for (let at = 0; at + 1 < whole.length; at += 2) if (whole[at]!.seconds === whole[at + 1]!.seconds) [swapped[at], swapped[at + 1]] = [whole[at + 1]!, whole[at]!];
    const report = await reportOf(swapped);
    expect(accusations(report)).toEqual([]);
    expect(told(report)).not.toMatch(/clock/);
  });
});

describe('a capture that holds each packet twice', () => {
  it.each([...healthy, 'rpc-dynamic-dropped', 'rpc-dynamic-reset', 'winrm-5985'] as const)('%s says what it says of single ones', async (name) => {
    const whole = packetsOf(name);
    const twice = whole.flatMap((packet) => [packet, { ...packet, nanoseconds: packet.nanoseconds! }]);
    const report = await reportOf(twice);
    expect(accusations(report)).toEqual(accusations(await reportOf(whole)));
    expect(told(report)).toMatch(/holds packets twice/);
  });
});
