/**
 * DCE/RPC over named pipes ([MS-RPCE] 2.1.1.2): what is written to and read from a pipe is a connection of its own. Several may be
 * open on one SMB connection. Their binds and refusals are told as events with the pipe's name; facts of the flow stay those of SMB.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { RpcConnection } from '../dcerpc/connection.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';

const PIPES_MAXIMUM = 16;
const RPC_VERSION = 5;

export class SmbPipes {
  private readonly context: AnalysisContext;
  private readonly open = new Map<string, { readonly name: string; connection: ProtocolAnalyzer | undefined }>();

  constructor(context: AnalysisContext) {
    const { transport, client, server, events } = context;
    this.context = {
      transport, client, server, events, protocol: () => undefined, fact: () => undefined,
      failure: (failure, at) => { context.failure(failure, at); },
    };
  }

  /** Whether a pipe is open that is still worth reading. */
  get wanted(): boolean {
    return this.open.size > 0;
  }

  /** @param file id of the open file, as it is repeated in what concerns it. */
  opened(file: string, name: string): void {
    if (this.open.size < PIPES_MAXIMUM) this.open.set(file, { name, connection: undefined });
  }

  closed(file: string): void {
    this.open.get(file)?.connection?.end?.();
    this.open.delete(file);
  }

  /** @param missing bytes that follow these, but are not at hand. */
  data(file: string, role: Role, bytes: Uint8Array, start: number, limit: number, missing: number, at: PacketPosition): void {
    const pipe = this.open.get(file);
    if (pipe === undefined || limit <= start) return;
    if (pipe.connection === undefined) {
      // Not every pipe carries RPC: an event log or an agent speaks what it likes.
      if (bytes[start] !== RPC_VERSION) {
        this.open.delete(file);
        return;
      }
      pipe.connection = new RpcConnection(this.context, `\\PIPE\\${pipe.name.replace(/^\\?(PIPE\\)?/i, '')}`);
    }
    const wanted = pipe.connection.data(role, bytes, start, limit, at) && (missing === 0 || pipe.connection.gap?.(role) === true);
    if (!wanted) this.open.delete(file);
  }

  end(): void {
    for (const { connection } of this.open.values()) connection?.end?.();
    this.open.clear();
  }
}
