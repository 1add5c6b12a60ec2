/**
 * What a domain controller of Windows adds to an error: KERB-ERROR-DATA with KERB_ERR_TYPE_EXTENDED, or a PA-DATA of the same number, whose value is KERB_EXT_ERROR: an NTSTATUS, a reserved word
 * and flags, little-endian ([MS-KILE] 2.2.1, 2.2.2). Other contents of e-data are none of it.
 */
import { BerCursor } from '../ber.js';
import { uint32Le } from '../wire-integer.js';

const SEQUENCE = 0x30;
const TYPE = 0xa1;
const VALUE = 0xa2;
const OCTET_STRING = 0x04;
const EXTENDED = 3;
const EXTENDED_LENGTH = 12;
const ELEMENTS_MAXIMUM = 16;

/** NTSTATUS in the e-data between `start` and `limit`; 0: there is none. */
export function extendedStatus(bytes: Uint8Array, start: number, limit: number): number {
  const cursor = new BerCursor();
  if (!cursor.enter(bytes, start, limit, SEQUENCE)) return 0;
  const { start: from, limit: to } = cursor;
  const single = statusOf(bytes, from, to);
  if (single !== 0) return single;
  for (let at = from, count = 0; count < ELEMENTS_MAXIMUM && cursor.enter(bytes, at, to, SEQUENCE); count++) {
    at = cursor.limit;
    const status = statusOf(bytes, cursor.start, cursor.limit);
    if (status !== 0) return status;
  }
  return 0;
}

/** Of one KERB-ERROR-DATA or PA-DATA: both have the type in [1] and the value in [2]. */
function statusOf(bytes: Uint8Array, start: number, limit: number): number {
  const cursor = new BerCursor();
  const find = (tag: number): boolean => {
    cursor.bytes = bytes;
    cursor.start = start;
    cursor.limit = limit;
    return cursor.find(tag);
  };
  if (!find(TYPE) || !cursor.read(bytes, cursor.start, cursor.limit) || cursor.integer() !== EXTENDED) return 0;
  if (!find(VALUE) || !cursor.enter(bytes, cursor.start, cursor.limit, OCTET_STRING)) return 0;
  return cursor.limit - cursor.start === EXTENDED_LENGTH ? uint32Le(bytes, cursor.start) : 0;
}
