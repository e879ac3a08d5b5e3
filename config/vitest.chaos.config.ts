import { defineConfig } from 'vitest/config';

// The real server (dist/) under faults, its agents in processes of their own: one file at a time, so that they do not starve each
// other on two cores.
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
