import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NeighbourSurvey } from '../../src/evidence/neighbour-survey.js';
import { addressBytes, ethernet, EtherType, icmp6, ipv6, macBytes, sll } from '../support/packet-builder.js';
import { ByteWriter } from '../support/byte-writer.js';
import { writePcap } from '../support/pcap-writer.js';
import { Talk } from '../flow/talk.js';
import { evidenceOf, inputOf } from './captured.js';

function arp(operation: number, from: string, target: string): Uint8Array {
  const none = '00:00:00:00:00:00';
  return new ByteWriter(false).u16(1, EtherType.ipv4).u8(6, 4).u16(operation).raw(macBytes('00:15:5d:00:00:01')).raw(addressBytes(from)).raw(macBytes(none)).raw(addressBytes(target)).bytes();
}
const frame = (bytes: Uint8Array, vlans?: readonly number[]): Uint8Array => ethernet(bytes, { type: EtherType.arp, to: 'ff:ff:ff:ff:ff:ff', ...(vlans === undefined ? {} : { vlans }) });
const discovery = (type: number, from: string, target: string): Uint8Array => ethernet(ipv6({ from, to: 'ff02::1' }, icmp6({ type }, addressBytes(target))));
const packets = (frames: readonly Uint8Array[]) => frames.map((data, i) => ({ data, seconds: 1_700_000_000 + i, nanoseconds: 0 }));

async function neighboursOf(frames: readonly Uint8Array[], linkType = 1) {
  const { evidence } = await evidenceOf(inputOf('a', writePcap(packets(frames), { linkType })));
  expect(evidence.captures[0]!.packets).toBe(frames.length);
  return evidence.neighbours;
}

describe('who asked for whom', () => {
  it('a question nobody answers, and one that is answered', async () => {
    const list = await neighboursOf([frame(arp(1, '10.0.0.1', '10.0.0.9')), frame(arp(1, '10.0.0.1', '10.0.0.9'), [7]), frame(arp(1, '10.0.0.1', '10.0.0.2')), frame(arp(2, '10.0.0.2', '10.0.0.1'))]);
    expect(list.map(({ address, asked, askedBy, answers, heard, firstAsked, firstAnswered }) => ({ address, asked, askedBy, answers, heard, asks: firstAsked?.frame, answer: firstAnswered?.frame }))).toEqual([
      { address: '10.0.0.1', asked: 0, askedBy: [], answers: 0, heard: 3, asks: undefined, answer: undefined },
      { address: '10.0.0.2', asked: 1, askedBy: ['10.0.0.1'], answers: 1, heard: 1, asks: 3, answer: 4 },
      { address: '10.0.0.9', asked: 2, askedBy: ['10.0.0.1'], answers: 0, heard: 0, asks: 1, answer: undefined },
    ]);
    expect(list[2]!.lastAsked).toEqual({ seconds: 1_700_000_001, nanoseconds: 0 });
  });
  it('announcements answer for themselves; probes ask nobody', async () => {
    const list = await neighboursOf([frame(arp(1, '10.0.0.5', '10.0.0.5')), frame(arp(1, '0.0.0.0', '10.0.0.6')), discovery(135, '::', 'fe80::9')]);
    expect(list.map(({ address, answers }) => [address, answers])).toEqual([['10.0.0.5', 1]]);
  });
  it('in Linux cooked captures too', async () => {
    const list = await neighboursOf([sll({ bytes: arp(1, '10.0.0.1', '10.0.0.9'), number: EtherType.arp })], 113);
    expect(list.map(({ address, asked }) => [address, asked])).toEqual([['10.0.0.1', 0], ['10.0.0.9', 1]]);
  });
  it('neighbour discovery', async () => {
    const list = await neighboursOf([discovery(135, 'fd77::1', 'fd77::9'), discovery(135, 'fd77::1', 'fd77::2'), discovery(136, 'fd77::2', 'fd77::2')]);
    expect(list.map(({ address, asked, answers }) => [address, asked, answers])).toEqual([['fd77::1', 0, 0], ['fd77::2', 1, 1], ['fd77::9', 1, 0]]);
  });
  it('each capture for itself, however it is cut into chunks', async () => {
    const file = writePcap(packets([frame(arp(1, '10.0.0.1', '10.0.0.9')), frame(arp(2, '10.0.0.2', '10.0.0.1'))]));
    const { evidence: whole } = await evidenceOf(inputOf('a', file), inputOf('b', file));
    const { evidence: pieces } = await evidenceOf(inputOf('a', file, [1]), inputOf('b', file, [13, 7]));
    expect(whole.neighbours.map(({ capture }) => capture)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(pieces.neighbours).toEqual(whole.neighbours);
  });
});

describe('hostile packets', () => {
  it('no prefix and no mutation of ARP is read beyond its end', () => {
    const good = arp(1, '10.0.0.1', '10.0.0.9');
    fc.assert(fc.property(fc.integer({ min: 0, max: good.length }), fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }), fc.integer({ min: -4, max: 40 }), (cut, changes, limit) => {
      const bytes = good.slice();
      for (const [i, value] of changes) bytes[i] = value;
      const survey = new NeighbourSurvey();
      const view = new DataView(bytes.buffer, 0, cut);
      survey.at(0, 1, 0, 0).arp(view, 0, limit);
      survey.at(0, 2, 0, 0).discovery(135, view, 0, limit, 'fe80::1');
      // Two of each packet: who asks, and who is asked for.
      expect(survey.list().length).toBeLessThanOrEqual(limit >= 24 ? 4 : 0);
    }));
  });
  it('a scan of a network fills a bound', () => {
    const survey = new NeighbourSurvey();
    for (let i = 0; i < 10_000; i++) {
      const bytes = arp(1, '10.0.0.1', `10.1.${i >> 8}.${i & 255}`);
      survey.at(0, i + 1, 0, 0).arp(new DataView(bytes.buffer), 0, bytes.length);
    }
    expect(survey.list()).toHaveLength(4096);
  });
});

describe('anchors', () => {
  const talk = new Talk({ clientPort: 1 }).handshake().client('PA', { length: 70 }).client('FA').server('FA').client('A');
  it('one input needs none; two views of one connection have the same', async () => {
    const file = writePcap(talk.packets);
    expect((await evidenceOf(inputOf('a', file))).evidence.anchors).toEqual([]);
    const { evidence: { anchors } } = await evidenceOf(inputOf('a', file), inputOf('b', file));
    expect(anchors.map(({ first, initial, payload, handshakeMs }) => [first.capture, initial, payload.client, handshakeMs])).toEqual([[0, 1000, 70, 2], [1, 1000, 70, 2]]);
  });
  it('of many the same ones are kept at both places', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => new Talk({ clientPort: 1000 + i }).client('S').server('SA').client('R').packets);
    const shuffled = [...many].reverse();
    const { evidence: { anchors } } = await evidenceOf(inputOf('a', writePcap(many.flat())), inputOf('b', writePcap(shuffled.flat())));
    const ports = (capture: number): number[] => anchors.filter(({ first }) => first.capture === capture).map(({ client }) => client.port).sort((a, b) => a - b);
    expect(ports(0)).toHaveLength(1024);
    expect(ports(0).filter((port) => ports(1).includes(port)).length).toBe(1024);
  });
});
