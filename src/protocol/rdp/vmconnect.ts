/**
 * Connections to the console of a virtual machine (TCP 2179, [MS-RDPEPS] 2.2.1): before X.224 or TLS the client names the machine in a
 * preconnection blob: size u32, flags u32 (0), version u32 (1 or 2), id u32, then for version 2 a count and UTF-16 text. All
 * little-endian. Proof: a size that agrees with version and count.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { ByteQueue } from '../byte-queue.js';
import { Recognition } from '../recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser, Role } from '../recogniser.js';
import { uint16Le, uint32Le } from '../wire-integer.js';
import { utf16Text } from '../wire-text.js';
import { RdpAnalyzer } from './analyzer.js';

const FLAGS = 4;
const VERSION = 8;
const ID = 12;
const COUNT = 16;
const TEXT = 18;
const VERSION1_SIZE = 16;
const SIZE_MAXIMUM = 1024;

export const vmconnect: Recogniser = {
  protocol: 'vmconnect',
  transport: 'tcp',
  ports: [2179],
  recognise(bytes, start, limit) {
    const available = limit - start;
    const first = bytes[start]!;
    if (first < VERSION1_SIZE && available < 2) return Recognition.no;
    if (available >= 2 && uint16Le(bytes, start) > SIZE_MAXIMUM) return Recognition.no;
    for (let at = 2; at < VERSION + 4 && at < available; at++) {
      if (at !== VERSION && bytes[start + at] !== 0) return Recognition.no;
    }
    if (available < VERSION1_SIZE) return Recognition.more;
    const size = uint32Le(bytes, start);
    const version = bytes[start + VERSION];
    if (version === 1) return size === VERSION1_SIZE ? Recognition.client : Recognition.no;
    if (version !== 2) return Recognition.no;
    if (available < TEXT) return Recognition.more;
    return size === TEXT + 2 * uint16Le(bytes, start + COUNT) && uint32Le(bytes, start + FLAGS) === 0 ? Recognition.client : Recognition.no;
  },
  analyse: (context) => new VmconnectAnalyzer(context),
};

class VmconnectAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private readonly queue = new ByteQueue(SIZE_MAXIMUM + 66_000);
  private readonly inner: RdpAnalyzer;
  private named = false;

  constructor(context: AnalysisContext) {
    this.context = context;
    this.inner = new RdpAnalyzer(context);
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (role === 'server' || this.named) return this.inner.data(role, bytes, start, limit, at);
    const queue = this.queue;
    if (!queue.append(bytes, start, limit)) return false;
    if (queue.length < VERSION1_SIZE) return queue.keep();
    const size = uint32Le(queue.bytes, queue.start);
    if (size < VERSION1_SIZE || size > SIZE_MAXIMUM + TEXT) return false;
    if (queue.length < size) return queue.keep();
    this.named = true;
    this.name(queue.bytes, queue.start, queue.start + size);
    const from = queue.start + size;
    const to = queue.limit;
    return from >= to || this.inner.data(role, queue.bytes, from, to, at);
  }

  /** Text is a GUID, or a GUID, a semicolon and options such as `EnhancedMode=1`. */
  private name(bytes: Uint8Array, start: number, limit: number): void {
    const id = uint32Le(bytes, start + ID);
    if (id !== 0) this.context.fact('id', id);
    if (limit - start <= TEXT) return;
    const [machine = '', ...options] = utf16Text(bytes, start + TEXT, limit).split(';');
    if (machine !== '') this.context.fact('virtualMachine', machine);
    if (options.length > 0) this.context.fact('options', options);
  }
}
