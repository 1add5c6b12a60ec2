/** `flows --format jsonl`: one JSON object a line, byte by byte: a capture has hundreds of thousands of flows. */
import type { EncapsulationLayer, Flow, FrameReference, PerSide, Socket, Time } from '../flow/flow.js';
import type { Application } from '../flow/inspection.js';
import { ByteWriter, piece, type Piece } from './byte-writer.js';
import { CommunityIds } from './community-id.js';
import { jsonTime } from './decimal-time.js';
import { portState } from './port-state.js';

export interface FlowWriter {
  flow(flow: Flow): void;
  /** Everything is handed on. */
  end(): void;
}

/** What `write` gets is UTF-8, and valid until it returns. */
export function flowsJsonl(write: (bytes: Uint8Array) => void): FlowWriter {
  const out = new ByteWriter(write);
  const lines = new LineWriter(out);
  return {
    flow: (flow) => { lines.write(flow); },
    end: () => { out.flush(); },
  };
}

const MAX_KEPT = 4096;
const QUOTE = 34, POINT = 46, ZERO = 48, END = 125;
const MAX_SECONDS = 0x7fff_ffff, MAX_NANOSECONDS = 999_999_999;
const NULL = piece('null');
const NO_LIST = piece('[]');
const PORT = piece(',"port":');
const SERVER = piece(',"server":');
const FRAME = piece(',"frame":');
const CLIENT = piece('{"client":');
const TCP = piece('{"transport":"tcp","client":{"address":');
const UDP = piece('{"transport":"udp","client":{"address":');
const SERVER_ADDRESS = piece('},"server":{"address":');
const ORIENTATION = piece('},"orientation":');
const ENCAPSULATION = piece(',"encapsulation":');
const START = piece(',"start":');
const END_TIME = piece(',"end":');
const FIRST = piece(',"first":{"capture":');
const LAST = piece('},"last":{"capture":');
const PACKETS = piece('},"packets":{"client":');
const BYTES = piece(',"bytes":');
const PAYLOAD = piece(',"payload":');
const DUPLICATES = piece(',"duplicates":');
const STATE = piece(',"state":');
const HISTORY = piece(',"history":');
const OUTCOME = piece(',"outcome":');
const PORT_STATE = piece(',"portState":');
const SYN_COUNT = piece(',"synCount":');
const HANDSHAKE = piece(',"handshakeMs":');
const RETRANSMISSIONS = piece(',"retransmissions":');
const NOTHING_SPECIAL = piece(',"icmp":null,"dropped":null,"process":null,"translation":null,"application":');
const COMMUNITY_ID = piece(',"communityId":"');
const LINE_END = piece('"}\n');

class LineWriter {
  private readonly out: ByteWriter;
  private readonly ids = new CommunityIds();
  /** Many flows have one and the same. */
  private readonly applications = new Map<Application, Piece>();

  constructor(out: ByteWriter) {
    this.out = out;
  }

  write(f: Flow): void {
    const { out } = this;
    const { client, server } = f;
    out.piece(f.transport === 'tcp' ? TCP : UDP);
    this.socket(client);
    out.piece(SERVER_ADDRESS);
    this.socket(server);
    out.piece(ORIENTATION);
    out.quoted(f.orientation);
    out.piece(ENCAPSULATION);
    if (f.encapsulation.length === 0) out.piece(NO_LIST);
    else out.text(encapsulation(f.encapsulation));
    out.piece(START);
    this.time(f.start);
    out.piece(END_TIME);
    this.time(f.end);
    out.piece(FIRST);
    this.frame(f.first);
    out.piece(LAST);
    this.frame(f.last);
    out.piece(PACKETS);
    out.number(f.packets.client);
    out.piece(SERVER);
    out.number(f.packets.server);
    out.byte(END);
    out.piece(BYTES);
    this.perSide(f.bytes);
    out.piece(PAYLOAD);
    this.perSide(f.payload);
    out.piece(DUPLICATES);
    out.number(f.duplicates);
    out.piece(STATE);
    out.quoted(f.state);
    out.piece(HISTORY);
    out.quoted(f.history);
    out.piece(OUTCOME);
    out.quoted(f.outcome);
    out.piece(PORT_STATE);
    const state = portState(f);
    if (state === null) out.piece(NULL);
    else out.quoted(state);
    out.piece(SYN_COUNT);
    this.numberOrNull(f.synCount);
    out.piece(HANDSHAKE);
    this.milliseconds(f.handshakeMs);
    out.piece(RETRANSMISSIONS);
    this.numberOrNull(f.retransmissions);
    this.special(f);
    this.application(f.application);
    out.piece(COMMUNITY_ID);
    out.ascii(this.ids.ascii(f.transport, client.address, client.port, server.address, server.port));
    out.piece(LINE_END);
  }

  private socket({ address, port }: Socket): void {
    const { out } = this;
    out.quoted(address);
    out.piece(PORT);
    out.number(port);
  }

  private perSide({ client, server }: PerSide): void {
    const { out } = this;
    out.piece(CLIENT);
    out.number(client);
    out.piece(SERVER);
    out.number(server);
    out.byte(END);
  }

  private frame({ capture, frame }: FrameReference): void {
    const { out } = this;
    out.number(capture);
    out.piece(FRAME);
    out.number(frame);
  }

  /** The same as `jsonTime` makes of it. */
  private time(time: Time): void {
    const { out } = this;
    const { seconds, nanoseconds } = time;
    if (!(seconds >= 0 && seconds <= MAX_SECONDS && nanoseconds >= 0 && nanoseconds <= MAX_NANOSECONDS)) {
      out.text(jsonTime(time));
      return;
    }
    out.byte(QUOTE);
    out.number(seconds);
    out.byte(POINT);
    out.nanoseconds(nanoseconds);
    out.byte(QUOTE);
  }

  private numberOrNull(value: number | null): void {
    if (value === null || !Number.isFinite(value)) this.out.piece(NULL);
    else this.out.number(value);
  }

  /** Whole microseconds, as JavaScript writes them. */
  private milliseconds(value: number | null): void {
    if (value === null || !(value >= 0 && value <= MAX_SECONDS)) {
      this.numberOrNull(value);
      return;
    }
    const { out } = this;
    const whole = Math.floor(value);
    const micro = Math.round((value - whole) * 1000);
    if (whole + micro / 1000 !== value || micro === 1000) {
      out.text(String(value));
      return;
    }
    out.number(whole);
    if (micro === 0) return;
    out.byte(POINT);
    out.byte(ZERO + ((micro / 100) | 0));
    if (micro % 100 === 0) return;
    out.byte(ZERO + (((micro / 10) | 0) % 10));
    if (micro % 10 !== 0) out.byte(ZERO + (micro % 10));
  }

  /** What few flows have. */
  private special({ icmp, dropped, process, translation }: Flow): void {
    if (icmp === null && !dropped && !process && translation === null) this.out.piece(NOTHING_SPECIAL);
    else this.out.text(`,"icmp":${icmp === null ? 'null' : icmpJson(icmp)},"dropped":${dropped ? JSON.stringify(dropped) : 'null'},"process":${process ? JSON.stringify(process) : 'null'},"translation":${JSON.stringify(translation)},"application":`);
  }

  private application(application: Application | null): void {
    if (application === null) {
      this.out.piece(NULL);
      return;
    }
    const { applications } = this;
    let known = applications.get(application);
    if (known === undefined) {
      const { protocol, confidence, facts } = application;
      if (applications.size >= MAX_KEPT) applications.clear();
      applications.set(application, known = piece(JSON.stringify({ protocol, confidence, facts })));
    }
    this.out.piece(known);
  }
}

function encapsulation(layers: readonly EncapsulationLayer[]): string {
  return JSON.stringify(layers.map(({ type, id }) => (id === undefined ? { type } : { type, id })));
}

function icmpJson({ type, code, name, from, first }: NonNullable<Flow['icmp']>): string {
  return JSON.stringify({ type, code, name, from, first: { capture: first.capture, frame: first.frame } });
}
