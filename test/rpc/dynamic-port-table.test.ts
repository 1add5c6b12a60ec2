import { describe, expect, it } from 'vitest';
import { dynamicPorts } from '../../src/rpc/dynamic-port-table.js';
import type { AnnouncedPort, BoundPort } from '../../src/rpc/dynamic-port-table.js';

const LSARPC = { uuid: '12345778-1234-abcd-ef00-0123456789ab', version: '0.0' };
const NETLOGON = { uuid: '12345678-1234-abcd-ef00-01234567cffb', version: '1.0' };
const at = (frame: number): { capture: number; frame: number } => ({ capture: 0, frame });

function announced(changes: Partial<AnnouncedPort> = {}): AnnouncedPort {
  return { source: 'ept_map', server: '10.0.0.4', interface: LSARPC, protocol: 'ncacn_ip_tcp', port: 49_667, announced: '10.0.0.4', frame: at(5), ...changes };
}

function bound(changes: Partial<BoundPort> = {}): BoundPort {
  return { server: '10.0.0.4', port: 49_667, transport: 'tcp', interface: NETLOGON, result: 0, pipe: null, frame: at(8), ...changes };
}

describe('the table of dynamic ports', () => {
  it('has one row for all that is known of a port', () => {
    expect(dynamicPorts({ mappings: [announced({ frame: at(9) }), announced(), announced({ source: 'ept_lookup' })], binds: [bound()] })).toEqual([{
      server: '10.0.0.4', port: 49_667, transport: 'tcp', interfaces: [NETLOGON, LSARPC], announced: null,
      knownFrom: [{ source: 'ept_map', frame: at(5) }, { source: 'ept_lookup', frame: at(5) }, { source: 'bind', frame: at(8) }],
    }]);
  });

  it('is sorted by server, port and transport', () => {
    const rows = dynamicPorts({
      mappings: [announced({ port: 50_001 }), announced({ server: '10.0.0.10' }), announced({ protocol: 'ncadg_ip_udp' }), announced(), announced({ port: 593, protocol: 'ncacn_http' })],
      binds: [],
    });
    expect(rows.map((row) => [row.server, row.port, row.transport])).toEqual([
      ['10.0.0.10', 49_667, 'tcp'], ['10.0.0.4', 593, 'tcp'], ['10.0.0.4', 49_667, 'tcp'], ['10.0.0.4', 49_667, 'udp'], ['10.0.0.4', 50_001, 'tcp'],
    ]);
  });

  it('shows another address that was announced, not an unspecified one', () => {
    const rowFor = (...texts: string[]): string | null => dynamicPorts({ mappings: texts.map((text) => announced({ announced: text })), binds: [] })[0]!.announced;
    expect(rowFor('0.0.0.0', '', '10.0.0.4')).toBeNull();
    expect(rowFor('10.0.0.4', '192.168.1.4', '192.168.2.4')).toBe('192.168.1.4');
  });

  it('has no interface for a string binding until a bind names one', () => {
    const oxid = announced({ source: 'oxid', interface: null, announced: 'HOST' });
    expect(dynamicPorts({ mappings: [oxid], binds: [] })).toMatchObject([{ interfaces: [], announced: 'HOST', knownFrom: [{ source: 'oxid' }] }]);
    expect(dynamicPorts({ mappings: [oxid], binds: [bound()] })).toMatchObject([{ interfaces: [NETLOGON] }]);
  });

  it('has no row for pipes, local endpoints, rejected binds, binds below 1024, on pipes or over UDP', () => {
    expect(dynamicPorts({
      mappings: [announced({ protocol: 'ncacn_np', port: 0 }), announced({ protocol: 'ncalrpc' }), announced({ port: 0 })],
      binds: [bound({ result: 2 }), bound({ result: 3 }), bound({ result: -1 }), bound({ port: 135 }), bound({ pipe: '\\PIPE\\samr' }), bound({ transport: 'udp' })],
    })).toEqual([]);
  });

  it('adds unexplained connections into the dynamic range only', () => {
    const used = (port: number, frame: number): { server: string; transport: 'tcp'; port: number; frame: { capture: number; frame: number } } => ({ server: '10.0.0.4', transport: 'tcp', port, frame: at(frame) });
    const rows = dynamicPorts({ mappings: [announced()], binds: [] }, [used(49_667, 1), used(50_000, 7), used(50_000, 3), used(49_151, 4), used(65_535, 4)]);
    expect(rows.map((row) => [row.port, row.knownFrom])).toEqual([
      [49_667, [{ source: 'ept_map', frame: at(5) }]], [50_000, [{ source: 'port-only', frame: at(3) }]], [65_535, [{ source: 'port-only', frame: at(4) }]],
    ]);
  });
});
