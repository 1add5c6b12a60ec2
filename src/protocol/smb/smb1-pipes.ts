/**
 * What is written to and read from named pipes with SMB 1 ([MS-CIFS] 2.2.4): WRITE_ANDX, READ_ANDX and the TransactNmPipe call of
 * TRANSACTION. `words` is the first parameter word of a command; offsets of data count from the header at `start`. Answers name no
 * file: they are told by the multiplex id of the question.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import type { Role } from '../recogniser.js';
import { WaitingTable } from '../waiting-table.js';
import { uint16Le } from '../wire-integer.js';
import { NO_NUMBER } from './pipes.js';
import type { SmbPipes } from './pipes.js';

const CLOSE = 0x04;
const TRANSACTION = 0x25;
const TRANSACTION_SECONDARY = 0x26;
export const SMB1_READ = 0x2e;
export const SMB1_WRITE = 0x2f;

/** Of the answer to NT_CREATE_ANDX (2.2.4.64.2). */
const RESOURCE_TYPE = 63;
const BYTE_PIPE = 1;
const MESSAGE_PIPE = 2;
const TRANSACT_NAMED_PIPE = 0x26;
/** Of WRITE_ANDX: the data begins with the length of the message (2.2.4.43.1). */
const RAW_MESSAGE_START = 0x0c;
const RAW_LENGTH = 2;
const WAITING_MAXIMUM = 64;

export class Smb1Pipes {
  private readonly pipes: SmbPipes;
  /** Files of questions that are not answered, by multiplex id. */
  private readonly asked = new WaitingTable<number>();
  /** Names of pipes being opened, by multiplex id. */
  private readonly opening = new WaitingTable<string>();

  constructor(pipes: SmbPipes) {
    this.pipes = pipes;
  }

  /** An NT_CREATE_ANDX: what it opens, its answer will tell. */
  open(multiplexId: number, name: string): void {
    this.opening.add(multiplexId, name, WAITING_MAXIMUM);
  }

  /** The answer to it. Answers the name of the pipe, or '' when it opened something else. */
  opened(multiplexId: number, bytes: Uint8Array, limit: number, words: number, isPipeTree: boolean): string {
    const name = this.opening.take(multiplexId) ?? '';
    if (name === '' || words + RESOURCE_TYPE + 2 > limit) return '';
    const type = uint16Le(bytes, words + RESOURCE_TYPE);
    // The tree connect may not have been captured: then the type of the resource says that it is a pipe.
    if (!isPipeTree && type !== BYTE_PIPE && type !== MESSAGE_PIPE) return '';
    this.pipes.opened(uint16Le(bytes, words + 5), NO_NUMBER, NO_NUMBER, name);
    return name;
  }

  request(command: number, multiplexId: number, bytes: Uint8Array, start: number, limit: number, words: number, wordCount: number, at: PacketPosition): void {
    if (!this.pipes.wanted) return;
    if (command === SMB1_WRITE && wordCount >= 12) {
      const hasLength = (uint16Le(bytes, words + 14) & RAW_MESSAGE_START) === RAW_MESSAGE_START ? RAW_LENGTH : 0;
      const length = uint16Le(bytes, words + 20) - hasLength;
      this.data(uint16Le(bytes, words + 4), 'client', bytes, start, limit, uint16Le(bytes, words + 22) + hasLength, length, at);
    } else if (command === SMB1_READ && wordCount >= 10) {
      this.asked.add(multiplexId, uint16Le(bytes, words + 4), WAITING_MAXIMUM);
    } else if (command === TRANSACTION && wordCount >= 16 && uint16Le(bytes, words + 28) === TRANSACT_NAMED_PIPE) {
      const file = uint16Le(bytes, words + 30);
      this.asked.add(multiplexId, file, WAITING_MAXIMUM);
      this.data(file, 'client', bytes, start, limit, uint16Le(bytes, words + 24), uint16Le(bytes, words + 22), at);
    } else if (command === TRANSACTION_SECONDARY && wordCount >= 8) {
      const file = this.asked.get(multiplexId);
      if (file !== undefined) this.data(file, 'client', bytes, start, limit, uint16Le(bytes, words + 12), uint16Le(bytes, words + 10), at);
    } else if (command === CLOSE && wordCount >= 1) {
      this.pipes.closed(uint16Le(bytes, words), NO_NUMBER, NO_NUMBER);
    }
  }

  /** To be called for success and for STATUS_BUFFER_OVERFLOW, which says that the message goes on in the next read. */
  response(command: number, multiplexId: number, bytes: Uint8Array, start: number, limit: number, words: number, wordCount: number, at: PacketPosition): void {
    const file = this.asked.get(multiplexId);
    if (file === undefined) return;
    if (command === SMB1_READ && wordCount >= 12) {
      this.asked.delete(multiplexId);
      this.data(file, 'server', bytes, start, limit, uint16Le(bytes, words + 12), uint16Le(bytes, words + 10), at);
    } else if (command === TRANSACTION && wordCount >= 10) {
      // An answer may come in several messages; the id is good for all of them.
      if (uint16Le(bytes, words + 12) + uint16Le(bytes, words + 16) >= uint16Le(bytes, words + 2)) this.asked.delete(multiplexId);
      this.data(file, 'server', bytes, start, limit, uint16Le(bytes, words + 14), uint16Le(bytes, words + 12), at);
    }
  }

  private data(file: number, role: Role, bytes: Uint8Array, start: number, limit: number, offset: number, length: number, at: PacketPosition): void {
    const from = start + offset;
    const to = Math.min(limit, from + length);
    const pipe = length > 0 ? this.pipes.find(file, NO_NUMBER, NO_NUMBER) : undefined;
    if (pipe !== undefined) this.pipes.data(pipe, role, bytes, from, to, from + length - to, at);
  }
}
