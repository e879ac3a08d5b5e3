import { defineConfig } from 'vitest/config';

// Fast tests (src/, test/integration) run in parallel threads; those with the real client are in test/e2e and are
// started by scripts/test.mjs after them, four at a time, since they mostly wait for the agent's five-second rhythm.
export default defineConfig({
  test: {
    include: ['{src,test/contract,test/integration,test/protocol,test/quality}/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
