import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lintDocument } from '../../src/catalog/lint.js';

const source = (folder: string): string => fileURLToPath(new URL(`../../src/catalog/${folder}`, import.meta.url));
const rows = (...lines: string[]): string => `id: x\ntitle: T\npublisher: P\nproducts: []\ntables:\n  - id: t\n    title: T\n    rows:\n${lines.map((line) => `      - { ${line}, purpose: p }\n`).join('')}`;
const from = 'source: [vmm-server], target: [hyper-v-host]';
const codes = (text: string): string[] => lintDocument(text, 'f').map((fault) => `${fault.line} ${fault.code}`);

describe('lint', () => {
  it('finds rows that repeat one another, in one direction between the same roles', () => {
    expect(codes(rows(
      `id: a, entries: [{ ports: 100-200, protocol: unspecified }], ${from}`,
      `id: b, entries: [{ ports: 150, protocol: unspecified }], ${from}`,
      `id: c, entries: [{ ports: 150, transport: udp, protocol: unspecified }], ${from}`,
      `id: d, entries: [{ ports: 150, protocol: unspecified }], ${from}, direction: outbound`,
      `id: e, entries: [{ ports: 150, protocol: unspecified }], source: [vmm-library], target: [hyper-v-host]`,
      `id: f, entries: [{ ports: 443, protocol: ssh }, { ports: 443, protocol: https }], source: [bmc], target: [bmc], errata: [{ says: a, correct: b, evidence: c }]`,
    ))).toEqual(['10 overlapping-rows']);
  });

  it('finds names that contradict the registry, unless the row says so itself', () => {
    const ldaps = `entries: [{ ports: 686, protocol: ldaps }], ${from}`;
    expect(codes(rows(`id: a, ${ldaps}`))).toEqual(['9 contradicts-iana']);
    expect(codes(rows(`id: a, ${ldaps}, errata: [{ says: a, correct: b, evidence: c }]`))).toEqual([]);
    expect(codes(rows(`id: a, entries: [{ ports: 1433, protocol: http }], ${from}`))).toEqual(['9 contradicts-iana']);
    expect(codes(rows(`id: a, entries: [{ ports: 135, protocol: dce-rpc }], ${from}`))).toEqual([]);
    expect(codes(rows(`id: a, entries: [{ ports: 33890, protocol: rdp }], ${from}`))).toEqual([]);
  });

  it('finds rows that no capture can witness, claims about rows that are not there, and empty documents', () => {
    expect(codes(rows(`id: a, entries: [], ${from}`))).toEqual(['9 unwitnessable-row']);
    expect(codes(`${rows(`id: a, entries: [{ ports: 80, protocol: http }], ${from}`)}claims:\n  - { id: c, claim: c, test: { kind: rows-mirrored, rows: [t/b], transport: udp, ports: 80 } }\n`)).toEqual(['11 unknown-row']);
    expect(codes('id: x\ntitle: T\npublisher: P\nproducts: []\ntables: []\n')).toEqual(['1 nothing-to-check']);
  });

  it('says whose the port is instead, and where the protocol is at home', () => {
    const texts = (line: string): string[] => lintDocument(rows(`${line}, ${from}`), 'f').map((fault) => fault.text);
    expect(texts('id: a, entries: [{ ports: 686, protocol: ldaps }]')).toEqual(['LDAP over TLS on 686: IANA has hcp-wismar there (Hardware Control Protocol Wismar), and this protocol on 636, 3269']);
    expect(texts('id: a, entries: [{ ports: 21, protocol: ssh }]')).toEqual(['SSH on 21: IANA has ftp there (File Transfer Protocol [Control]), and this protocol on 22']);
    expect(texts('id: a, entries: [{ ports: 587, protocol: smtp }, { ports: 42, protocol: wins }, { ports: 80, protocol: hyper-v-replica }]')).toEqual([]);
  });

  it('finds what crosses no wire', () => {
    expect(codes(rows('id: a, entries: [{ ports: 445, protocol: smb }], source: [cno], target: [cno]'))).toEqual(['9 unwitnessable-row']);
    expect(codes(rows(`id: a, entries: [{ ports: 3260, transport: udp, protocol: iscsi }], ${from}`))).toEqual(['9 unwitnessable-row']);
    expect(codes(rows('id: a, entries: [{ ports: 445, protocol: smb }], source: [cluster-node], target: [cluster-node]'))).toEqual([]);
  });

  it('has only known oddities against the built-in documents', () => {
    const found = ['documents', 'reference'].flatMap((folder) => readdirSync(source(folder)).sort().flatMap((file) =>
      lintDocument(readFileSync(join(source(folder), file), 'utf8'), file).map((fault) => `${file} ${fault.code}`)));
    expect(found).toEqual([
      'vmm-2012.yaml unwitnessable-row', 'vmm.yaml unwitnessable-row', 'vmm.yaml unwitnessable-row', 'vmm.yaml overlapping-rows',
      'hyper-v-cluster.yaml unwitnessable-row', 'hyper-v-cluster.yaml unwitnessable-row',
    ]);
  });
});
