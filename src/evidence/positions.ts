import type { FrameReference, Time } from '../flow/flow.js';
import type { PacketPosition } from '../flow/inspection.js';

export function frameOf(at: Readonly<PacketPosition>): FrameReference {
  return { capture: at.capture, frame: at.frame };
}

export function timeOf(at: Readonly<PacketPosition>): Time {
  return { seconds: at.seconds, nanoseconds: at.nanoseconds };
}

/** Negative, zero or positive, as `a` is before, at or after `b`. */
export function compareTimes(a: Time, b: Time): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
}

/** By capture, then by frame. */
export function compareFrames(a: FrameReference, b: FrameReference): number {
  return a.capture - b.capture || a.frame - b.frame;
}
