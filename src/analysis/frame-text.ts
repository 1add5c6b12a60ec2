import type { FrameReference } from '../flow/flow.js';

/** A frame as sentences name it: `#12`, with the number of its capture in front where there are several: `[2]#12`. */
export function frameText(frame: FrameReference | null | undefined, captures: number): string {
  if (frame === undefined || frame === null) return '#0';
  return `${captures > 1 ? `[${frame.capture + 1}]` : ''}#${frame.frame}`;
}
