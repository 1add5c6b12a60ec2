/** One conversation of the JSON report, byte by byte: there may be hundreds of thousands, and little else in a report is large. */
import type { Classification } from '../analysis/report-model.js';
import type { Conversation } from '../evidence/evidence.js';
import type { FrameReference, Outcome, Time } from '../flow/flow.js';
import { encoded, type ByteWriter } from './byte-writer.js';
import { jsonTime } from './decimal-time.js';

/** Texts whose bytes are kept. Addresses, protocols and classes come again and again. */
const MAX_KEPT = 65_536;
const QUOTE = 34, COMMA = 44, POINT = 46, COLON = 58;
const NANOSECOND_DIGITS = 9;
/** Of times beyond, and before 1970, the seconds are written the slow way. */
const MAX_SECONDS = 0x7fff_ffff;

export class ConversationWriter {
  private readonly out: ByteWriter;
  private readonly addresses = new Map<string, Uint8Array>();
  private readonly applications = new Map<Conversation['application'], Uint8Array>();
  private readonly classes = new Map<Classification, Uint8Array>();

  constructor(out: ByteWriter) {
    this.out = out;
  }

  write(c: Conversation, classification: Classification): void {
    const { out } = this;
    out.plain('{"client":');
    out.raw(this.address(c.client));
    out.plain(',"server":');
    out.raw(this.address(c.server));
    out.plain(c.transport === 'tcp' ? ',"transport":"tcp","serverPort":' : ',"transport":"udp","serverPort":');
    out.number(c.serverPort);
    out.plain(',"overlay":');
    if (c.overlay === null) out.plain('null');
    else out.number(c.overlay);
    out.raw(this.application(c.application));
    out.plain(',"visibility":"');
    out.plain(c.visibility);
    out.plain('","flows":');
    out.number(c.flows);
    out.plain(',"outcomes":{');
    this.outcomes(c.outcomes);
    const { packets, bytes } = c;
    out.plain('},"packets":{"client":');
    out.number(packets.client);
    out.plain(',"server":');
    out.number(packets.server);
    out.plain('},"bytes":{"client":');
    out.number(bytes.client);
    out.plain(',"server":');
    out.number(bytes.server);
    out.plain('},"start":');
    this.time(c.start);
    out.plain(',"end":');
    this.time(c.end);
    out.plain(',"frames":[');
    this.frames(c.frames);
    out.raw(this.classification(classification));
  }

  private outcomes(outcomes: Conversation['outcomes']): void {
    const { out } = this;
    let first = true;
    for (const key in outcomes) {
      if (!first) out.byte(COMMA);
      first = false;
      out.byte(QUOTE);
      out.plain(key);
      out.byte(QUOTE);
      out.byte(COLON);
      out.number(outcomes[key as Outcome]!);
    }
  }

  private frames(frames: readonly FrameReference[]): void {
    const { out } = this;
    for (let i = 0; i < frames.length; i++) {
      const { capture, frame } = frames[i]!;
      out.plain(i === 0 ? '{"capture":' : ',{"capture":');
      out.number(capture);
      out.plain(',"frame":');
      out.number(frame);
      out.plain('}');
    }
  }

  /** The same as `jsonTime`. */
  private time(time: Time): void {
    const { out } = this;
    const { seconds, nanoseconds } = time;
    if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
      out.plain(jsonTime(time));
      return;
    }
    out.byte(QUOTE);
    out.number(seconds);
    out.byte(POINT);
    out.digits(nanoseconds, NANOSECOND_DIGITS);
    out.byte(QUOTE);
  }

  private address(text: string): Uint8Array {
    let bytes = this.addresses.get(text);
    if (bytes === undefined) {
      bytes = encoded(JSON.stringify(text));
      if (this.addresses.size < MAX_KEPT) this.addresses.set(text, bytes);
    }
    return bytes;
  }

  private application(application: Conversation['application']): Uint8Array {
    let bytes = this.applications.get(application);
    if (bytes === undefined) {
      bytes = encoded(`,"application":${application === null ? 'null' : applicationJson(application)}`);
      if (this.applications.size < MAX_KEPT) this.applications.set(application, bytes);
    }
    return bytes;
  }

  private classification(classification: Classification): Uint8Array {
    let bytes = this.classes.get(classification);
    if (bytes === undefined) this.classes.set(classification, bytes = encoded(`],${classification.json}}`));
    return bytes;
  }
}

function applicationJson({ protocol, confidence, facts }: NonNullable<Conversation['application']>): string {
  return `{"protocol":${JSON.stringify(protocol)},"confidence":"${confidence}","facts":${JSON.stringify(facts)}}`;
}
