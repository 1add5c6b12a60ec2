/**
 * The login of TDS 4 and 5 ("TDS 5.0 Functional Specification", LOGIN record): fields of fixed length, each followed by how much of
 * it is used. `start` is behind the packet header. The password is not read.
 */
import type { AnalysisContext } from '../recogniser.js';
import { latinText } from '../wire-text.js';

const HOST = 0;
const USER = 31;
const APPLICATION = 140;
const SERVER = 171;
const NAME_LENGTH = 30;
const PROGRAM = 462;
const PROGRAM_LENGTH = 10;
const VERSION = 458;
/** Of the record as far as it must be there to be believed. */
export const LOGIN5_LENGTH = PROGRAM + PROGRAM_LENGTH + 1;
/** Where lengths stand, and what they are at most. */
const LENGTHS: readonly (readonly [number, number])[] = [
  [HOST + NAME_LENGTH, NAME_LENGTH], [USER + NAME_LENGTH, NAME_LENGTH], [92, NAME_LENGTH], [123, NAME_LENGTH],
  [APPLICATION + NAME_LENGTH, NAME_LENGTH], [SERVER + NAME_LENGTH, NAME_LENGTH], [PROGRAM + PROGRAM_LENGTH, PROGRAM_LENGTH],
];

/** Whether the record fits: a version of 4.x or 5.x (drivers write 4.2, 5.0 and 5.1), and no length beyond its field. */
export function isLogin5(bytes: Uint8Array, start: number, limit: number): boolean {
  if (limit - start < LOGIN5_LENGTH) return false;
  const major = bytes[start + VERSION]!;
  const minor = bytes[start + VERSION + 1]!;
  if ((major !== 4 && major !== 5) || minor > 9 || bytes[start + VERSION + 2] !== 0 || bytes[start + VERSION + 3] !== 0) return false;
  return LENGTHS.every(([at, maximum]) => bytes[start + at]! <= maximum);
}

/** Tells who logs in from where to what. Answers the user. */
export function tellLogin5(context: AnalysisContext, bytes: Uint8Array, start: number, limit: number): string {
  if (!isLogin5(bytes, start, limit)) return '';
  context.fact('version', `TDS ${bytes[start + VERSION]!}.${bytes[start + VERSION + 1]!}`);
  const user = field(bytes, start + USER);
  for (const [fact, text] of [
    ['user', user], ['clientName', field(bytes, start + HOST)], ['application', field(bytes, start + APPLICATION)], ['serverName', field(bytes, start + SERVER)],
  ] as const) if (text !== '') context.fact(fact, text);
  return user;
}

function field(bytes: Uint8Array, start: number): string {
  return latinText(bytes, start, start + bytes[start + NAME_LENGTH]!);
}
