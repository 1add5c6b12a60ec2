/** Times for people. A time that no calendar holds is shown as the number that the file has. */
import type { Time } from '../flow/flow.js';

/** Beyond this a JavaScript Date has no answer. */
const LAST_SECOND = 8_640_000_000_000;

export interface Clock {
  /** `2026-11-20 14:02:11`. */
  moment(time: Time): string;
  /** `14:02:31.204`. */
  time(time: Time): string;
  /** `2026-11-20`. */
  day(time: Time): string;
  /** Said once behind a span: `UTC`, or `local`. */
  readonly zone: string;
}

export function clock(zone: 'utc' | 'local'): Clock {
  const parts = (time: Time): { day: string; clock: string; fraction: string } | null => {
    if (Number.isNaN(time.seconds) || Math.abs(time.seconds) > LAST_SECOND) return null;
    const date = new Date(time.seconds * 1000);
    const two = (n: number): string => String(n).padStart(2, '0');
    const utc = zone === 'utc';
    const day = `${utc ? date.getUTCFullYear() : date.getFullYear()}-${two((utc ? date.getUTCMonth() : date.getMonth()) + 1)}-${two(utc ? date.getUTCDate() : date.getDate())}`;
    const clockText = `${two(utc ? date.getUTCHours() : date.getHours())}:${two(utc ? date.getUTCMinutes() : date.getMinutes())}:${two(utc ? date.getUTCSeconds() : date.getSeconds())}`;
    return { day, clock: clockText, fraction: String(Math.floor(time.nanoseconds / 1e6)).padStart(3, '0') };
  };
  const bare = (time: Time): string => (Number.isNaN(time.seconds) ? 'no time' : `${time.seconds} s`);
  return {
    zone: zone === 'utc' ? 'UTC' : 'local',
    moment: (time) => { const p = parts(time); return p === null ? bare(time) : `${p.day} ${p.clock}`; },
    time: (time) => { const p = parts(time); return p === null ? bare(time) : `${p.clock}.${p.fraction}`; },
    day: (time) => parts(time)?.day ?? bare(time),
  };
}

/** `1 min 52 s`, `340 ms`, `2 days 3 h`. */
export function duration(seconds: number): string {
  if (Number.isNaN(seconds) || seconds < 0) return 'unknown';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  const days = Math.floor(whole / 86_400);
  return `${days} ${days === 1 ? 'day' : 'days'} ${Math.floor((whole % 86_400) / 3600)} h`;
}
