import { defineConfig } from 'vitest/config';

// The long forms: only with `npm test -- --full`, minutes each, one at a time.
export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
