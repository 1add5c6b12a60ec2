/**
 * The engine as the flow table sees it: the part of the way of a packet that runs for every packet, compiled to WebAssembly (docs/decisions/0017).
 */
import { engine } from './compiled-engine.js';

/** What the engine asks for; see `engine/host.ts` and `decode/engine/host.ts`. */
export interface EngineHost {
  glance(start: number, limit: number, senderPort: number, receiverPort: number): number;
  outside(at: number, start: number, length: number): void;
  tell(length: number): void;
  survey(segment: number, row: number): number;
  addressV4(word: number): number;
  addressV6(word0: number, word1: number, word2: number, word3: number): number;
  vlan(id: number): number;
}

/** Places are byte offsets in `memory`. */
export interface Engine {
  readonly memory: WebAssembly.Memory;
  /** Answers 0 where there is not enough memory. */
  init(maxFlows: number, chunks: number, inspects: number): number;
  recordsAt(): number;
  eventsAt(): number;
  portsAt(): number;
  segmentAt(): number;
  inputAt(): number;
  chunkAt(): number;
  interfacesAt(): number;
  offsetsAt(): number;
  capturedAt(): number;
  originalAt(): number;
  secondsAt(): number;
  nanosecondsAt(): number;
  interfaceIndexAt(): number;
  framesAt(): number;
  beginSurvey(above: number): void;
  rowsAreMarked(yes: number): void;
  synsAt(): number;
  run(from: number, to: number, shift: number, firstKey: number): number;
  addOne(): void;
  findOne(): number;
  quoteOne(): number;
  finish(): void;
  room(kind: number, words: number): number;
  handOver(): void;
  duplicates(): number;
  evictedFinished(): number;
  evictedOpen(): number;
}

/** Option of Node. V8 then checks each access of WebAssembly itself, which is slower and wants no more address space than memory. */
export const WITHOUT_TRAP_HANDLER = '--disable-wasm-trap-handler';

/** The system does not give the address space that V8 sets aside for WebAssembly: some 10 GB, of which next to nothing becomes memory. */
export class NoAddressSpaceError extends Error {
  override readonly name = 'NoAddressSpaceError';
  constructor() {
    super(`the system does not allow the 10 GB of address space (not of memory) that are set aside for WebAssembly, as under ulimit -v; with NODE_OPTIONS=${WITHOUT_TRAP_HANDLER} they are not wanted`);
  }
}

let compiled: WebAssembly.Module | undefined;

export function compileEngine(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(bytesOf(atob(engine))));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A new engine with memory of its own. @throws NoAddressSpaceError */
export function startEngine(host: EngineHost): Engine {
  const program = compileEngine();
  try {
    return new WebAssembly.Instance(program, { host: host as unknown as WebAssembly.ModuleImports }).exports as unknown as Engine;
  } catch (error) {
    if (error instanceof RangeError) throw new NoAddressSpaceError();
    throw error;
  }
}
