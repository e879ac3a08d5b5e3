import { defineConfig } from 'vitest/config';

// The long forms: only with `npm run test:full`, minutes each, one file at a time; `--only full:NAME` runs one of them.
export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    // The old clients side by side.
    maxConcurrency: 3,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
