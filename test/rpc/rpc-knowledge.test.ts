import { describe, expect, it } from 'vitest';
import type { RpcBind, RpcMapping, RpcQuestion } from '../../src/protocol/events.js';
import { RpcKnowledge } from '../../src/rpc/rpc-knowledge.js';

const HOST = 1;
const LSARPC = { uuid: '12345778-1234-abcd-ef00-0123456789ab', version: '0.0' };
const NETLOGON = { uuid: '12345678-1234-abcd-ef00-01234567cffb', version: '1.0' };

function source(server = HOST, client = 9): Pick<RpcMapping, 'client' | 'server' | 'transport'> {
  return { client: { address: client, port: 50_000 }, server: { address: server, port: 135 }, transport: 'tcp' };
}

function mapping(seconds: number, changes: Partial<RpcMapping> = {}): RpcMapping {
  return {
    ...source(), source: 'ept_map', interface: LSARPC, protocol: 'ncacn_ip_tcp', port: 49_667, announced: '10.0.0.1', annotation: '',
    at: { capture: 0, frame: Math.abs(seconds), seconds, nanoseconds: 0 }, asked: null, ...changes,
  };
}

function bind(seconds: number, changes: Partial<RpcBind> = {}): RpcBind {
  const at = { capture: 0, frame: seconds, seconds, nanoseconds: 0 };
  return { ...source(), interface: LSARPC, result: 0, reason: 0, pipe: null, at, answered: at, ...changes };
}

describe('RpcKnowledge', () => {
  it('keeps one statement once, with its first and last position, in the order of time', () => {
    const known = new RpcKnowledge();
    for (const seconds of [5, 2, 9]) known.rpcMapping(mapping(seconds));
    known.rpcMapping(mapping(4, { interface: NETLOGON }));
    known.rpcMapping(mapping(3, { source: 'ept_lookup' }));
    known.rpcMapping(mapping(1, { server: { address: 2, port: 135 } }));
    expect(known.mappings.map(({ event, last, times }) => [event.at.seconds, last.seconds, times])).toEqual([[1, 1, 1], [2, 9, 3], [3, 3, 1], [4, 4, 1]]);
  });

  it('answers the latest owner before a time, else the earliest later one', () => {
    const known = new RpcKnowledge();
    // In the order of a file that is not the order of time.
    for (const [seconds, id] of [[10, LSARPC], [30, NETLOGON], [50, LSARPC], [20, LSARPC], [40, NETLOGON]] as const) known.rpcMapping(mapping(seconds, { interface: id }));
    const owner = (seconds: number): string | undefined => known.ownerOf(HOST, 'tcp', 49_667, seconds)?.interface?.uuid;
    expect([5, 10, 29.9, 30, 45, 50, 99].map(owner)).toEqual([LSARPC, LSARPC, LSARPC, NETLOGON, NETLOGON, LSARPC, LSARPC].map((one) => one.uuid));
    expect(known.ownerOf(HOST, 'udp', 49_667, 50)).toBeUndefined();
    expect(known.ownerOf(2, 'tcp', 49_667, 50)).toBeUndefined();
    expect(known.ownerOf(HOST, 'tcp', 49_668, 50)).toBeUndefined();
  });

  it('knows owners of captures without times', () => {
    const known = new RpcKnowledge();
    known.rpcMapping(mapping(Number.NaN));
    expect(known.ownerOf(HOST, 'tcp', 49_667, Number.NaN)?.interface).toEqual(LSARPC);
    expect(known.ownerOf(HOST, 'tcp', 49_667, 1)?.interface).toEqual(LSARPC);
  });

  it('keeps pipes apart by name and local endpoints not at all', () => {
    const known = new RpcKnowledge();
    for (const announced of ['\\\\A\\PIPE\\x', '\\\\A\\PIPE\\y', '\\\\A\\PIPE\\x']) known.rpcMapping(mapping(1, { protocol: 'ncacn_np', port: 0, announced }));
    known.rpcMapping(mapping(1, { protocol: 'ncalrpc', port: 0, announced: 'LRPC-1' }));
    expect(known.mappings.map(({ event }) => event.announced)).toEqual(['\\\\A\\PIPE\\x', '\\\\A\\PIPE\\y']);
  });

  it('keeps accepted binds per server, others per client', () => {
    const known = new RpcKnowledge();
    for (const client of [7, 8]) {
      known.rpcBind(bind(client, { ...source(HOST, client) }));
      known.rpcBind(bind(client, { ...source(HOST, client), result: 2, reason: 1 }));
    }
    expect(known.binds.map(({ event, times }) => [event.client.address, event.result, times])).toEqual([[7, 0, 2], [7, 2, 1], [8, 2, 1]]);
  });

  it('is bounded and counts what it drops', () => {
    const known = new RpcKnowledge({ mappings: 3, questions: 1 });
    for (let port = 1; port <= 10; port++) known.rpcMapping(mapping(port, { port }));
    for (const id of [LSARPC, NETLOGON, LSARPC]) known.rpcQuestion({ ...source(), interface: id, at: mapping(1).at } satisfies RpcQuestion);
    expect(known.mappings).toHaveLength(3);
    expect(known.dropped).toEqual({ mappings: 7, binds: 0, notRegistered: 0, questions: 1, refusals: 0 });
    for (let turn = 0; turn < 100_000; turn++) known.rpcMapping(mapping(turn, { port: 1 + (turn % 3) }));
    expect(known.mappings.reduce((sum, { times }) => sum + times, 0)).toBe(100_003);
  });

  it('keeps refusals and unregistered interfaces per client', () => {
    const known = new RpcKnowledge();
    for (const client of [7, 8, 7]) {
      known.rpcNotRegistered({ ...source(HOST, client), interface: null, status: 5, at: mapping(client).at, asked: null });
      known.rpcRefusal({ ...source(HOST, client), kind: 'fault', status: 5, interface: LSARPC, operation: 1, pipe: null, at: mapping(client).at });
    }
    expect(known.notRegistered.map(({ times }) => times)).toEqual([2, 1]);
    expect(known.refusals.map(({ times }) => times)).toEqual([2, 1]);
  });
});
