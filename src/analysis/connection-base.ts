/** What findings about connections have in common: fallback, impact, frames, rows. */
import type { FrameReference } from '../flow/flow.js';
import type { Attempts, Failed } from './attempts.js';
import { mappingFor, type CaseFile } from './case-file.js';
import { fallbackOf } from './fallback.js';
import type { FindingDraft } from './finding-draft.js';

export const MAX_FRAMES = 16;

/** What all findings of a conversation have in common. */
export function baseOf({ conversation }: Attempts, failed: Failed, file: CaseFile): Omit<FindingDraft, 'code' | 'title' | 'explanation' | 'cause' | 'confidence'> {
  const { client, server, transport, serverPort: port } = conversation;
  const mapping = mappingFor(file, client, server, transport, port, failed.flows[0]);
  const fallback = fallbackOf(conversation, mapping, failed.flows[0]?.first.capture, file);
  const worked = failed.workedAfter ? 'worked later in this capture' : failed.workedBefore ? 'failed; it had worked earlier in this capture' : null;
  const frames = failed.flows.length > 0
    ? uniqueFrames(failed.flows.flatMap((flow) => (flow.sketch.length > 0 ? flow.sketch.slice(0, 8).map((row) => row.frame) : [flow.first])))
    : conversation.frames;
  // Field by field: of a flood there are 20,000 of these, and to copy the defaults and to change them took 160 ms instead of 15.
  return {
    interface: mapping === null || mapping.interface === null ? null : file.knowledge.interfaceName(mapping.interface), rows: file.rowsFor(conversation.index), droppedAt: null, proof: NONE, ruledOut: NONE, alternatives: NONE,
    impact: fallback !== null ? `covered by a fallback: ${fallback}` : worked ?? 'failed, no fallback seen', state: null, flows: failed.flows, mapping, moments: NONE, remedy: null, client, server, transport, port,
    frames: (mapping === null ? frames : uniqueFrames([mapping.frame, ...frames])).slice(0, MAX_FRAMES),
    severity: failed.workedAfter || fallback !== null ? 'warning' : transport === 'udp' ? 'warning' : 'error',
  };
}

const NONE: readonly never[] = [];

export function uniqueFrames(frames: readonly FrameReference[]): FrameReference[] {
  const seen = new Set<string>();
  return frames.filter(({ capture, frame }) => {
    const key = `${capture}#${frame}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function sentence(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').map((part) => `${part[0]!.toUpperCase()}${part.slice(1)}.`).join(' ');
}
