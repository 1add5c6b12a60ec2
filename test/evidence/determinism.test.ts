import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writePcap } from '../support/pcap-writer.js';
import { Talk } from '../flow/talk.js';
import { flowsOfInputs, inputOf, labCapture, reportOf } from './captured.js';

/** Among them files of one and of several interfaces, of link types with and without ifindex. */
const CAPTURES = ['rpc-dynamic-dropped', 'vswitch-duplicate', 'any-duplicate', 'nat', 'half-visible', 'cluster-3343'];

describe('the same report, whatever the chunks are', () => {
  it.each(CAPTURES)('%s', async (name) => {
    const bytes = labCapture(`${name}.pcapng`);
    const whole = await reportOf(inputOf(name, bytes));
    expect(whole.length).toBeGreaterThan(1000);
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 9000 })), { minLength: 1, maxLength: 9 });
    await fc.assert(fc.asyncProperty(lengths, async (chunks) => {
      expect(await reportOf(inputOf(name, bytes, chunks))).toBe(whole);
    }), { numRuns: 12 });
    expect(await reportOf(inputOf(name, bytes, [1]))).toBe(whole);
  });

  it('and whatever the order of the inputs is', async () => {
    const [one, two] = ['rpc-dynamic-dropped', 'smb-logon-failure'].map((name) => inputOf(name, labCapture(`${name}.pcapng`)));
    expect(await reportOf(two!, one!)).toBe(await reportOf(one!, two!));
  });
});

describe('the same flows', () => {
  const step = fc.record({
    port: fc.integer({ min: 1, max: 4 }), who: fc.constantFrom('client' as const, 'server' as const), flags: fc.constantFrom('S', 'SA', 'A', 'PA', 'FA', 'R'),
    length: fc.integer({ min: 0, max: 80 }), pause: fc.constantFrom(0, 0.2, 3), interfaceId: fc.constantFrom(0, 0),
  });

  it('of random traffic at random chunk sizes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }), async (steps, chunks) => {
      let elapsed = 0;
      const packets = steps.flatMap(({ port, who, flags, pause, ...rest }) => new Talk({ clientPort: port }).wait(elapsed += pause)[who](flags, rest).packets);
      const file = writePcap(packets);
      expect(await flowsOfInputs(inputOf('a', file, chunks))).toEqual(await flowsOfInputs(inputOf('a', file)));
    }), { numRuns: 60 });
  });
});
