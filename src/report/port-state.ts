/** What a flow says of the server's port, in the words that PortQry taught administrators. */
import type { PortState } from '../analysis/report-model.js';
import type { Flow } from '../flow/flow.js';

/** null: it does not say. Silence of TCP is FILTERED, as PortQry has it, though nothing may listen there (stealth mode). */
export function portState({ outcome, transport, icmp, packets }: Flow): PortState | null {
  switch (outcome) {
    case 'accepted': case 'answered': case 'half-open': case 'reset-early': case 'stalled': return 'LISTENING';
    case 'refused': return 'NOT LISTENING';
    case 'no-answer': return 'FILTERED';
    case 'one-way': return 'LISTENING or FILTERED';
    // Port unreachable comes from the host itself: RFC 792 type 3 code 3, RFC 4443 type 1 code 4.
    case 'rejected': return icmp !== null && (icmp.version === 4 ? icmp.type === 3 && icmp.code === 3 : icmp.type === 1 && icmp.code === 4) ? 'NOT LISTENING' : 'FILTERED';
    case 'midstream': return transport === 'tcp' && packets.server > 0 && packets.client > 0 ? 'LISTENING' : null;
  }
}
