import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // The second one is for .ci/run, which closes with the runner's own count.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'node_modules/.test-results.json' }]],
  },
});
