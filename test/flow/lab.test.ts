/** Every scenario of the lab against what was done there: each connection ended as its truth says, and nothing was told twice. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PcapngReader } from '../../src/capture/pcapng.js';
import type { Flow } from '../../src/flow/flow.js';
import { readFlows } from '../../src/node.js';
import { readPackets } from '../support/read-packets.js';

const LAB = join(import.meta.dirname, '../../fixtures/lab');

interface Connection {
  readonly client: string;
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly outcome: string;
  readonly count?: number;
  /** Not in the capture at all. */
  readonly invisible?: boolean;
  /** Open before the capture begins. */
  readonly midstream?: boolean;
  /** Either peer may be named as the client. */
  readonly symmetric?: boolean;
  /** Happened at least so many times. */
  readonly uncounted?: boolean;
}

const OUTCOMES: Readonly<Record<'tcp' | 'udp', Readonly<Record<string, string>>>> = {
  tcp: {
    'accepted': 'accepted', 'auth-failed': 'accepted', 'access-denied': 'accepted', 'rpc-not-registered': 'accepted',
    'no-answer': 'no-answer', 'refused-rst': 'refused', 'icmp-rejected': 'rejected',
  },
  udp: { 'accepted': 'answered', 'no-answer': 'one-way', 'icmp-rejected': 'rejected' },
};

const scenarios = readdirSync(LAB).filter((name) => name.endsWith('.truth.json')).map((name) => name.replace('.truth.json', ''));

describe('lab', () => {
  it('has its 17 scenarios', () => {
    expect(scenarios).toHaveLength(17);
  });
  it('has a line in the index for each, with its number of packets', () => {
    const index = readFileSync(join(LAB, '../README.md'), 'utf8');
    const lines = scenarios.map((scenario) => {
      const { packets } = readPackets(new PcapngReader(), new Uint8Array(readFileSync(join(LAB, `${scenario}.pcapng`))));
      return `| \`${scenario}\` | ${packets.length} |`;
    });
    expect(lines.filter((line) => !index.includes(line))).toEqual([]);
  });

  it.each(scenarios)('%s', async (scenario) => {
    const { connections } = JSON.parse(readFileSync(join(LAB, `${scenario}.truth.json`), 'utf8')) as { connections: Connection[] };
    const flows: Flow[] = [];
    expect(await readFlows([join(LAB, `${scenario}.pcapng`)], (flow) => { flows.push(flow); })).toEqual([]);
    const have = countBy(flows.map(({ transport, client, server, outcome }) => [`${transport} ${client.address} > ${server.address} ${server.port} ${outcome}`, 1]));

    const visible = connections.filter((connection) => connection.invisible !== true);
    const wanted = countBy(visible.map((connection) => [keyOf(connection), connection.count ?? 1]));
    const wrong: string[] = [];
    for (const connection of visible) {
      const key = keyOf(connection);
      const count = wanted.get(key)!;
      const turned = keyOf({ ...connection, client: connection.server, server: connection.client });
      const seen = (have.get(key) ?? 0) + (connection.symmetric === true ? have.get(turned) ?? 0 : 0);
      const isLoose = connection.transport === 'udp' || connection.uncounted === true;
      if (isLoose ? seen < count : seen !== count) wrong.push(`${key}: ${seen} times, truth ${count}`);
    }
    expect(wrong).toEqual([]);

    // No connection of the truth's services is told in a way that the truth does not know.
    const known = new Set(visible.flatMap((connection) => [keyOf(connection), keyOf({ ...connection, client: connection.server, server: connection.client })]));
    const services = new Set(visible.filter(({ transport }) => transport === 'tcp').map(({ server, port }) => `${server} ${port}`));
    const invented = flows.filter(({ transport, server }) => transport === 'tcp' && services.has(`${server.address} ${server.port}`))
      .map(({ transport, client, server, outcome }) => `${transport} ${client.address} > ${server.address} ${server.port} ${outcome}`).filter((key) => !known.has(key));
    expect(invented).toEqual([]);
  });

  const duplicatesOf = async (scenario: string): Promise<number> => {
    let duplicates = 0;
    await readFlows([join(LAB, `${scenario}.pcapng`)], (flow) => { duplicates += flow.duplicates; });
    return duplicates;
  };
  const several = ['any-duplicate', 'vswitch-duplicate'];

  it.each(several)('%s: about half of the packets are duplicates', async (scenario) => {
    let packets = 0;
    await readFlows([join(LAB, `${scenario}.pcapng`)], (flow) => { packets += flow.packets.client + flow.packets.server; });
    expect(await duplicatesOf(scenario)).toBeGreaterThan(packets * 0.8);
  });
  it.each(scenarios.filter((scenario) => !several.includes(scenario)))('%s: one capture point, no duplicates', async (scenario) => {
    expect(await duplicatesOf(scenario)).toBe(0);
  });
});

function keyOf({ transport, client, server, port, outcome, midstream }: Connection): string {
  return `${transport} ${client} > ${server} ${port} ${midstream === true ? 'midstream' : OUTCOMES[transport][outcome] ?? `unknown outcome ${outcome}`}`;
}

function countBy(entries: readonly (readonly [string, number])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, count] of entries) counts.set(key, (counts.get(key) ?? 0) + count);
  return counts;
}
