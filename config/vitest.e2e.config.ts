import { defineConfig } from 'vitest/config';

// Tests with the real W&B client: each starts a server and mostly waits for the agent's five-second rhythm, so four at a
// time even on two cores.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: true,
    maxWorkers: 4,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
