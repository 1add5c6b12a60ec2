/** Zeek's dce_rpc.log of a public capture (the other one with Zeek's logs, UTICA-C.cap, has no RPC in them): each endpoint that it names was bound on that server and port, or pipe. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InterfaceNames } from '../../src/catalog/rpc-interfaces.js';
import { allRecognisers } from '../../src/protocol/registry.js';
import { replay } from '../protocol/dcerpc/replay.js';

interface ZeekCall { readonly server: string; readonly port: number; readonly endpoint: string; readonly operation: string; readonly namedPipe: string }
interface ZeekConnection { readonly proto: string; readonly responder: string; readonly responderPort: number; readonly service: string | null }

const corpus = process.env['PORTWITNESS_CORPUS'];
const captures = ['windows-rpc/NEWYORK.cap'];
/** Zeek's names where the specifications, and our table, have others. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = { epmapper: ['epmapper', 'epm'], winreg: ['winreg'], spoolss: ['spoolss', 'IRemoteWinspool'] };

describe.skipIf(corpus === undefined)(`Zeek's RPC endpoints (skipped without PORTWITNESS_CORPUS: ${captures.length} capture)`, () => {
  it.each(captures)('%s', (name) => {
    const truth = JSON.parse(fs.readFileSync(path.join(corpus!, 'zeek-truth', `${path.basename(name)}.zeek.json`), 'utf8')) as { rpcCalls: ZeekCall[]; connections: ZeekConnection[] };
    const heard = replay(path.join(corpus!, name), allRecognisers);
    const names = new InterfaceNames();
    const have = new Set(heard.binds.map(({ server, interface: id }) => `${heard.addressText(server.address)} ${server.port} ${(names.find(id.uuid, id.version)?.name ?? id.uuid).toLowerCase()}`));
    const missing = truth.rpcCalls.filter(({ server, port, endpoint }) => !(SYNONYMS[endpoint] ?? [endpoint]).some((one) => have.has(`${server} ${port} ${one.toLowerCase()}`)));
    expect([...new Set(missing.map(({ server, port, endpoint, operation }) => `${server} ${port} ${endpoint} ${operation}`))]).toEqual([]);
    // Every connection that Zeek's analyser took for DCE/RPC has a bind or a call that we read, or is one in a pipe of SMB.
    const services = truth.connections.filter(({ service }) => service?.includes('dce_rpc') === true).map(({ responder, responderPort }) => `${responder} ${responderPort}`);
    const bound = new Set(heard.binds.map(({ server }) => `${heard.addressText(server.address)} ${server.port}`));
    expect([...new Set(services)].filter((service) => !bound.has(service))).toEqual([]);
    expect(truth.rpcCalls.length).toBeGreaterThan(0);
  });
});
