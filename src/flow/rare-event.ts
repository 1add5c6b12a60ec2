/** What few flows are told of: too rare, and too much text, for a layout of its own. */
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';

export type RareEvent =
  | { readonly kind: 'quoted'; readonly record: number; readonly error: IcmpError; readonly rejects: boolean }
  | { readonly kind: 'remarked'; readonly record: number; readonly process: FlowProcess | null; readonly dropped: FlowDrop | null };
