import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/decode/address-table.js';
import { TrafficAggregates } from '../../src/evidence/traffic-aggregates.js';

const OUTCOMES = ['no-answer', 'refused'] as const;

describe('traffic beyond the maximum', () => {
  const addresses = new AddressTable();
  const id = (n: number) => addresses.v4(0x0a000000 + n);

  it('distinct clients are counted once, never too many', () => {
    const aggregates = new TrafficAggregates();
    const server = id(1);
    for (let round = 0; round < 3; round++) for (let n = 0; n < 500; n++) aggregates.add(server, true, 445, id(1000 + n), n % 2);
    const [row] = aggregates.list(addresses, OUTCOMES);
    expect(row).toMatchObject({ server: '10.0.0.1', transport: 'tcp', serverPort: 445, flows: 1500, outcomes: { 'no-answer': 750, 'refused': 750 } });
    expect(row!.clients).toBeGreaterThan(450);
    expect(row!.clients).toBeLessThanOrEqual(500);
  });
  it('a scan of all ports is bounded: every flow is still counted', () => {
    const aggregates = new TrafficAggregates();
    for (let port = 0; port < 65_536; port++) aggregates.add(id(1), port % 2 === 0, port, id(2), 0);
    const rows = aggregates.list(addresses, OUTCOMES);
    expect(rows.length).toBeLessThanOrEqual(5000);
    expect(rows.reduce((total, row) => total + row.flows, 0)).toBe(65_536);
    expect(aggregates.flows).toBe(65_536);
  });
});
