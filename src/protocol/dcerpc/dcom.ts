/**
 * Answers of RPCSS that hand out the ports of object exporters ([MS-DCOM] 3.1.2.5): ResolveOxid, ResolveOxid2, ServerAlive2 of
 * IObjectExporter, RemoteActivation of IActivation, and the activation properties of IRemoteSCMActivator.
 */
import type { Stub } from './endpoint-mapper.js';
import { NdrReader } from './ndr-reader.js';
import { readDualStringArray, scanStringBindings } from './string-bindings.js';
import type { StringBinding } from './string-bindings.js';
import { ACTIVATION, OBJECT_EXPORTER, REMOTE_ACTIVATOR } from './well-known.js';

export interface DcomAnswer {
  readonly bindings: readonly StringBinding[];
  /** HRESULT or error status at the end of the stub. */
  readonly status: number;
}

/** Operations whose answers are read. */
export function isDcomAnswer(uuid: string, opnum: number): boolean {
  return READERS.get(uuid)?.has(opnum) ?? false;
}

/** Reads strictly; where that finds nothing, scans for bindings with a port. */
export function readDcomAnswer(stub: Stub, uuid: string, opnum: number, wide: boolean): DcomAnswer {
  const read = READERS.get(uuid)?.get(opnum);
  const reader = new NdrReader(stub.bytes, stub.start, stub.limit, stub.littleEndian, wide);
  const bindings = read?.(reader) ?? scanStringBindings(stub.bytes, stub.start, stub.limit);
  const STATUS_LENGTH = 4;
  const tail = new NdrReader(stub.bytes, stub.limit - STATUS_LENGTH, stub.limit, stub.littleEndian, false);
  return { bindings, status: stub.limit - stub.start >= STATUS_LENGTH ? tail.uint32() : 0 };
}

type Reader = (reader: NdrReader) => StringBinding[] | undefined;

const READERS: ReadonlyMap<string, ReadonlyMap<number, Reader>> = new Map([
  [OBJECT_EXPORTER, new Map<number, Reader>([[0, readResolveOxid], [4, readResolveOxid], [5, readServerAlive2]])],
  [REMOTE_ACTIVATOR, new Map<number, Reader>([[3, readActivation], [4, readActivation]])],
  [ACTIVATION, new Map<number, Reader>([[0, readRemoteActivation]])],
]);

/** Empty when the pointer is null: the call failed. */
function readResolveOxid(reader: NdrReader): StringBinding[] | undefined {
  return reader.size() === 0 ? settled(reader, []) : readDualStringArray(reader);
}

function readServerAlive2(reader: NdrReader): StringBinding[] | undefined {
  const COMVERSION_LENGTH = 4;
  reader.take(COMVERSION_LENGTH);
  return readResolveOxid(reader);
}

/** [MS-DCOM] 3.1.2.5.2.3.1: ORPCTHAT, OXID, bindings, and what is not needed. */
function readRemoteActivation(reader: NdrReader): StringBinding[] | undefined {
  if (!skipOrpcThat(reader)) return undefined;
  reader.align(8);
  reader.take(8);
  return readResolveOxid(reader);
}

/** ORPCTHAT and a marshalled pointer to the properties ([MS-DCOM] 3.1.2.5.2.3.3). */
function readActivation(reader: NdrReader): StringBinding[] | undefined {
  if (!skipOrpcThat(reader)) return undefined;
  if (reader.size() === 0) return settled(reader, []);
  reader.size();
  const length = reader.uint32();
  const at = reader.take(length);
  return at < 0 ? undefined : readActivationProperties(reader.bytes, at, at + length);
}

/** ORPCTHAT without extensions ([MS-DCOM] 2.2.13.4): answers false when it has some. */
function skipOrpcThat(reader: NdrReader): boolean {
  reader.uint32();
  return reader.size() === 0 && !reader.failed;
}

function settled(reader: NdrReader, bindings: StringBinding[]): StringBinding[] | undefined {
  return reader.failed ? undefined : bindings;
}

const OBJREF_SIGNATURE = 0x574f454d; // MEOW
const OBJREF_CUSTOM = 4;
/** Signature, flags, IID, CLSID, extension, size: where the activation blob begins ([MS-DCOM] 2.2.18.6). */
const OBJREF_CUSTOM_LENGTH = 48;
/** Size and reserved word before the custom header ([MS-DCOM] 2.2.22). */
const BLOB_HEADER_LENGTH = 8;
/** Common and private header of type serialisation ([MS-RPCE] 2.2.6). */
const SERIALISATION_LENGTH = 16;
const SCM_REPLY_INFO = '000001b6-0000-0000-c000-000000000046';
const PROPERTIES_MAXIMUM = 64;

/** The blob is little-endian NDR whatever the call has ([MS-DCOM] 2.2.22). */
function readActivationProperties(bytes: Uint8Array, start: number, limit: number): StringBinding[] | undefined {
  const objref = new NdrReader(bytes, start, limit, true, false);
  if (objref.uint32() !== OBJREF_SIGNATURE || objref.uint32() !== OBJREF_CUSTOM) return undefined;
  const customHeader = start + OBJREF_CUSTOM_LENGTH + BLOB_HEADER_LENGTH;
  if (limit - customHeader < SERIALISATION_LENGTH) return undefined;
  const header = new NdrReader(bytes, customHeader + SERIALISATION_LENGTH, limit, true, false);
  header.uint32(); // total size
  const headerLength = header.uint32();
  header.uint32();
  header.uint32(); // destination context
  const count = header.uint32();
  header.uuid();
  if (header.uint32() === 0 || header.uint32() === 0 || count > PROPERTIES_MAXIMUM) return undefined;
  header.uint32();
  const classes: string[] = [];
  header.uint32();
  for (let index = 0; index < count; index++) classes.push(header.uuid());
  header.uint32();
  let at = customHeader + headerLength;
  for (let index = 0; index < count; index++) {
    const length = header.uint32();
    if (header.failed || length < SERIALISATION_LENGTH || at + length > limit) return undefined;
    if (classes[index] === SCM_REPLY_INFO) return readScmReply(new NdrReader(bytes, at + SERIALISATION_LENGTH, at + length, true, false));
    at += length;
  }
  return header.failed ? undefined : [];
}

/** ScmReplyInfoData ([MS-DCOM] 2.2.22.2.8). */
function readScmReply(reader: NdrReader): StringBinding[] | undefined {
  const IPID_LENGTH = 16;
  const HINT_AND_VERSION_LENGTH = 8;
  if (reader.uint32() !== 0) return undefined;
  if (reader.uint32() === 0) return settled(reader, []);
  reader.align(8);
  reader.take(8); // OXID
  const bindings = reader.uint32();
  reader.take(IPID_LENGTH + HINT_AND_VERSION_LENGTH);
  return bindings === 0 ? settled(reader, []) : readDualStringArray(reader);
}
