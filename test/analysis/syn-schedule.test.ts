import { expect, it } from 'vitest';
import { retransmissionStack } from '../../src/analysis/syn-schedule.js';

it.each([
  [[3, 9], 128, 'Windows up to Server 2012 R2'], [[1, 3, 7, 15], 127, 'current Windows'], [[1, 3, 7], 63, 'Linux'], [[1, 3, 7, 15, 31, 63], 64, 'Linux'],
  [[1, 2, 3, 4, 5, 7], 64, 'Linux 6.5 and later'], [[1, 3], null, null], [[1], 128, null], [[2, 4, 8], 64, null], [[], 64, null],
] as const)('SYNs again after %j s with TTL %s: %s', (after, ttl, stack) => {
  expect(retransmissionStack(after, ttl)).toBe(stack);
});
