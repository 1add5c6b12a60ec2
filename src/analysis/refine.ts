/** Findings of the transport in the light of what others say of the same connection: the place of the loss, the proof, the cause. */
import type { FindingDraft } from './finding-draft.js';
import type { Testify } from './testimony.js';

const MAX_FRAMES = 16;
/** What the place of one capture alone leaves open, and another witness settles. */
const LEFT_OPEN = /; lost on the way, or on /u;

export interface Refined {
  readonly draft: FindingDraft;
  readonly testimony: NonNullable<ReturnType<Testify>> | null;
}

export function refine(drafts: readonly FindingDraft[], testify: Testify): Refined[] {
  return drafts.map((draft) => {
    const flow = draft.flows[0];
    const testimony = flow === undefined || draft.cause === null || !TRANSPORT.has(draft.code) ? null : testify(flow);
    return { draft: testimony === null ? draft : refined(draft, testimony), testimony };
  });
}

const TRANSPORT: ReadonlySet<string> = new Set(['no-answer', 'blocked-port', 'blocked-dynamic-port', 'endpoint-mapper-blocked', 'rejected-by-firewall', 'service-not-listening', 'half-open', 'connection-reset', 'connection-stalled']);

function refined(draft: FindingDraft, testimony: NonNullable<ReturnType<Testify>>): FindingDraft {
  const proof = [...draft.proof.filter((sentence) => testimony.droppedAt === null || !LEFT_OPEN.test(sentence)), ...testimony.sentences];
  const frames = [...draft.frames];
  for (const frame of testimony.frames) if (frames.length < MAX_FRAMES && !frames.some((known) => known.capture === frame.capture && known.frame === frame.frame)) frames.push(frame);
  const told = { ...draft, proof, frames, ruledOut: [...new Set([...draft.ruledOut, ...testimony.ruledOut])], explanation: `${draft.explanation} ${testimony.sentences.map((sentence) => `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`).join(' ')}` };
  if (testimony.droppedAt === null && testimony.place === null) return told;
  const blocked = testimony.droppedAt !== null && testimony.confidence === 'certain' && draft.code === 'no-answer' && draft.transport === 'tcp' && draft.state === 'FILTERED' && testimony.place === null;
  return {
    ...told,
    // A drop record is the support without which silence is not called blocked.
    ...(blocked ? { code: 'blocked-port' as const, remedy: 'open-port' as const } : {}),
    ...(draft.code === 'service-not-listening' && testimony.droppedAt === 'path' ? { code: 'rejected-by-firewall' as const, remedy: 'open-port' as const, state: 'FILTERED' as const, title: draft.title.replace(/^Nothing listens on (\S+) /u, '$1 is rejected on the way: ') } : {}),
    ...(draft.code === 'connection-reset' && draft.remedy !== 'idle' && testimony.droppedAt === 'path' ? { remedy: 'inspection' as const, title: draft.title.replace(/^(.+) on (\S+) accepts connections and resets them$/u, 'A device on the way resets connections to $1 on $2') } : {}),
    droppedAt: testimony.droppedAt ?? draft.droppedAt, confidence: draft.transport === 'udp' && testimony.droppedAt === null ? draft.confidence : testimony.confidence, alternatives: testimony.causes.length > 0 ? testimony.causes : draft.alternatives,
    cause: draft.cause === null ? null : `${draft.cause} ${testimony.place ?? ''} ${testimony.droppedAt ?? ''}`,
  };
}
