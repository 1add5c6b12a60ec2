/**
 * SMB 2 and 3 messages ([MS-SMB2] 2.2), little-endian. `start` is the header's first byte (`FE "SMB"`); offsets in fields count
 * from there. Messages may be cut: what lies at or past `limit` is not read.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import type { Role } from '../recogniser.js';
import { WaitingTable } from '../waiting-table.js';
import { uint16Le, uint32Le } from '../wire-integer.js';
import { utf16Text } from '../wire-text.js';
import { isBind } from './pipes.js';
import { readNetworkInterfaces } from './network-interfaces.js';
import type { FileId, Pipe, SmbPipes } from './pipes.js';
import type { SmbSession } from './session.js';

export const SMB2_HEADER_LENGTH = 64;

const STATUS = 8;
const COMMAND = 12;
const FLAGS = 16;
const NEXT_COMMAND = 20;
const MESSAGE_ID = 24;
const TREE_ID = 36;
const BODY = SMB2_HEADER_LENGTH;
const RESPONSE = 1;
const ASYNC = 2;
const COMPOUND_MAXIMUM = 32;

const NEGOTIATE = 0;
const SESSION_SETUP = 1;
const TREE_CONNECT = 3;
const CREATE = 5;
const CLOSE = 6;
export const SMB2_READ = 8;
export const SMB2_WRITE = 9;
const IOCTL = 11;
const PIPE_TRANSCEIVE = 0x0011c017;
const QUERY_NETWORK_INTERFACES = 0x001401fc;
const BUFFER_OVERFLOW = 0x80000005;

const SIGNING_REQUIRED = 2;
const SESSION_GUEST = 1;
const SESSION_ANONYMOUS = 2;
const SESSION_ENCRYPT = 4;
const SHARE_ENCRYPT = 0x8000;
const SHARE_PIPE = 2;
const CONTEXT_NETNAME = 5;
const CONTEXTS_MAXIMUM = 16;
const WAITING_MAXIMUM = 16;

const DIALECTS: ReadonlyMap<number, string> = new Map([
  [0x0202, '2.0.2'], [0x0210, '2.1'], [0x0300, '3.0'], [0x0302, '3.0.2'], [0x0311, '3.1.1'],
]);
/** The answer to an SMB1 negotiate: a real SMB2 negotiate follows. */
const WILDCARD = 0x02ff;

export class Smb2Reader {
  private readonly session: SmbSession;
  /** Paths of tree connects that are not answered yet, by message id. These four are made when they are first needed. */
  private readonly waiting = new WaitingTable<string>();
  private pipeTrees: Set<number> | null = null;
  private readonly pipes: SmbPipes;
  /** Names of pipes being opened, and files being read, by message id. */
  private readonly opening = new WaitingTable<string>();
  private readonly reading = new WaitingTable<FileId>();

  constructor(session: SmbSession, pipes: SmbPipes) {
    this.session = session;
    this.pipes = pipes;
  }

  /** Reads a message and those compounded with it. Answers the last command, or -1 when the header is cut. */
  read(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): number {
    let command = -1;
    for (let count = 0; count < COMPOUND_MAXIMUM && limit - start >= SMB2_HEADER_LENGTH; count++) {
      command = uint16Le(bytes, start + COMMAND);
      const next = uint32Le(bytes, start + NEXT_COMMAND);
      const end = next >= SMB2_HEADER_LENGTH && next <= limit - start ? start + next : limit;
      if ((uint32Le(bytes, start + FLAGS) & RESPONSE) === 0) this.request(command, bytes, start, end, at);
      else this.response(command, bytes, start, end, at);
      if (next < SMB2_HEADER_LENGTH) break;
      start += next;
    }
    return command;
  }

  private request(command: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const body = start + BODY;
    const available = limit - body;
    if (command === NEGOTIATE && available >= 36) {
      this.negotiateContexts(bytes, start, limit, uint32Le(bytes, body + 28), uint16Le(bytes, body + 32), body + 36);
    } else if (command === SESSION_SETUP && available >= 24) {
      this.token(bytes, start, limit, uint16Le(bytes, body + 12), uint16Le(bytes, body + 14), at);
    } else if (command === TREE_CONNECT && available >= 8) {
      this.waiting.add(uint32Le(bytes, start + MESSAGE_ID), text(bytes, start, limit, uint16Le(bytes, body + 4), uint16Le(bytes, body + 6)), WAITING_MAXIMUM);
    } else if (command === CREATE && available >= 48 && this.pipeTrees?.has(uint32Le(bytes, start + TREE_ID)) === true) {
      const name = text(bytes, start, limit, uint16Le(bytes, body + 44), uint16Le(bytes, body + 46));
      this.session.pipeOpened(name);
      this.opening.add(uint32Le(bytes, start + MESSAGE_ID), name, WAITING_MAXIMUM);
    } else {
      if (command === SMB2_WRITE && available >= 32 && isBind(bytes, start + uint16Le(bytes, body + 2), limit, uint32Le(bytes, body + 4))) {
        this.pipes.suspected(uint32Le(bytes, body + 16), uint32Le(bytes, body + 24), uint32Le(bytes, body + 28));
      }
      if (this.pipes.wanted) this.pipeRequest(command, bytes, start, limit, at);
    }
  }

  private response(command: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const status = uint32Le(bytes, start + STATUS);
    const body = start + BODY;
    const available = limit - body;
    if (command === NEGOTIATE) {
      this.session.negotiateAnswered(status, at);
      if (status !== 0 || available < 64) return;
      const dialect = uint16Le(bytes, body + 4);
      if (dialect === WILDCARD) return;
      this.session.dialect(DIALECTS.get(dialect) ?? `0x${dialect.toString(16).padStart(4, '0')}`);
      this.session.signing((uint16Le(bytes, body + 2) & SIGNING_REQUIRED) !== 0);
    } else if (command === SESSION_SETUP) {
      if (available >= 8) {
        this.token(bytes, start, limit, uint16Le(bytes, body + 4), uint16Le(bytes, body + 6), at);
        if (status === 0) this.sessionFlags(uint16Le(bytes, body + 2), at);
      }
      this.session.sessionAnswered(status, at);
    } else if (command === TREE_CONNECT) {
      const id = uint32Le(bytes, start + MESSAGE_ID);
      const path = this.waiting.get(id) ?? '';
      this.session.treeAnswered(status, path, at);
      if (status !== 0 || available < 16) return;
      this.waiting.delete(id);
      if ((uint32Le(bytes, body + 4) & SHARE_ENCRYPT) !== 0) this.session.encrypted(at);
      const synchronous = (uint32Le(bytes, start + FLAGS) & ASYNC) === 0;
      if (!synchronous || bytes[body + 2] !== SHARE_PIPE) return;
      const trees = (this.pipeTrees ??= new Set<number>());
      if (trees.size < WAITING_MAXIMUM) trees.add(uint32Le(bytes, start + TREE_ID));
    } else if (command === CREATE && available >= 80 && status === 0) {
      const name = this.opening.take(uint32Le(bytes, start + MESSAGE_ID));
      if (name !== undefined) this.pipes.opened(uint32Le(bytes, body + 64), uint32Le(bytes, body + 72), uint32Le(bytes, body + 76), name);
    } else if (command === IOCTL && status === 0 && available >= 48 && uint32Le(bytes, body + 4) === QUERY_NETWORK_INTERFACES) {
      const from = start + uint32Le(bytes, body + 32);
      this.session.networkInterfaces(readNetworkInterfaces(bytes, from, Math.min(limit, from + uint32Le(bytes, body + 36))), at);
    } else if (this.pipes.wanted && (status === 0 || status === BUFFER_OVERFLOW)) {
      this.pipeResponse(command, bytes, start, limit, at);
    }
  }

  private pipeRequest(command: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const body = start + BODY;
    const available = limit - body;
    if (command === SMB2_WRITE && available >= 32) {
      this.pipeData(this.pipe(bytes, body + 16), 'client', bytes, start, limit, uint16Le(bytes, body + 2), uint32Le(bytes, body + 4), at);
    } else if (command === SMB2_READ && available >= 32) {
      this.reading.add(uint32Le(bytes, start + MESSAGE_ID), { first: uint32Le(bytes, body + 16), second: uint32Le(bytes, body + 24), third: uint32Le(bytes, body + 28) }, WAITING_MAXIMUM);
    } else if (command === IOCTL && available >= 32 && uint32Le(bytes, body + 4) === PIPE_TRANSCEIVE) {
      this.pipeData(this.pipe(bytes, body + 8), 'client', bytes, start, limit, uint32Le(bytes, body + 24), uint32Le(bytes, body + 28), at);
    } else if (command === CLOSE && available >= 24) {
      this.pipes.closed(uint32Le(bytes, body + 8), uint32Le(bytes, body + 16), uint32Le(bytes, body + 20));
    }
  }

  private pipeResponse(command: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const body = start + BODY;
    const available = limit - body;
    if (command === SMB2_READ && available >= 16) {
      const file = this.reading.take(uint32Le(bytes, start + MESSAGE_ID));
      if (file !== undefined) this.pipeData(this.pipes.find(file.first, file.second, file.third), 'server', bytes, start, limit, bytes[body + 2]!, uint32Le(bytes, body + 4), at);
    } else if (command === IOCTL && available >= 48 && uint32Le(bytes, body + 4) === PIPE_TRANSCEIVE) {
      this.pipeData(this.pipe(bytes, body + 8), 'server', bytes, start, limit, uint32Le(bytes, body + 32), uint32Le(bytes, body + 36), at);
    }
  }

  /** The pipe with this id, if it is one: the volatile half of a file id and what makes it unique, as persistent ids of pipes are all alike on some servers. */
  private pipe(bytes: Uint8Array, at: number): Pipe | undefined {
    return this.pipes.find(uint32Le(bytes, at), uint32Le(bytes, at + 8), uint32Le(bytes, at + 12));
  }

  private pipeData(
    pipe: Pipe | undefined, role: Role, bytes: Uint8Array, start: number, limit: number, offset: number, length: number, at: PacketPosition,
  ): void {
    const from = start + offset;
    const to = Math.min(limit, from + length);
    if (pipe !== undefined && offset >= BODY) this.pipes.data(pipe, role, bytes, from, to, from + length - to, at);
  }

  private sessionFlags(flags: number, at: PacketPosition): void {
    if ((flags & SESSION_GUEST) !== 0) this.session.guest();
    if ((flags & SESSION_ANONYMOUS) !== 0) this.session.anonymous();
    if ((flags & SESSION_ENCRYPT) !== 0) this.session.encrypted(at);
  }

  private token(bytes: Uint8Array, start: number, limit: number, offset: number, length: number, at: PacketPosition): void {
    if (length === 0 || offset < BODY) return;
    this.session.token(bytes, start + offset, Math.min(limit, start + offset + length), at);
  }

  /** Negotiate contexts exist from 3.1.1 on; before, their place held a time that is zero. */
  private negotiateContexts(bytes: Uint8Array, start: number, limit: number, offset: number, count: number, dialects: number): void {
    if (offset < dialects - start || count === 0) return;
    let at = start + offset;
    for (let index = 0; index < Math.min(count, CONTEXTS_MAXIMUM) && limit - at >= 8; index++) {
      const length = uint16Le(bytes, at + 2);
      if (uint16Le(bytes, at) === CONTEXT_NETNAME) this.session.serverName(utf16Text(bytes, at + 8, Math.min(limit, at + 8 + length)));
      at += 8 + ((length + 7) & ~7);
    }
  }
}

function text(bytes: Uint8Array, start: number, limit: number, offset: number, length: number): string {
  return utf16Text(bytes, start + offset, Math.min(limit, start + offset + length));
}
