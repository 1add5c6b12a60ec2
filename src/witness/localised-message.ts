/**
 * The message of events 5152, 5153, 5156 and 5157 in any language of Windows: its labels are translated, the order of its fields is not (they are the parameters of one
 * template). So it is read by shape: indented lines `label: value`, in groups with a heading; an address and a port, an address and a port, the number of the protocol;
 * what stands before them is direction and program, the group behind them is the filter's.
 */
import { directionOf, filterIdOf, socketOf, textOrNull, transportOf } from './record-fields.js';
import type { WitnessSocket } from './witness.js';

export interface BlockedMessage {
  /** undefined: neither TCP nor UDP. */
  readonly transport: 'tcp' | 'udp' | undefined;
  readonly source: WitnessSocket;
  readonly destination: WitnessSocket;
  readonly direction: 'inbound' | 'outbound' | 'forward' | null;
  readonly program: string | null;
  readonly filterId: string | null;
  readonly filter: string | null;
  readonly layer: string | null;
}

const MAX_LINES = 64;
/** Address, port, address, port, protocol. */
const SOCKETS = 5;

/** undefined: nothing in the text has this shape. */
export function readBlockedMessage(text: string): BlockedMessage | undefined {
  const groups = groupsOf(text);
  for (const [number, values] of groups.entries()) {
    for (let at = 0; at + SOCKETS <= values.length; at++) {
      const source = socketOf(values[at], values[at + 1]);
      const destination = socketOf(values[at + 2], values[at + 3]);
      const protocol = values[at + 4]!;
      if (source === undefined || destination === undefined || !/^\d{1,3}$/u.test(protocol)) continue;
      const filter = groups[number + 1] ?? [];
      const id = filter.findIndex((value) => /^\d+$/u.test(value));
      return {
        transport: transportOf(protocol), source, destination, direction: at === 0 ? null : directionOf(values[at - 1]), program: textOrNull(groups[number - 1]?.at(-1)),
        // Windows 11 and Server 2022 say where the filter comes from, before its id.
        filterId: filterIdOf(filter[id]), filter: id > 0 ? textOrNull(filter[0]) : null, layer: id < 0 ? null : textOrNull(filter[id + 1]),
      };
    }
  }
  return undefined;
}

/** Values of the indented lines, a new group after each line that is a heading. The colon may be a wide one, and stand behind a blank. */
function groupsOf(text: string): string[][] {
  const groups: string[][] = [[]];
  for (const line of text.split(/\r?\n/u, MAX_LINES)) {
    const field = /^\s+[^:：]{1,80}[:：]\s*(.*)$/u.exec(line);
    if (field !== null) groups[groups.length - 1]!.push(field[1]!.trim());
    else if (/^\S/u.test(line)) groups.push([]);
  }
  return groups;
}
