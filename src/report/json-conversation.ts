/** One conversation of the JSON report, byte by byte: there may be hundreds of thousands, and little else in a report is large. */
import type { Classification } from '../analysis/report-model.js';
import type { Conversation, ConversationKinds } from '../evidence/evidence.js';
import type { FrameReference, Outcome, Time } from '../flow/flow.js';
import { piece, type ByteWriter, type Piece } from './byte-writer.js';
import { jsonTime } from './decimal-time.js';

/** Clients, and kinds, that are kept as pieces: a scan has as many of them as conversations. */
const MAX_KEPT = 16_384;
const COMMA = 44, POINT = 46, END = 125;
const CLIENT = '{"client":';
const SERVER = piece(',"server":');
const OUTCOMES = piece(',"outcomes":{');
const PACKETS = piece('},"packets":{"client":');
const BYTES = piece('},"bytes":{"client":');
const START = piece('},"start":"');
const END_TIME = piece('","end":"');
const FRAMES = piece('","frames":[');
/** Of times beyond, and before 1970, the seconds are written the slow way. */
const MAX_SECONDS = 0x7fff_ffff;

export class ConversationWriter {
  private readonly out: ByteWriter;
  private readonly kinds: ConversationKinds;
  private readonly clientPieces: (Piece | undefined)[] = [];
  private readonly kindPieces: (Piece | undefined)[] = [];
  /** By the id of the class. */
  private readonly classPieces: (Piece | undefined)[] = [];
  /** What a frame begins with, by capture. */
  private readonly captures: Piece[] = [];
  private readonly outcomeNames = new Map<string, Piece>();

  constructor(out: ByteWriter, kinds: ConversationKinds) {
    this.out = out;
    this.kinds = kinds;
  }

  write(c: Conversation, classification: Classification): void {
    const { out } = this;
    this.client(c);
    this.kind(c);
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
    this.times(c.start, c.end);
    this.frames(c.frames);
    out.piece(this.classPieces[classification.id] ??= piece(`],${classification.json}}`));
  }

  private client(c: Conversation): void {
    const client = this.kinds.clientOf[c.index]!;
    let bytes = this.clientPieces[client];
    if (bytes === undefined) {
      const text = CLIENT + JSON.stringify(c.client);
      if (client >= MAX_KEPT) {
        this.out.text(text);
        return;
      }
      this.clientPieces[client] = bytes = piece(text);
    }
    this.out.piece(bytes);
  }

  /** What is the same in all conversations of a kind, up to the number of flows. */
  private kind(c: Conversation): void {
    const kind = this.kinds.kindOf[c.index]!;
    let bytes = this.kindPieces[kind];
    if (bytes === undefined) {
      const text = `,"server":${JSON.stringify(c.server)},"transport":"${c.transport}","serverPort":${c.serverPort},"overlay":${c.overlay},"application":${applicationJson(c.application)},"visibility":"${c.visibility}","flows":`;
      if (kind >= MAX_KEPT) {
        this.out.text(text);
        return;
      }
      this.kindPieces[kind] = bytes = piece(text);
    }
    this.out.piece(bytes);
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

  /** The same as `jsonTime` makes of each. */
  private times(start: Time, end: Time): void {
    const { out } = this;
    if (!isUsual(start.seconds) || !isUsual(end.seconds)) {
      out.text(`},"start":${jsonTime(start)},"end":${jsonTime(end)},"frames":[`);
      return;
    }
    out.piece(START);
    this.time(start);
    out.piece(END_TIME);
    this.time(end);
    out.piece(FRAMES);
  }

  private time({ seconds, nanoseconds }: Time): void {
    const { out } = this;
    out.number(seconds);
    out.byte(POINT);
    out.nanoseconds(nanoseconds);
  }
}

function isUsual(seconds: number): boolean {
  return seconds >= 0 && seconds <= MAX_SECONDS;
}

function applicationJson(application: Conversation['application']): string {
  if (application === null) return 'null';
  const { protocol, confidence, facts } = application;
  return `{"protocol":${JSON.stringify(protocol)},"confidence":"${confidence}","facts":${JSON.stringify(facts)}}`;
}
