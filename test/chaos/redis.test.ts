/** The queue through Redis, while Redis is killed, flushed and stopped again and again: nothing lost, nothing done twice. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestRedis, type TestRedis } from '../fixtures/redis.ts';
import { play, type RedisFault } from './lib/scenario.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await createTestRedis();
  await redis.start();
});
afterEach(() => redis.end());

test('a grid is finished once at every point, though Redis dies five times, is flushed five times and hangs twice', async () => {
  const round: RedisFault[] = ['redis_flush', 'redis_kill', 'redis_freeze', 'redis_flush', 'redis_kill'];
  const outcome = await play({
    seed: 20261125,
    agents: 8,
    points: 1_500,
    abandon: 0.1,
    network: { dropRequest: 0.01, dropReply: 0.01, cutReply: 0.005, duplicate: 0.02 },
    faults: [...round, 'kill', ...round, 'term', 'redis_flush', 'redis_kill'],
    redis,
    longestLife: 250,
    leaseSeconds: 1,
    toTheEnd: true,
  });
  console.log(outcome);
  expect(outcome.broken).toEqual([]);
  expect(outcome.wrongExits).toEqual([]);
  expect(outcome.finishedPoints).toBe(1_500);
  expect(outcome.faults).toEqual({ redis_flush: 5, redis_kill: 5, redis_freeze: 2, kill: 1, term: 1 });
  expect(outcome.redisCalls).toBeGreaterThan(500);
}, 180_000);
