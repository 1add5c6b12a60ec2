import type { PortRange } from './types.js';

/**
 * Ports as a person writes them: `6600`, `"49152-65535"`, `[80, "8000-8100"]`, or the normal form `[[80, 80]]`. Answers the
 * ranges in the order written, or what is wrong with them. Port 0 and a range that runs backwards are refused.
 */
export function parsePortSpec(spec: unknown): { ranges: PortRange[] } | { wrong: string } {
  if (spec === undefined || spec === null) return { wrong: '"ports" is missing' };
  const parts = Array.isArray(spec) ? (spec as unknown[]) : [spec];
  if (parts.length === 0) return { wrong: 'a list of ports must not be empty' };
  const ranges: PortRange[] = [];
  for (const part of parts) {
    const range = readPart(part);
    if (range === undefined) return { wrong: `${JSON.stringify(part)} is no port: write 6600, "49152-65535" or a list of these` };
    const [from, to] = range;
    if (!isPort(from) || !isPort(to)) return { wrong: `port ${isPort(from) ? to : from} does not exist: ports run from 1 to 65535` };
    if (from > to) return { wrong: `the range ${from}-${to} runs backwards` };
    ranges.push([from, to]);
  }
  return { ranges };
}

function readPart(part: unknown): PortRange | undefined {
  if (typeof part === 'number') return [part, part];
  if (typeof part === 'string') {
    const match = /^\s*(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?\s*$/.exec(part);
    return match === null ? undefined : [Number(match[1]), Number(match[2] ?? match[1])];
  }
  if (Array.isArray(part) && part.length === 2 && typeof part[0] === 'number' && typeof part[1] === 'number') return [part[0], part[1]];
  return undefined;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
