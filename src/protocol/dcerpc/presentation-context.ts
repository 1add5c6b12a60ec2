import type { InterfaceId } from '../events.js';
import { NDR64 } from './well-known.js';
import type { Interest } from './well-known.js';

export interface Presentation {
  readonly interface: InterfaceId;
  readonly interest: Interest;
  /** Transfer syntax that the server chose; '' before that is known. */
  readonly syntax: string;
}

/** Whether this syntax has wide counts; undefined: not known. */
export function isWide(presentation: Presentation | undefined): boolean | undefined {
  return presentation === undefined || presentation.syntax === '' ? undefined : presentation.syntax === NDR64;
}
