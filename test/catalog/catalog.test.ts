import { describe, expect, it } from 'vitest';
import { builtInCatalog, makeCatalog } from '../../src/catalog/catalog.js';
import { loadDocument } from '../../src/catalog/load.js';
import { rpcInterface, rpcInterfaces } from '../../src/catalog/rpc-interfaces.js';
import { rulesForInterface, rulesForPort, shippedRule, shippedRules, twinOf } from '../../src/catalog/shipped-rules.js';

const svcctl = '367abb81-9844-35f1-ad32-98f038001003';

describe('looking a port up', () => {
  const catalog = builtInCatalog();
  const citations = (transport: 'tcp' | 'udp', port: number): string[] => catalog.candidateRows(transport, port).map((candidate) => candidate.citation);

  it('finds exactly the rows that a plain search finds, for every port', () => {
    for (const transport of ['tcp', 'udp'] as const) {
      for (const port of [1, 22, 53, 80, 135, 443, 445, 623, 686, 3343, 3389, 3391, 8101, 8103, 10124, 10155, 49151, 49152, 51905, 63500, 65535]) {
        const plain = [...catalog.documents, ...catalog.references].flatMap((document) => document.tables.flatMap((table) => table.rows
          .filter((row) => row.entries.some((entry) => entry.transport.includes(transport) && entry.ports.some(([from, to]) => from <= port && port <= to)))
          .map((row) => `${document.id}/${table.id}/${row.id}`)));
        expect([...new Set(citations(transport, port))].sort()).toEqual(plain.sort());
      }
    }
  });

  it('puts narrow rows before ranges', () => {
    expect(citations('tcp', 51909)[0]).toBe('microsoft-products/system-center/scom-collection');
    expect(citations('tcp', 51909)).toContain('hyper-v-host/inbound/dynamic');
  });

  it('keeps both protocols that one row gives a port', () => {
    expect(catalog.candidateRows('tcp', 443).filter((candidate) => candidate.citation === 'vmm-2012/vmm-server-source/esxi-files').map((candidate) => candidate.entry.protocol)).toEqual(['ssh', 'https']);
  });

  it('names traffic from references: the dynamic range only when RPC was seen', () => {
    expect(catalog.referenceFor('tcp', 49700, null)).toBeUndefined();
    expect(catalog.referenceFor('tcp', 49700, 'http')).toBeUndefined();
    expect(catalog.referenceFor('tcp', 49700, 'dce-rpc')?.row.name).toMatch(/RPC|cluster/);
    expect(catalog.referenceFor('udp', 123, 'ntp')?.citation).toBe('windows-services/core/ntp');
    expect(catalog.referenceFor('tcp', 3343, 'http')).toBeUndefined();
    expect(catalog.referenceFor('tcp', 48500, null)).toBeUndefined();
  });

  it('takes a user document beside the built-in ones', () => {
    const own = loadDocument('id: own\ntitle: T\npublisher: P\nproducts: []\ntables:\n  - { id: t, title: T, rows: [{ id: a, entries: [{ ports: 12345, protocol: http }], source: [anyone], target: [anyone], purpose: p }] }\n', 'own.yaml').document!;
    expect(builtInCatalog([own]).candidateRows('tcp', 12345).map((candidate) => candidate.citation)).toEqual(['own/t/a']);
    expect(builtInCatalog().candidateRows('tcp', 12345)).toEqual([]);
    expect(makeCatalog([own]).row('own/t/b')).toBeUndefined();
  });
});

describe('RPC interfaces', () => {
  it('are all there and found by UUID in either case, with the version asked for or the next best', () => {
    expect(rpcInterfaces.length).toBe(370);
    expect(rpcInterface(svcctl.toUpperCase(), '2.0')?.name).toBe('svcctl');
    expect(rpcInterface('b97db8b2-4c63-11cf-bff6-08002be23f2f', '3.0')?.version).toBe('3.0');
    expect(rpcInterface('b97db8b2-4c63-11cf-bff6-08002be23f2f', '2.7')?.version).toBe('2.0');
    expect(rpcInterface(svcctl)?.endpoint).toBeNull();
    expect(rpcInterface('00000000-0000-0000-0000-000000000000')).toBeUndefined();
    for (const item of rpcInterfaces) expect(rpcInterface(item.uuid, item.version)).toBe(item);
  });
});

describe('rules that Windows ships', () => {
  it('are found for an interface, with the endpoint mapper they need', () => {
    expect(rulesForInterface(svcctl)).toEqual({ service: ['RemoteSvcAdmin-In-TCP'], endpointMapper: ['RemoteSvcAdmin-RPCSS-In-TCP'], pipe: ['RemoteSvcAdmin-NP-In-TCP'], caller: [], note: null });
    expect(rulesForInterface('00000000-0000-0000-0000-000000000000')).toBeUndefined();
  });
  it('are found for a port, by preference or by the port of the rule; none where Windows ships none', () => {
    expect(rulesForPort('tcp', 6600)?.service).toEqual(['VIRT-MIGL-In-TCP-NoScope']);
    expect(rulesForPort('udp', 3343)?.service).toEqual(['FailoverClustering-NetFt-UDP-In']);
    expect(rulesForPort('tcp', 636)?.service).toEqual(['ADDS-LDAPSEC-TCP-In']);
    expect(rulesForPort('tcp', 1433)).toBeUndefined();
    expect(twinOf('RemoteSvcAdmin-In-TCP')).toBe('RemoteSvcAdmin-In-TCP-NoScope');
    expect(twinOf('VIRT-MIGL-In-TCP-NoScope')).toBeUndefined();
  });
  it('are those with a source', () => {
    expect(shippedRules.length).toBe(226);
    expect(shippedRule('RemoteDesktop-In-TCP')).toBeUndefined();
  });
});
