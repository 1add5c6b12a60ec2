/** The head of the report: what was read and how good it is, also of captures that are broken, odd or many. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { CaptureInput } from '../../src/evidence/run-captures.js';
import { renderText } from '../../src/report/text.js';
import { evidenceOf, inputOf } from '../evidence/captured.js';
import { Talk } from '../flow/talk.js';
import { writePcap } from '../support/pcap-writer.js';
import { PcapngWriter } from '../support/pcapng-writer.js';

const packets = new Talk().handshake().client('PA', { length: 70 }).server('PA', { length: 10 }).packets;
const text = async (...inputs: readonly CaptureInput[]) => renderText(analyze((await evidenceOf(...inputs)).evidence, { catalog: builtInCatalog() }), { width: 200 });

describe('the head of the report', () => {
  it('says why there are no packets, where a file ends in its header', async () => {
    const pcap = writePcap(packets);
    const pcapng = new PcapngWriter().section().bytes();
    expect(await text(inputOf('a.pcap', pcap.slice(0, 10)))).toContain('Quality      no packets, damaged at byte 0 (');
    expect(await text(inputOf('a.pcapng', pcapng.slice(0, 20)))).toContain('Quality      no packets, damaged at byte 0 (the file ends in its first section header)');
  });

  it('names each file of a long ring that is damaged, although not each is shown', async () => {
    const ring = Array.from({ length: 12 }, (_, i) => {
      const file = writePcap(packets.map((packet) => ({ ...packet, seconds: packet.seconds! + 60 * i })));
      return inputOf(`r${String(i).padStart(2, '0')}.pcap`, i === 9 ? file.slice(0, -5) : file);
    });
    const lines = (await text(...ring)).split('\n');
    expect(lines.filter((line) => /^\[\d+\]/u.test(line)).map((line) => line.split('   ')[0])).toEqual(['[1] r00.pcap', '[2] r01.pcap', '[3] r02.pcap', '[4] r03.pcap', '[5] r04.pcap', '[10] r09.pcap']);
    expect(lines.find((line) => line.startsWith('[10]'))).toMatch(/r09\.pcap {3}damaged at byte \d+ \(the file ends in a packet record\)$/);
  });

  it('gives the number of a link type that nobody knows', async () => {
    expect(await text(inputOf('a.pcap', writePcap(packets, { linkType: 147 })))).toContain('5 packets of a.pcap have a link type that is not supported (147) (#1)');
  });

  it('does not claim to have counted all of ten thousand interfaces', async () => {
    const writer = new PcapngWriter().section();
    for (let i = 0; i < 10_000; i++) writer.interface({});
    for (let i = 0; i < 10_000; i++) writer.packet({ data: packets[0]!.data, interfaceId: i, ticks: 1_700_000_000_000_000n });
    expect(await text(inputOf('a.pcapng', writer.bytes()))).toContain('seen more than once on 1024 or more interfaces');
  });
});
