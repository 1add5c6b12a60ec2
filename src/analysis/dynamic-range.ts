/**
 * How much of the dynamic range each server really used, and what hides more of it: answers of the endpoint mapper or of DCOM that
 * are encrypted hand out ports which only a later bind can show.
 */
import type { Conversation } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import { DYNAMIC_RANGE } from '../rpc/dynamic-port-table.js';
import { compareText } from './moments.js';
import type { DynamicPortReport, DynamicRangeReport } from './report-model.js';

const SIZE = DYNAMIC_RANGE.last - DYNAMIC_RANGE.first + 1;
/** Ports and frames that are listed for one server. */
const MAX_PORTS = 64;
const MAX_FRAMES = 8;
const MAX_SERVERS = 4096;
const NO_PORTS: ReadonlySet<number> = new Set();
/** Facts that say what is in such an answer. */
const HIDING = ['dcom', 'epmap'] as const;

interface Hidden {
  readonly answers: Set<'dcom' | 'epmap'>;
  readonly clients: Set<string>;
  readonly frames: FrameReference[];
}

export class DynamicRangeUse {
  private readonly hidden = new Map<string, Hidden>();

  meet({ application }: Conversation): boolean {
    return application !== null && (application.protocol === 'epmap' || application.protocol === 'dce-rpc') && HIDING.some((kind) => application.facts[kind] === 'encrypted');
  }

  note({ application, server, client, frames }: Conversation): boolean {
    for (const kind of HIDING) {
      if (application?.facts[kind] !== 'encrypted') continue;
      let seen = this.hidden.get(server);
      if (seen === undefined) {
        if (this.hidden.size >= MAX_SERVERS) return false;
        this.hidden.set(server, seen = { answers: new Set(), clients: new Set(), frames: [] });
      }
      seen.answers.add(kind);
      if (seen.clients.size < MAX_PORTS) seen.clients.add(client);
      if (seen.frames.length < MAX_FRAMES) seen.frames.push(...frames.slice(0, 1));
    }
    return true;
  }

  /** By server. A server without a port of the range, and without hidden answers, has no row. */
  rows(ports: readonly DynamicPortReport[]): DynamicRangeReport[] {
    const byServer = new Map<string, { readonly named: Set<number>; readonly used: Set<number> }>();
    for (const { server, port, outcomes, knownFrom } of ports) {
      if (port < DYNAMIC_RANGE.first) continue;
      const row = byServer.get(server) ?? { named: new Set<number>(), used: new Set<number>() };
      byServer.set(server, row);
      if (knownFrom[0]?.source !== 'port-only') row.named.add(port);
      if (wasReached(outcomes)) row.used.add(port);
    }
    const servers = [...new Set([...byServer.keys(), ...this.hidden.keys()])].sort(compareText);
    return servers.map((server): DynamicRangeReport => {
      const { named, used } = byServer.get(server) ?? { named: NO_PORTS, used: NO_PORTS };
      const ordered = [...used].sort((one, other) => one - other);
      const hidden = this.hidden.get(server);
      return {
        server, first: DYNAMIC_RANGE.first, last: DYNAMIC_RANGE.last, size: SIZE, named: named.size, used: ordered.length,
        ports: ordered.slice(0, MAX_PORTS), highest: ordered.at(-1) ?? null,
        encryptedAnswers: hidden === undefined ? null : { of: [...hidden.answers].sort(), clients: [...hidden.clients].sort(compareText), frames: hidden.frames },
      };
    });
  }
}

function wasReached({ accepted = 0, answered = 0, midstream = 0, stalled = 0, 'reset-early': reset = 0 }: DynamicPortReport['outcomes']): boolean {
  return accepted + answered + midstream + stalled + reset > 0;
}
