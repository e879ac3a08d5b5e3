/** What every engine of the queue owes the service, asked through the front door of the use cases, on a real redis-server. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChanges } from '../../src/runtime/changes.ts';
import { createWorkQueue } from '../../src/runtime/work-queue.ts';
import { askPool } from '../../src/service/pool-agent.ts';
import { askForRun, finishRun } from '../../src/service/rest-agent.ts';
import type { SweepRow } from '../../src/store/schema.ts';
import { until } from '../fixtures/processes.ts';
import { quietLog } from '../fixtures/quiet-log.ts';
import { createTestRedis, type TestRedis } from '../fixtures/redis.ts';
import {
  actor,
  createTestService,
  gridOf,
  joinAgent,
  makeSweep,
  reapNow,
  setState,
  type TestService,
} from '../fixtures/service.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await createTestRedis();
  await redis.start();
});
afterAll(() => redis.end());

/** A service whose queue is the engine, wired as the server wires it. */
async function withEngine(engine: 'embedded' | 'bullmq'): Promise<TestService> {
  const test = createTestService();
  const changes = createChanges((error) => {
    throw error;
  });
  const settings = engine === 'bullmq' ? { redis_url: redis.url } : { redis_url: undefined };
  const queue = await createWorkQueue(test.store, settings, changes, quietLog);
  test.service = { ...test.service, queue, notify: changes.publish };
  if (engine === 'bullmq') await until('Redis is up', () => (queue.problem() === null ? true : null));
  return test;
}

describe.each(['embedded', 'bullmq'] as const)('the %s queue', (engine) => {
  let test: TestService;
  beforeEach(async () => {
    await redis.run('FLUSHALL');
    test = await withEngine(engine);
  });
  afterEach(async () => {
    await test.service.queue.close();
    test.close();
  });

  const ask = (sweep: SweepRow, agent = 'slot-0', requestId: string | null = null) =>
    askForRun(test.service, actor, { sweepId: sweep.id, agent, requestId });
  const pointOf = (asked: Awaited<ReturnType<typeof ask>>) => asked.leased?.parameters ?? null;
  const waiting = (sweep: SweepRow) => test.service.queue.count(sweep.id);
  const inQueue = (sweep: SweepRow, count: number) =>
    until(`${count} points wait`, async () => ((await waiting(sweep)) === count ? true : null), 10);

  it('hands points out in the order of the search', async () => {
    const sweep = await makeSweep(test, gridOf(20));
    for (let x = 0; x < 20; x++) {
      expect(pointOf(await ask(sweep))).toBe(`{"x":${x}}`);
      await inQueue(sweep, test.store.suggestions.countReady(sweep.id));
    }
    expect(pointOf(await ask(sweep))).toBeNull();
  });

  it('gives a hundred agents that ask at once a hundred different points', async () => {
    const sweep = await makeSweep(test, gridOf(100));
    const asked = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(sweep, `slot-${i}`)));
    expect(new Set(asked.map(pointOf)).size).toBe(100);
    expect(asked.some(({ leased }) => leased === null)).toBe(false);
    expect(pointOf(await ask(sweep, 'slot-100'))).toBeNull();
    await inQueue(sweep, 0);
  });

  it('counts what is ready, and nothing once the sweep is stopped', async () => {
    const sweep = await makeSweep(test, gridOf(20));
    await ask(sweep);
    await inQueue(sweep, 7);
    await setState(test, sweep, 'finished');
    await inQueue(sweep, 0);
    expect(pointOf(await ask(sweep))).toBeNull();
    await setState(test, sweep, 'running');
    await inQueue(sweep, 7);
    expect(pointOf(await ask(sweep))).toBe('{"x":1}');
  });

  it('gives a lost point to the next who asks, as its second attempt', async () => {
    const sweep = await makeSweep(test, gridOf(20));
    await ask(sweep, 'slot-0');
    await inQueue(sweep, 7);
    test.clock.advance(91);
    await reapNow(test);
    await inQueue(sweep, 8);
    const again = await ask(sweep, 'slot-1');
    expect([pointOf(again), again.leased?.run.attempt]).toEqual(['{"x":0}', 2]);
  });

  it('answers the same request twice with the same run and takes no second point', async () => {
    const sweep = await makeSweep(test, gridOf(20));
    const first = await ask(sweep, 'slot-0', 'ask-1');
    await inQueue(sweep, 7);
    const second = await ask(sweep, 'slot-0', 'ask-1');
    expect(second.leased?.lease.token).toBe(first.leased?.lease.token);
    await inQueue(sweep, 7);
  });

  it("serves W&B's agents, REST agents and agents of a pool from the same points", async () => {
    const sweep = await makeSweep(test, gridOf(3));
    const wandb = await (await joinAgent(test, sweep)).take();
    const rest = (await ask(sweep)).leased?.run;
    const pool = (await askPool(test.service, actor, { pool: 'default', agent: 'slot', tags: [], requestId: null }))
      ?.run;
    expect(new Set([wandb, rest, pool].map((run) => run?.suggestionId)).size).toBe(3);
  });

  it('ends a sweep whose last run is done', async () => {
    const sweep = await makeSweep(test, gridOf(2));
    for (const agent of ['slot-0', 'slot-1']) {
      const { leased } = await ask(sweep, agent);
      if (leased === null) throw new Error('There was a point left.');
      await finishRun(test.service, leased.run.name, leased.lease.token, 'finished', null);
    }
    expect((await ask(sweep)).sweepState).toBe('finished');
  });

  it('is told of what it lost by recover', async () => {
    const sweep = await makeSweep(test, gridOf(20));
    await ask(sweep);
    await inQueue(sweep, 7);
    await redis.run('FLUSHALL');
    await test.service.queue.recover();
    await inQueue(sweep, 7);
    expect(pointOf(await ask(sweep))).toBe('{"x":1}');
  });
});
