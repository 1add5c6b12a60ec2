/** One conversation of the JSON report, byte by byte: there may be hundreds of thousands, and little else in a report is large. */
import type { Classification } from '../analysis/report-model.js';
import { OUTCOMES } from '../evidence/conversation-row.js';
import type { Conversation, ConversationAmounts, ConversationKinds } from '../evidence/evidence.js';
import { captureOfKey, frameOfKey } from '../flow/flow-layout.js';
import { piece, type ByteWriter, type Piece } from './byte-writer.js';
import { jsonTime } from './decimal-time.js';

/** Clients, and kinds, that are kept as pieces: a scan has as many of them as conversations. */
const MAX_KEPT = 16_384;
const COMMA = 44, POINT = 46, END = 125;
const CLIENT = '{"client":';
const SERVER = piece(',"server":');
const OUTCOMES_BEGIN = piece(',"outcomes":{');
const ACCEPTED = OUTCOMES.indexOf('accepted');
const PACKETS = piece('},"packets":{"client":');
const BYTES = piece('},"bytes":{"client":');
const START = piece('},"start":"');
const END_TIME = piece('","end":"');
const FRAMES = piece('","frames":[');
/** By the place of the outcome. */
const outcomeNames = OUTCOMES.map((outcome) => piece(`"${outcome}":`));
/** Of times beyond, and before 1970, the seconds are written the slow way. */
const MAX_SECONDS = 0x7fff_ffff;

export class ConversationWriter {
  private readonly out: ByteWriter;
  private readonly kinds: ConversationKinds;
  private readonly amounts: ConversationAmounts;
  private readonly clientPieces: (Piece | undefined)[] = [];
  private readonly kindPieces: (Piece | undefined)[] = [];
  /** By the id of the class. */
  private readonly classPieces: (Piece | undefined)[] = [];
  /** What stands before the number of a frame, by capture: of the first one, and of the next ones, where the one before ends as well. */
  private readonly firstFrames: Piece[] = [];
  private readonly nextFrames: Piece[] = [];

  constructor(out: ByteWriter, kinds: ConversationKinds) {
    this.out = out;
    this.kinds = kinds;
    this.amounts = kinds.amounts();
  }

  /** `index`: that of the conversation. */
  write(index: number, classification: Classification): void {
    const { out, amounts } = this;
    this.client(index);
    this.kind(index);
    amounts.move(index);
    const { flows } = amounts;
    out.number(flows);
    out.piece(OUTCOMES_BEGIN);
    // Of nearly all.
    if (amounts.ended(ACCEPTED) === flows) {
      out.piece(outcomeNames[ACCEPTED]!);
      out.number(flows);
    } else this.outcomes();
    out.piece(PACKETS);
    out.number(amounts.clientPackets);
    out.piece(SERVER);
    out.number(amounts.serverPackets);
    out.piece(BYTES);
    out.number(amounts.clientBytes);
    out.piece(SERVER);
    out.number(amounts.serverBytes);
    this.times();
    this.frames();
    out.piece(this.classPieces[classification.id] ??= piece(`],${classification.json}}`));
  }

  private client(index: number): void {
    const client = this.kinds.clientOf[index]!;
    let bytes = this.clientPieces[client];
    if (bytes === undefined) {
      const text = CLIENT + JSON.stringify(this.kinds.clients[client]);
      if (client >= MAX_KEPT) {
        this.out.text(text);
        return;
      }
      this.clientPieces[client] = bytes = piece(text);
    }
    this.out.piece(bytes);
  }

  /** What is the same in all conversations of a kind, up to the number of flows. */
  private kind(index: number): void {
    const kind = this.kinds.kindOf[index]!;
    let bytes = this.kindPieces[kind];
    if (bytes === undefined) {
      const text = kindJson(this.kinds.at(index));
      if (kind >= MAX_KEPT) {
        this.out.text(text);
        return;
      }
      this.kindPieces[kind] = bytes = piece(text);
    }
    this.out.piece(bytes);
  }

  private outcomes(): void {
    const { out, amounts } = this;
    let first = true;
    for (let i = 0; i < OUTCOMES.length; i++) {
      const count = amounts.ended(i);
      if (count === 0) continue;
      if (!first) out.byte(COMMA);
      first = false;
      out.piece(outcomeNames[i]!);
      out.number(count);
    }
  }

  private frames(): void {
    const { out, amounts } = this;
    const { frames } = amounts;
    if (frames === 0) return;
    let key = amounts.frameKey(0);
    let capture = captureOfKey(key);
    out.piece(this.firstFrames[capture] ??= piece(`{"capture":${capture},"frame":`));
    out.number(frameOfKey(key));
    for (let i = 1; i < frames; i++) {
      key = amounts.frameKey(i);
      capture = captureOfKey(key);
      out.piece(this.nextFrames[capture] ??= piece(`},{"capture":${capture},"frame":`));
      out.number(frameOfKey(key));
    }
    out.byte(END);
  }

  /** The same as `jsonTime` makes of each. */
  private times(): void {
    const { out, amounts } = this;
    const { startSeconds, endSeconds, startNanoseconds, endNanoseconds } = amounts;
    if (!isUsual(startSeconds) || !isUsual(endSeconds)) {
      const start = jsonTime({ seconds: startSeconds, nanoseconds: startNanoseconds });
      const end = jsonTime({ seconds: endSeconds, nanoseconds: endNanoseconds });
      out.text(`},"start":${start},"end":${end},"frames":[`);
      return;
    }
    out.piece(START);
    out.number(startSeconds);
    out.byte(POINT);
    out.nanoseconds(startNanoseconds);
    out.piece(END_TIME);
    out.number(endSeconds);
    out.byte(POINT);
    out.nanoseconds(endNanoseconds);
    out.piece(FRAMES);
  }
}

function isUsual(seconds: number): boolean {
  return seconds >= 0 && seconds <= MAX_SECONDS;
}

function kindJson({ server, transport, serverPort, overlay, application, visibility }: Conversation): string {
  return `,"server":${JSON.stringify(server)},"transport":"${transport}","serverPort":${serverPort},"overlay":${overlay},"application":${applicationJson(application)},"visibility":"${visibility}","flows":`;
}

function applicationJson(application: Conversation['application']): string {
  if (application === null) return 'null';
  const { protocol, confidence, facts } = application;
  return `{"protocol":${JSON.stringify(protocol)},"confidence":"${confidence}","facts":${JSON.stringify(facts)}}`;
}
