/** The long form of test/chaos/redis.test.ts: 50 kills and 20 flushes of Redis under load. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { play, type RedisFault } from '../chaos/lib/scenario.ts';
import { createTestRedis, type TestRedis } from '../fixtures/redis.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await createTestRedis();
  await redis.start();
});
afterEach(() => redis.end());

test('50 kills and 20 flushes of Redis under 8 agents lose and double nothing', async () => {
  const round: RedisFault[] = [
    'redis_kill',
    'redis_kill',
    'redis_flush',
    'redis_kill',
    'redis_flush',
    'redis_kill',
    'redis_kill',
  ];
  const outcome = await play({
    seed: Number(process.env.SWEEPD_CHAOS_SEED ?? 1) + 3,
    agents: 8,
    points: 1_000_000,
    abandon: 0.05,
    network: { dropRequest: 0.01, dropReply: 0.01, cutReply: 0.005, duplicate: 0.02 },
    faults: Array.from({ length: 10 }, () => round).flat(),
    redis,
    longestLife: 400,
    leaseSeconds: 2,
    toTheEnd: false,
  });
  console.log(outcome);
  expect(outcome.broken).toEqual([]);
  expect(outcome.faults).toEqual({ redis_kill: 50, redis_flush: 20 });
  expect(outcome.redisCalls).toBeGreaterThan(1_000);
}, 1_800_000);
