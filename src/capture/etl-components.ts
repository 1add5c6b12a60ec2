/**
 * Names of the components at which pktmon saw packets, and what it counted. pktmon writes them when it is stopped, behind all packets: event 20 is a component
 * (number, kind, driver, what it is; the same layout in all versions of its manifest).
 */
import { EVENT_ID } from './etl-layout.js';

const COMPONENT = 20;
const COMPONENT_NUMBER = 0;
const COMPONENT_NAME = 4;
const MAX_COMPONENTS = 4096;
const MAX_TEXT_LENGTH = 256;

export class EtlComponents {
  private readonly names = new Map<number, string>();

  /** pktmon was there, whether it kept packets or only counted them. */
  get size(): number {
    return this.names.size;
  }

  /** Takes the data (`start` to `limit`, exclusive) of an event of pktmon at `event`; all but components are passed over. */
  read(view: DataView, event: number, start: number, limit: number): void {
    if (view.getUint16(event + EVENT_ID, true) !== COMPONENT || limit - start < COMPONENT_NAME || this.names.size >= MAX_COMPONENTS) return;
    const driver = readText(view, start + COMPONENT_NAME, limit);
    const description = driver === undefined ? undefined : readText(view, driver.end, limit);
    if (driver === undefined || description === undefined) return;
    this.names.set(view.getUint16(start + COMPONENT_NUMBER, true), [...new Set([driver.value, description.value])].filter((part) => part !== '' && part !== 'NULL').join(', '));
  }

  /** As people read it: by name and number, or by number where the trace does not name it. */
  nameOf(component: number): string {
    const name = this.names.get(component);
    return name === undefined || name === '' ? `pktmon component ${component}` : `${name} (pktmon component ${component})`;
  }
}

/** UTF-16 from `start` up to a zero; undefined: it does not end before `limit`. Longer text than any name is cut. */
export function readText(view: DataView, start: number, limit: number): { value: string; end: number } | undefined {
  let value = '';
  for (let at = start; limit - at >= 2; at += 2) {
    const unit = view.getUint16(at, true);
    if (unit === 0) return { value, end: at + 2 };
    if (value.length < MAX_TEXT_LENGTH) value += String.fromCharCode(unit);
  }
  return undefined;
}
