/** Both ends of the same traffic, built packet by packet: what one capture has and the other has not places each loss. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { evidenceOf, inputOf } from '../evidence/captured.js';
import type { TestPacket } from '../flow/flows-of.js';
import { CLIENT, SERVER, Talk } from '../flow/talk.js';
import { writePcap } from '../support/pcap-writer.js';

type Where = 'both' | 'client' | 'server';

/** A script of packets that both ends see, or one of them: a router lies between, and the second clock is ahead. */
class Scene {
  readonly client: TestPacket[] = [];
  readonly server: TestPacket[] = [];
  private readonly ahead: number;
  private readonly translate: (data: Uint8Array) => void;
  constructor(ahead = 0, translate: (data: Uint8Array) => void = () => { /* a plain router */ }) {
    this.ahead = ahead;
    this.translate = translate;
  }

  add(talk: Talk, seen: (packet: TestPacket, index: number) => Where): this {
    talk.packets.forEach((packet, i) => {
      const where = seen(packet, i);
      const fromClient = packet.data[14 + 15] === Number(CLIENT.split('.')[3]);
      const far = this.shift(this.routed(packet), fromClient ? 0.001 : -0.001);
      const near = fromClient ? packet : this.routed(packet);
      if (where !== 'server') this.client.push(near);
      if (where !== 'client') this.server.push(this.behind(fromClient ? far : this.shift(packet, -0.001)));
    });
    return this;
  }

  private behind(packet: TestPacket): TestPacket {
    const data = packet.data.slice();
    this.translate(data);
    return { ...packet, data };
  }

  private routed(packet: TestPacket): TestPacket {
    const data = packet.data.slice();
    data[14 + 8] = data[14 + 8]! - 1;
    return { ...packet, data };
  }

  private shift(packet: TestPacket, delay: number): TestPacket {
    const time = packet.seconds! * 1e6 + Math.round(packet.nanoseconds! / 1e3) + Math.round((this.ahead + delay) * 1e6);
    return { ...packet, seconds: Math.floor(time / 1e6), nanoseconds: (time % 1e6) * 1000 };
  }

  async report() {
    const sorted = (packets: readonly TestPacket[]): TestPacket[] => [...packets].sort((a, b) => a.seconds! - b.seconds! || a.nanoseconds! - b.nanoseconds!);
    const { evidence } = await evidenceOf(inputOf('client.pcap', writePcap(sorted(this.client))), inputOf('server.pcap', writePcap(sorted(this.server))));
    const model = analyze(evidence, { catalog: builtInCatalog() });
    const clientIndex = model.captures.findIndex(({ file }) => file === 'client.pcap');
    return {
      model, ends: model.ends.map((one) => ({ ...one, client: one.client === clientIndex ? 'client' : 'server' })),
      failures: model.findings.filter(({ problem }) => problem !== null).map(({ code, port, droppedAt, confidence }) => [code, port, droppedAt, confidence]),
    };
  }
}

let port = 40_000;
/** Each with its own sequence numbers: equal ones are the two sides of an address translation. */
class Own extends Talk {
  readonly seq = port * 7919;
  constructor(serverPort: number) {
    super({ clientPort: port++, serverPort });
  }
  syn(id: number): this { return this.client('S', { seq: this.seq, id }); }
}
const healthy = (): Talk => new Own(445).syn(5).server('SA').client('A').client('PA', { length: 70 }).server('PA', { length: 300 }).client('FA').server('FA').client('A');
/** A SYN, repeated, each with an identification of its own. */
const silent = (serverPort: number): Talk => new Own(serverPort).syn(7).wait(1).syn(8).wait(2).syn(9).wait(4).syn(10).wait(6);
const all = (): Where => 'both';
/** Goes on until after the attempts: a capture that ends at once proves nothing. */
const late = (): Talk => new Own(445).wait(60).syn(5).server('SA').client('A').client('R');

describe('two captures of the same traffic', () => {
  it.each([0, 0.25, -3, 1000, -86_400])('are recognised, and their clocks aligned, when the second is %d s ahead', async (ahead) => {
    const { ends } = await new Scene(ahead).add(healthy(), all).add(healthy(), all).report();
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ client: 'client', commonConnections: 2, losses: [] });
    expect(Math.abs(ends[0]!.clockOffset - ahead)).toBeLessThan(0.0011);
  });
  it('a connection that fails is told once', async () => {
    const { failures } = await new Scene(0.5).add(healthy(), all).add(silent(5985), all).add(late(), all).report();
    expect(failures).toHaveLength(1);
  });
  it('other traffic at the same time is no second end', async () => {
    const scene = new Scene();
    const { ends } = await scene.add(healthy(), () => 'client').add(healthy(), () => 'server').report();
    expect(ends).toEqual([]);
  });
});

describe('each loss is placed', () => {
  const scene = (ahead = 0): Scene => new Scene(ahead).add(healthy(), all).add(late(), all);
  it('lost on the way: the SYNs left, and never arrived', async () => {
    for (const ahead of [0, 5, -700]) {
      const { failures, ends } = await scene(ahead).add(silent(5985), () => 'client').report();
      expect(failures).toEqual([['blocked-port', 5985, 'path', 'certain']]);
      expect(ends[0]!.losses.map(({ place }) => place)).toEqual(['lost-on-the-way']);
    }
  });
  it('arrived and ignored', async () => {
    const { failures, ends } = await scene().add(silent(5985), all).report();
    expect(failures.map(([code]) => code)).toEqual(['blocked-port']);
    expect(ends[0]!.losses.map(({ place }) => place)).toEqual(['arrived-and-ignored']);
  });
  it('answered, and the answer lost', async () => {
    const talk = new Own(3389).syn(7).server('SA').wait(1).syn(8).server('SA', { seq: 500_000 }).wait(2).syn(9).server('SA', { seq: 500_000 }).wait(6);
    const { failures, ends } = await scene().add(talk, (packet) => (packet.data[14 + 15] === Number(SERVER.split('.')[3]) ? 'server' : 'both')).report();
    expect(failures).toEqual([['half-open', 3389, 'path', 'certain']]);
    expect(ends[0]!.losses.map(({ place }) => place)).toEqual(['answer-lost']);
  });
  it('refused by a device on the way: the server\'s end never sees the SYN', async () => {
    const talk = new Own(5986).wait(1).syn(7).server('RA');
    const { failures } = await scene().add(talk, () => 'client').report();
    expect(failures).toEqual([['rejected-by-firewall', 5986, 'path', 'certain']]);
  });
  it('reset by a device on the way: each end sees a RST that the other did not send', async () => {
    const talk = new Own(5986).wait(1).syn(7).server('SA').client('A').client('PA', { length: 500, id: 9 }).server('RA').client('RA', { id: 10 });
    const { failures, model } = await scene().add(talk, (_, i) => (i < 3 ? 'both' : i === 5 ? 'server' : 'client')).report();
    expect(failures).toEqual([['connection-reset', 5986, 'path', 'certain']]);
    expect(model.problems[0]!.title).toMatch(/^A device on the way resets connections to/);
    expect(model.problems[0]!.why.join()).toMatch(/was not sent at the servers' end/);
  });
  it('data that one end sends and the other never gets', async () => {
    const talk = new Own(445).syn(5).server('SA').client('A').client('PA', { length: 60 }).server('A');
    const next = (talk).seq + 61;
    for (const wait of [0.3, 0.6, 1.2, 2.4, 4.8]) talk.client('PA', { length: 1460, seq: next, id: 30 }).wait(wait);
    const { failures, ends } = await scene().add(talk, (packet) => (packet.data.length > 1000 ? 'client' : 'both')).report();
    expect(failures).toEqual([['connection-stalled', 445, 'path', 'certain']]);
    expect(ends[0]!.losses.map(({ place }) => place)).toEqual(['lost-on-the-way']);
  });
  it('a capture that was not running then proves nothing', async () => {
    const { failures, ends } = await new Scene().add(healthy(), all).add(silent(5985), () => 'client').add(late(), () => 'client').report();
    expect(failures.map(([code, , droppedAt]) => [code, droppedAt])).toEqual([['blocked-port', null]]);
    expect(ends[0]!.losses).toEqual([]);
  });
});

/** Source address and port of the client become the router's; checksums are nobody's business here. */
function masquerade(data: Uint8Array): void {
  const [address, port] = data[14 + 15] === Number(CLIENT.split('.')[3]) ? [14 + 12, 34] : [14 + 16, 36];
  data.set([203, 0, 113, 7], address);
  data[port] = (data[port]! + 11) & 0xff;
}
const OUTSIDE = '203.0.113.7';

describe('two ends with an address translation between them', () => {
  const scene = (ahead = 0): Scene => new Scene(ahead, masquerade).add(healthy(), all).add(late(), all);
  it.each([0, 0.25, -3, 1000])('are recognised by sequence number and payload when the second clock is %d s ahead', async (ahead) => {
    const { ends } = await scene(ahead).report();
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ client: 'client', commonConnections: 2, losses: [], translations: [{ of: 'client', near: CLIENT, far: OUTSIDE }] });
    expect(Math.abs(ends[0]!.clockOffset - ahead)).toBeLessThan(0.0011);
  });
  it('each loss is placed and told once', async () => {
    const answers = new Own(3389).syn(7).server('SA').wait(1).syn(8).server('SA', { seq: 500_000 }).wait(2).syn(9).server('SA', { seq: 500_000 }).wait(6);
    const { failures, ends, model } = await scene().add(silent(5985), () => 'client').add(silent(6600), all).add(answers, (packet) => (packet.data[14 + 15] === Number(SERVER.split('.')[3]) ? 'server' : 'both')).report();
    expect(failures.sort()).toEqual([['blocked-port', 5985, 'path', 'certain'], ['blocked-port', 6600, 'server', 'certain'], ['half-open', 3389, 'path', 'certain']]);
    expect(ends[0]!.losses.map(({ place }) => place).sort()).toEqual(['answer-lost', 'arrived-and-ignored', 'lost-on-the-way']);
    expect(model.findings.find(({ port: one }) => one === 3389)!.explanation).toMatch(/203\.0\.113\.7 is 10\.0\.0\.1 TCP \d+ in \[1\]/);
  });
  it('what others behind the same address send is not missed at this client', async () => {
    const { failures, ends } = await scene().add(silent(5985), () => 'server').report();
    expect(failures.map(([code, , droppedAt]) => [code, droppedAt])).toEqual([['blocked-port', 'server']]);
    expect(ends[0]!.losses).toEqual([]);
  });
  it('one equal sequence number by chance makes no second end', async () => {
    const one = new Own(445);
    const { seq } = one;
    one.syn(5).server('SA').client('A').client('PA', { length: 70 }).server('PA', { length: 300 });
    const other = new Talk({ clientPort: 41_000, serverPort: 80 });
    other.client('S', { seq }).server('SA').client('A').client('PA', { length: 90 }).server('PA', { length: 10 });
    const { ends } = await new Scene(0, masquerade).add(one, () => 'client').add(other, () => 'server').report();
    expect(ends).toEqual([]);
  });
});
