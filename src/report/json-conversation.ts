/** One conversation of the JSON report, byte by byte: there may be hundreds of thousands, and little else in a report is large. */
import type { Classification } from '../analysis/report-model.js';
import type { Conversation } from '../evidence/evidence.js';
import type { FrameReference, Outcome, Time } from '../flow/flow.js';
import { piece, type ByteWriter, type Piece } from './byte-writer.js';
import { jsonTime } from './decimal-time.js';

/** Applications that are kept as pieces: mostly a dozen comes again and again. */
const MAX_KEPT = 4096;
const QUOTE = 34, COMMA = 44, POINT = 46, END = 125;
const CLIENT = piece('{"client":');
const SERVER = piece(',"server":');
const TCP = piece(',"transport":"tcp","serverPort":');
const UDP = piece(',"transport":"udp","serverPort":');
const OVERLAY = piece(',"overlay":');
const NULL = piece('null');
const OUTCOMES = piece(',"outcomes":{');
const PACKETS = piece('},"packets":{"client":');
const BYTES = piece('},"bytes":{"client":');
const START = piece('},"start":');
const END_TIME = piece(',"end":');
const FRAMES = piece(',"frames":[');
const NANOSECOND_DIGITS = 9;
/** Of times beyond, and before 1970, the seconds are written the slow way. */
const MAX_SECONDS = 0x7fff_ffff;

export class ConversationWriter {
  private readonly out: ByteWriter;
  private readonly applications = new Map<Conversation['application'], Piece>();
  private readonly classes = new Map<Classification, Piece>();
  /** What a frame begins with, by capture. */
  private readonly captures: Piece[] = [];
  private readonly outcomeNames = new Map<string, Piece>();

  constructor(out: ByteWriter) {
    this.out = out;
  }

  write(c: Conversation, classification: Classification): void {
    const { out } = this;
    out.piece(CLIENT);
    out.quoted(c.client);
    out.piece(SERVER);
    out.quoted(c.server);
    out.piece(c.transport === 'tcp' ? TCP : UDP);
    out.number(c.serverPort);
    out.piece(OVERLAY);
    if (c.overlay === null) out.piece(NULL);
    else out.number(c.overlay);
    out.piece(this.application(c));
    out.number(c.flows);
    out.piece(OUTCOMES);
    this.outcomes(c.outcomes);
    const { packets, bytes } = c;
    out.piece(PACKETS);
    out.number(packets.client);
    out.piece(SERVER);
    out.number(packets.server);
    out.piece(BYTES);
    out.number(bytes.client);
    out.piece(SERVER);
    out.number(bytes.server);
    out.piece(START);
    this.time(c.start);
    out.piece(END_TIME);
    this.time(c.end);
    out.piece(FRAMES);
    this.frames(c.frames);
    out.piece(this.classification(classification));
  }

  private outcomes(outcomes: Conversation['outcomes']): void {
    const { out } = this;
    let first = true;
    for (const key in outcomes) {
      if (!first) out.byte(COMMA);
      first = false;
      out.piece(this.outcomeNames.get(key) ?? this.outcomeName(key));
      out.number(outcomes[key as Outcome]!);
    }
  }

  private frames(frames: readonly FrameReference[]): void {
    const { out } = this;
    for (let i = 0; i < frames.length; i++) {
      const { capture, frame } = frames[i]!;
      if (i > 0) out.byte(COMMA);
      out.piece(this.captures[capture] ??= piece(`{"capture":${capture},"frame":`));
      out.number(frame);
      out.byte(END);
    }
  }

  private outcomeName(name: string): Piece {
    const prepared = piece(`"${name}":`);
    this.outcomeNames.set(name, prepared);
    return prepared;
  }

  /** The same as `jsonTime`. */
  private time(time: Time): void {
    const { out } = this;
    const { seconds, nanoseconds } = time;
    if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
      out.text(jsonTime(time));
      return;
    }
    out.byte(QUOTE);
    out.number(seconds);
    out.byte(POINT);
    out.digits(nanoseconds, NANOSECOND_DIGITS);
    out.byte(QUOTE);
  }

  /** With the visibility, which follows from it, and up to the number of flows. */
  private application({ application, visibility }: Conversation): Piece {
    let bytes = this.applications.get(application);
    if (bytes === undefined) {
      bytes = piece(`,"application":${application === null ? 'null' : applicationJson(application)},"visibility":"${visibility}","flows":`);
      if (this.applications.size < MAX_KEPT) this.applications.set(application, bytes);
    }
    return bytes;
  }

  private classification(classification: Classification): Piece {
    let bytes = this.classes.get(classification);
    if (bytes === undefined) this.classes.set(classification, bytes = piece(`],${classification.json}}`));
    return bytes;
  }
}

function applicationJson({ protocol, confidence, facts }: NonNullable<Conversation['application']>): string {
  return `{"protocol":${JSON.stringify(protocol)},"confidence":"${confidence}","facts":${JSON.stringify(facts)}}`;
}
