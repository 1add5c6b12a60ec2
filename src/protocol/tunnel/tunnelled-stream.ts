/**
 * A stream inside another one, behind a proxy's or a gateway's word that the way is open. What it is is recognised as for a flow: by the
 * first bytes of either side, which are held (bounded) until somebody is sure.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { ByteQueue, copyPosition } from '../byte-queue.js';
import type { RecogniserIndex } from '../recogniser-index.js';
import { Recognition } from '../recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { TunnelContext } from './tunnel-context.js';

const HELD_MAXIMUM = 4096;

class Side {
  readonly queue = new ByteQueue(HELD_MAXIMUM + 66_000);
  at: Readonly<PacketPosition> | undefined;
  /** Nobody knows its beginning. */
  unknown = false;
}

export class TunnelledStream implements ProtocolAnalyzer {
  private readonly context: TunnelContext;
  private readonly index: RecogniserIndex;
  private readonly port: number;
  private readonly sides: Readonly<Record<Role, Side>> = { client: new Side(), server: new Side() };
  private inner: ProtocolAnalyzer | undefined;

  /**
   * @param index what may be spoken inside; one for all tunnels of a kind.
   * @param port at the far end, where it is known: a hint, as the port of a flow is.
   */
  constructor(outer: AnalysisContext, index: RecogniserIndex, port: number) {
    this.context = new TunnelContext(outer);
    this.index = index;
    this.port = port;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.inner !== undefined) return this.inner.data(role, bytes, start, limit, at);
    const side = this.sides[role];
    if (side.unknown) return true;
    const { queue } = side;
    if (!queue.append(bytes, start, limit)) return false;
    const said = role === 'client' ? this.ask(queue, 0, this.port) : this.ask(queue, this.port, 0);
    if (said > Recognition.more) return this.begin(role, at);
    side.unknown = said === Recognition.no || queue.length > HELD_MAXIMUM;
    if (side.unknown) queue.clear();
    side.at ??= copyPosition(at);
    return !(this.sides.client.unknown && this.sides.server.unknown) && queue.keep();
  }

  gap(role: Role): boolean {
    if (this.inner !== undefined) return this.inner.gap?.(role) ?? false;
    this.sides[role].queue.clear();
    return true;
  }

  end(): void {
    this.inner?.end?.();
  }

  private ask({ bytes, start, limit }: ByteQueue, senderPort: number, receiverPort: number): Recognition {
    return this.index.recognise(bytes, start, limit, senderPort, receiverPort);
  }

  /** What the other side said before comes first. */
  private begin(role: Role, at: PacketPosition): boolean {
    const recogniser = this.index.matched!;
    this.context.protocol(recogniser.protocol);
    this.inner = recogniser.analyse(this.context);
    const other: Role = role === 'client' ? 'server' : 'client';
    return this.replay(other, this.sides[other].at ?? at) && this.replay(role, at);
  }

  private replay(role: Role, at: PacketPosition): boolean {
    const { queue } = this.sides[role];
    const { bytes, start, limit } = queue;
    queue.clear();
    return start === limit || this.inner!.data(role, bytes, start, limit, at);
  }
}
