/**
 * SMB 1 messages ([MS-CIFS] 2.2.3, [MS-SMB] 2.2.4), little-endian: header of 32 bytes, a count of 16-bit words, the words, a byte
 * count, the bytes. AndX commands are chained: word 0 names the next command, word 1 where it is, counted from the header.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { WaitingTable } from '../waiting-table.js';
import { uint16Le, uint32Le } from '../wire-integer.js';
import { indexOfByte, latinText, utf16Text } from '../wire-text.js';
import type { SmbPipes } from './pipes.js';
import type { SmbSession } from './session.js';
import { Smb1Pipes } from './smb1-pipes.js';

export const SMB1_HEADER_LENGTH = 32;

const COMMAND = 4;
const STATUS = 5;
const FLAGS = 9;
const FLAGS2 = 10;
const TREE_ID = 24;
const MULTIPLEX_ID = 30;
const RESPONSE = 0x80;
const UNICODE = 0x8000;
const NT_STATUS = 0x4000;

const NEGOTIATE = 0x72;
const SESSION_SETUP = 0x73;
const TREE_CONNECT = 0x75;
const NT_CREATE = 0xa2;
const BUFFER_OVERFLOW = 0x80000005;
const NO_MORE = 0xff;
const CHAIN_MAXIMUM = 4;
const DIALECTS_MAXIMUM = 32;
const WAITING_MAXIMUM = 16;

const SIGNING_ENABLED = 4;
const SIGNING_REQUIRED = 8;
const NO_DIALECT = 0xffff;
const SETUP_WORDS_EXTENDED = 12;
const SETUP_WORDS_PLAIN = 13;
const ERROR_CLASSES = ['', 'ERRDOS', 'ERRSRV', 'ERRHRD'];

export class Smb1Reader {
  private readonly session: SmbSession;
  private dialects: string[] = [];
  private readonly waiting = new WaitingTable<string>();
  private readonly pipeTrees = new Set<number>();
  private readonly pipes: Smb1Pipes;

  constructor(session: SmbSession, pipes: SmbPipes) {
    this.session = session;
    this.pipes = new Smb1Pipes(pipes);
  }

  /** Reads a message and the commands chained to it. Answers the first command, or -1 when the header is cut. */
  read(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): number {
    if (limit - start < SMB1_HEADER_LENGTH + 1) return -1;
    const first = bytes[start + COMMAND]!;
    const isResponse = (bytes[start + FLAGS]! & RESPONSE) !== 0;
    let command = first;
    let place = start + SMB1_HEADER_LENGTH;
    for (let count = 0; count < CHAIN_MAXIMUM && place < limit; count++) {
      const words = place + 1;
      const wordCount = bytes[place]!;
      const data = words + 2 * wordCount + 2;
      if (isResponse) this.response(command, bytes, start, limit, words, wordCount, data, at);
      else if (data <= limit) this.request(command, bytes, start, limit, words, wordCount, data, at);
      const chained = (command === SESSION_SETUP || command === TREE_CONNECT) && wordCount >= 2 && words + 4 <= limit;
      if (!chained || bytes[words] === NO_MORE) break;
      command = bytes[words]!;
      const next = start + uint16Le(bytes, words + 2);
      if (next <= place) break;
      place = next;
    }
    return first;
  }

  private request(
    command: number, bytes: Uint8Array, start: number, limit: number, words: number, wordCount: number, data: number, at: PacketPosition,
  ): void {
    const unicode = (uint16Le(bytes, start + FLAGS2) & UNICODE) !== 0;
    if (command === NEGOTIATE) {
      this.dialects = offeredDialects(bytes, data, limit);
    } else if (command === SESSION_SETUP && wordCount === SETUP_WORDS_EXTENDED) {
      this.session.token(bytes, data, Math.min(limit, data + uint16Le(bytes, words + 14)), at);
    } else if (command === SESSION_SETUP && wordCount === SETUP_WORDS_PLAIN) {
      const account = data + uint16Le(bytes, words + 14) + uint16Le(bytes, words + 16);
      this.session.userName(name(bytes, start, account, limit, unicode));
    } else if (command === TREE_CONNECT && wordCount >= 4) {
      const path = name(bytes, start, data + uint16Le(bytes, words + 6), limit, unicode);
      this.waiting.add(uint16Le(bytes, start + MULTIPLEX_ID), path, WAITING_MAXIMUM);
    } else if (command === NT_CREATE && wordCount >= 24) {
      const file = name(bytes, start, data, limit, unicode).replace(/^\\/, '');
      if (this.pipeTrees.has(uint16Le(bytes, start + TREE_ID))) this.session.pipeOpened(file);
      this.pipes.open(uint16Le(bytes, start + MULTIPLEX_ID), file);
    } else {
      this.pipes.request(command, uint16Le(bytes, start + MULTIPLEX_ID), bytes, start, limit, words, wordCount, at);
    }
  }

  private response(
    command: number, bytes: Uint8Array, start: number, limit: number, words: number, wordCount: number, data: number, at: PacketPosition,
  ): void {
    const status = uint32Le(bytes, start + STATUS);
    if (status !== 0 && (uint16Le(bytes, start + FLAGS2) & NT_STATUS) === 0) {
      this.dosError(command, bytes[start + STATUS]!, uint16Le(bytes, start + STATUS + 2), start, bytes, at);
    } else if (command === NEGOTIATE) {
      this.session.negotiateAnswered(status, at);
      if (status === 0 && wordCount >= 1 && words + 3 <= limit) this.negotiated(bytes, words, wordCount, at);
    } else if (command === SESSION_SETUP) {
      if (wordCount === 4 && data <= limit) this.session.token(bytes, data, Math.min(limit, data + uint16Le(bytes, words + 6)), at);
      if (status === 0 && wordCount >= 3 && words + 6 <= limit && (bytes[words + 4]! & 1) !== 0) this.session.guest();
      this.session.sessionAnswered(status, at);
    } else if (command === TREE_CONNECT) {
      const path = this.waiting.get(uint16Le(bytes, start + MULTIPLEX_ID)) ?? '';
      this.session.treeAnswered(status, path, at);
      if (status === 0 && path.toUpperCase().endsWith('IPC$') && this.pipeTrees.size < WAITING_MAXIMUM) {
        this.pipeTrees.add(uint16Le(bytes, start + TREE_ID));
      }
    } else if (command === NT_CREATE) {
      const isPipeTree = this.pipeTrees.has(uint16Le(bytes, start + TREE_ID));
      const pipe = status === 0 && wordCount >= 34 ? this.pipes.opened(uint16Le(bytes, start + MULTIPLEX_ID), bytes, limit, words, isPipeTree) : '';
      this.session.pipeOpened(pipe);
    } else if (status === 0 || status === BUFFER_OVERFLOW) {
      this.pipes.response(command, uint16Le(bytes, start + MULTIPLEX_ID), bytes, start, limit, words, wordCount, at);
    }
  }

  private negotiated(bytes: Uint8Array, words: number, wordCount: number, at: PacketPosition): void {
    const index = uint16Le(bytes, words);
    if (index === NO_DIALECT) {
      this.session.fail('protocol', 'no common dialect', '', at);
      return;
    }
    this.session.dialect(this.dialects[index] ?? 'SMB 1');
    const security = wordCount >= 13 ? bytes[words + 2]! : 0;
    if ((security & (SIGNING_ENABLED | SIGNING_REQUIRED)) !== 0) this.session.signing((security & SIGNING_REQUIRED) !== 0);
  }

  private dosError(command: number, errorClass: number, code: number, start: number, bytes: Uint8Array, at: PacketPosition): void {
    const text = `${ERROR_CLASSES[errorClass] ?? `class ${errorClass}`} ${code}`;
    if (command === NEGOTIATE) this.session.fail('protocol', text, '', at);
    if (command === SESSION_SETUP) this.session.fail('authentication', text, '', at);
    if (command === TREE_CONNECT) this.session.fail('refused', text, this.waiting.get(uint16Le(bytes, start + MULTIPLEX_ID)) ?? '', at);
  }
}

/** Strings of a negotiate request: each a byte 02, text, zero. */
function offeredDialects(bytes: Uint8Array, start: number, limit: number): string[] {
  const dialects: string[] = [];
  for (let at = start; at < limit && dialects.length < DIALECTS_MAXIMUM && bytes[at] === 2;) {
    const end = indexOfByte(bytes, 0, at, limit);
    if (end < 0) break;
    dialects.push(latinText(bytes, at + 1, end));
    at = end + 1;
  }
  return dialects;
}

/** Text at `at`; UTF-16 begins at an even distance from the header. */
function name(bytes: Uint8Array, start: number, at: number, limit: number, unicode: boolean): string {
  if (unicode) return utf16Text(bytes, at + ((at - start) & 1), limit);
  const end = indexOfByte(bytes, 0, at, limit);
  return latinText(bytes, at, end < 0 ? limit : end);
}
