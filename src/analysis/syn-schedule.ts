/**
 * Whose TCP repeats a SYN like this. Windows up to Server 2012 R2 waits 3 s and doubles; later ones wait 1 s and double, four times at
 * most, as Linux does for longer; Linux from 6.5 on repeats some every second first (tcp_syn_linear_timeouts). The initial TTL tells the
 * two apart: 128 and 64.
 */

/** `after`: whole seconds after the first SYN, ascending. null: fits none, or too few to tell. */
export function retransmissionStack(after: readonly number[], ttl: number | null): string | null {
  if (after.length < 2) return null;
  const begins = (schedule: readonly number[]): boolean => after.length <= schedule.length && after.every((seconds, at) => seconds === schedule[at]);
  if (begins([3, 9, 21])) return 'Windows up to Server 2012 R2';
  const windows = ttl !== null && ttl > 64 && ttl <= 128;
  if (begins([1, 3, 7, 15])) return windows ? 'current Windows' : ttl !== null && ttl <= 64 ? 'Linux' : null;
  if (begins([1, 3, 7, 15, 31, 63])) return windows ? null : 'Linux';
  if (after.length >= 3 && begins([1, 2, 3, 4, 5, 7, 11, 19, 35])) return windows ? null : 'Linux 6.5 and later';
  return null;
}
