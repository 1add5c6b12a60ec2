/**
 * Names of RPC interfaces that the user brings, as YAML (a list of mappings), JSON or CSV (told by a header line with the column `uuid`).
 * Imports yaml and zod: load it only where a file was given.
 */
import { z } from 'zod';
import { parseCsv } from './csv.js';
import { sortFaults, type Fault } from './fault.js';
import { nearest } from './nearest.js';
import type { RpcInterface } from './types.js';
import { readSource } from './yaml-source.js';

export interface UserInterfaces {
  /** Empty when anything is wrong: a file with a fault is not used in part. */
  readonly interfaces: readonly RpcInterface[];
  readonly faults: readonly Fault[];
}

const keys = ['uuid', 'name', 'version', 'service', 'description'] as const;
type Key = (typeof keys)[number];
type Entry = Partial<Record<Key, string>>;
/** What a YAML file may hold; values are looked at more closely below, for both forms alike. */
const schema = z.array(z.strictObject({
  uuid: z.string(), name: z.string(), version: z.union([z.string(), z.number()]).optional(), service: z.string().optional(), description: z.string().optional(),
}));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NAME_MAXIMUM = 128;
const ENTRIES_MAXIMUM = 10_000;

type MakeFault = (key: Key | null, code: string, text: string, near?: string) => Fault;

/** `file` is only named in faults. UUIDs may be in braces and in either case; without a version, an entry is for all versions. */
export function readUserInterfaces(text: string, file: string): UserInterfaces {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const { entries, faults } = isCsv(body) ? fromCsv(body, file) : fromYaml(body, file);
  const seen = new Map<string, true>();
  const interfaces = entries.flatMap(({ entry, fault }) => {
    const wrong: Fault[] = [];
    const uuid = (entry.uuid ?? '').trim().replace(/^\{(.*)\}$/, '$1').toLowerCase();
    const version = (entry.version ?? '').trim();
    const name = (entry.name ?? '').trim();
    if (uuid === '') wrong.push(fault(null, 'missing-key', 'an interface needs a "uuid"'));
    else if (!UUID.test(uuid)) wrong.push(fault('uuid', 'wrong-value', `"${entry.uuid}" is no UUID: write 367abb81-9844-35f1-ad32-98f038001003`));
    if (name === '') wrong.push(fault(null, 'missing-key', 'an interface needs a "name"'));
    else if (name.length > NAME_MAXIMUM) wrong.push(fault('name', 'wrong-value', `the name has more than ${NAME_MAXIMUM} characters`));
    if (version !== '' && !/^\d{1,5}\.\d{1,5}$/.test(version)) wrong.push(fault('version', 'wrong-value', `"${version}" is no version: write 1.0, in quotes where YAML would take it for a number`));
    const key = `${uuid} ${version}`;
    if (wrong.length === 0 && seen.has(key)) wrong.push(fault('uuid', 'duplicate-id', `${key.trim()} stands twice`));
    seen.set(key, true);
    faults.push(...wrong);
    return wrong.length > 0 ? [] : [{ uuid, version, name, service: entry.service ?? '', description: entry.description ?? '', pipes: [], endpoint: null, source: file }];
  });
  if (entries.length === 0 && faults.length === 0) faults.push({ code: 'missing-key', severity: 'error', file, line: 1, column: 1, text: 'no interface in it' });
  return faults.length > 0 ? { interfaces: [], faults: sortFaults(faults) } : { interfaces, faults: [] };
}

interface Read {
  readonly entries: readonly { readonly entry: Entry; readonly fault: MakeFault }[];
  readonly faults: Fault[];
}

function isCsv(body: string): boolean {
  const head = body.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  return /^[\w\s"]+([,;][\w\s"]+)+$/.test(head) && head.toLowerCase().split(/[,;]/).some((column) => column.replaceAll('"', '').trim() === 'uuid');
}

function fromCsv(body: string, file: string): Read {
  const [head, ...records] = parseCsv(body);
  const columns = (head?.values ?? []).map((column) => column.trim().toLowerCase());
  const faultAt = (line: number): MakeFault => (_, code, text, near) => ({ code, severity: 'error', file, line, column: 1, text, ...(near === undefined ? {} : { nearest: near }) });
  const faults = columns.filter((column) => !(keys as readonly string[]).includes(column)).map((column) => faultAt(head!.line)(null, 'unknown-key', `unknown column "${column}"`, nearest(column, keys)));
  if (records.length > ENTRIES_MAXIMUM) return { entries: [], faults: [faultAt(1)(null, 'too-large', `more than ${ENTRIES_MAXIMUM} interfaces`)] };
  const entries = records.map(({ line, values }) => {
    if (values.length > columns.length) faults.push(faultAt(line)(null, 'wrong-columns', `${values.length} values under ${columns.length} columns`));
    return { entry: Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ''])), fault: faultAt(line) };
  });
  return { entries, faults };
}

function fromYaml(body: string, file: string): Read {
  const source = readSource(body, file, schema, keys);
  const faults = [...source.faults];
  if (source.value === undefined) return { entries: [], faults };
  if (source.value.length > ENTRIES_MAXIMUM) return { entries: [], faults: [source.fault([], 'too-large', `more than ${ENTRIES_MAXIMUM} interfaces`)] };
  const entries = source.value.map((written, index) => {
    // A version written without quotes is a number to YAML: 1.0 becomes 1.
    const version = typeof written.version === 'number' ? (Number.isInteger(written.version) ? `${written.version}.0` : String(written.version)) : written.version;
    const entry: Entry = { uuid: written.uuid, name: written.name, ...(version === undefined ? {} : { version }), ...(written.service === undefined ? {} : { service: written.service }), ...(written.description === undefined ? {} : { description: written.description }) };
    const fault: MakeFault = (key, code, text, near) => source.fault(key === null ? [index] : [index, key], code, text, near === undefined ? {} : { nearest: near });
    return { entry, fault };
  });
  return { entries, faults };
}
