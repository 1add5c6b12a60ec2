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

interface Pipe {
  readonly name: string;
  connection: ProtocolAnalyzer | undefined;
}

export class SmbPipes {
  private readonly context: AnalysisContext;
  /** Most connections open no pipe with RPC. */
  private open: Map<string, Pipe> | null = null;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  /** Whether a pipe is open that is still worth reading. */
  get wanted(): boolean {
    return this.open !== null && this.open.size > 0;
  }

  /** @param file id of the open file, as it is repeated in what concerns it. */
  opened(file: string, name: string): void {
    const open = (this.open ??= new Map<string, Pipe>());
    if (open.size < PIPES_MAXIMUM) open.set(file, { name, connection: undefined });
  }

  /** A bind was written to this file: where its opening was not captured, it is a pipe whose name is not known. */
  suspected(file: string): void {
    if (this.open?.has(file) !== true) this.opened(file, '');
  }

  closed(file: string): void {
    this.open?.get(file)?.connection?.end?.();
    this.open?.delete(file);
  }

  /** @param missing bytes that follow these, but are not at hand. */
  data(file: string, role: Role, bytes: Uint8Array, start: number, limit: number, missing: number, at: PacketPosition): void {
    const { open } = this;
    const pipe = open?.get(file);
    if (open === null || pipe === undefined || limit <= start) return;
    if (pipe.connection === undefined) {
      // Not every pipe carries RPC: an event log or an agent speaks what it likes.
      if (bytes[start] !== RPC_VERSION) {
        open.delete(file);
        return;
      }
      pipe.connection = new RpcConnection(pipeContext(this.context), `\\PIPE\\${pipe.name.replace(/^\\?(PIPE\\)?/i, '')}`);
    }
    const wanted = pipe.connection.data(role, bytes, start, limit, at) && (missing === 0 || pipe.connection.gap?.(role) === true);
    if (!wanted) open.delete(file);
  }

  end(): void {
    if (this.open === null) return;
    for (const { connection } of this.open.values()) connection?.end?.();
    this.open = null;
  }
}

/** Whether `length` bytes, of which those up to `limit` are at hand, are a bind: version 5.0, in one fragment (C706 12.6.3.1). */
export function isBind(bytes: Uint8Array, start: number, limit: number, length: number): boolean {
  return limit - start > FRAGMENT_LENGTH + 2 && bytes[start] === RPC_VERSION && bytes[start + 1] === 0 && bytes[start + 2] === BIND
    && (bytes[start + 3]! & WHOLE) === WHOLE && bytes[start + 4] === LITTLE_ENDIAN && uint16Le(bytes, start + FRAGMENT_LENGTH) === length;
}

/** Failures are those of the flow, facts are not. */
function pipeContext(context: AnalysisContext): AnalysisContext {
  const { transport, client, server, events } = context;
  return {
    transport, client, server, events, protocol: () => undefined, fact: () => undefined,
    failure: (failure, at) => { context.failure(failure, at); }, malformed: (what, at) => { context.malformed(what, at); },
  };
}
