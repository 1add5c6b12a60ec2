/**
 * DCE/RPC over named pipes ([MS-RPCE] 2.1.1.2): what is written to and read from a pipe is a connection of its own. Several may be
 * open on one SMB connection. Their binds and refusals are told as events with the pipe's name; facts of the flow stay those of SMB.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { RpcConnection } from '../dcerpc/connection.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { uint16Le } from '../wire-integer.js';

const PIPES_MAXIMUM = 16;
const RPC_VERSION = 5;
const BIND = 11;
const WHOLE = 3;
const LITTLE_ENDIAN = 0x10;
const FRAGMENT_LENGTH = 8;

/** What tells an open file from others on its connection, as far as its version of SMB has numbers for it; the rest is {@link NO_NUMBER}. */
export interface FileId {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

export const NO_NUMBER = -1;

export interface Pipe extends FileId {
  readonly name: string;
  connection: ProtocolAnalyzer | undefined;
}

export class SmbPipes {
  private readonly context: AnalysisContext;
  /** Most connections open no pipe with RPC. They are found by comparing numbers: a key of text would have to be made for every message. */
  private open: Pipe[] | null = null;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  /** Whether a pipe is open that is still worth reading. */
  get wanted(): boolean {
    return this.open !== null && this.open.length > 0;
  }

  find(first: number, second: number, third: number): Pipe | undefined {
    const { open } = this;
    if (open === null) return undefined;
    for (let index = 0; index < open.length; index++) {
      const pipe = open[index]!;
      if (pipe.first === first && pipe.second === second && pipe.third === third) return pipe;
    }
    return undefined;
  }

  opened(first: number, second: number, third: number, name: string): void {
    const open = (this.open ??= []);
    if (open.length >= PIPES_MAXIMUM) return;
    const pipe: Pipe = { first, second, third, name, connection: undefined };
    const before = this.find(first, second, third);
    if (before === undefined) open.push(pipe);
    else open[open.indexOf(before)] = pipe;
  }

  /** A bind was written to this file: where its opening was not captured, it is a pipe whose name is not known. */
  suspected(first: number, second: number, third: number): void {
    if (this.find(first, second, third) === undefined) this.opened(first, second, third, '');
  }

  closed(first: number, second: number, third: number): void {
    const pipe = this.find(first, second, third);
    if (pipe === undefined) return;
    pipe.connection?.end?.();
    this.remove(pipe);
  }

  /** @param missing bytes that follow these, but are not at hand. */
  data(pipe: Pipe, role: Role, bytes: Uint8Array, start: number, limit: number, missing: number, at: PacketPosition): void {
    if (limit <= start) return;
    if (pipe.connection === undefined) {
      // Not every pipe carries RPC: an event log or an agent speaks what it likes.
      if (bytes[start] !== RPC_VERSION) {
        this.remove(pipe);
        return;
      }
      pipe.connection = new RpcConnection(new PipeContext(this.context), `\\PIPE\\${pipe.name.replace(/^\\?(PIPE\\)?/i, '')}`);
    }
    const wanted = pipe.connection.data(role, bytes, start, limit, at) && (missing === 0 || pipe.connection.gap?.(role) === true);
    if (!wanted) this.remove(pipe);
  }

  end(): void {
    if (this.open === null) return;
    for (const { connection } of this.open) connection?.end?.();
    this.open = null;
  }

  private remove(pipe: Pipe): void {
    const index = this.open?.indexOf(pipe) ?? -1;
    if (index >= 0) this.open!.splice(index, 1);
  }
}

/** Whether `length` bytes, of which those up to `limit` are at hand, are a bind: version 5.0, in one fragment (C706 12.6.3.1). */
export function isBind(bytes: Uint8Array, start: number, limit: number, length: number): boolean {
  return limit - start > FRAGMENT_LENGTH + 2 && bytes[start] === RPC_VERSION && bytes[start + 1] === 0 && bytes[start + 2] === BIND
    && (bytes[start + 3]! & WHOLE) === WHOLE && bytes[start + 4] === LITTLE_ENDIAN && uint16Le(bytes, start + FRAGMENT_LENGTH) === length;
}

/** Failures are those of the flow, facts are not. */
class PipeContext implements AnalysisContext {
  readonly transport: AnalysisContext['transport'];
  readonly client: AnalysisContext['client'];
  readonly server: AnalysisContext['server'];
  readonly events: AnalysisContext['events'];
  private readonly outer: AnalysisContext;

  constructor(outer: AnalysisContext) {
    this.transport = outer.transport;
    this.client = outer.client;
    this.server = outer.server;
    this.events = outer.events;
    this.outer = outer;
  }

  protocol(): void { /* that of the flow stays */ }
  fact(): void { /* it would be one of the flow */ }
  failure(failure: Parameters<AnalysisContext['failure']>[0], at: PacketPosition): void { this.outer.failure(failure, at); }
  malformed(what: string, at: PacketPosition): void { this.outer.malformed(what, at); }
}
