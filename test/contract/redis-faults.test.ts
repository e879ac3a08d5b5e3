/** Everything that can be wrong with Redis: points go out all the same, each once, and it is said what is wrong. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChanges } from '../../src/runtime/changes.ts';
import { createWorkQueue } from '../../src/runtime/work-queue.ts';
import { askForRun } from '../../src/service/rest-agent.ts';
import type { SweepRow } from '../../src/store/schema.ts';
import { until } from '../fixtures/processes.ts';
import { quietLog } from '../fixtures/quiet-log.ts';
import { createTestRedis, type TestRedis } from '../fixtures/redis.ts';
import { actor, createTestService, gridOf, makeSweep, type TestService } from '../fixtures/service.ts';

let redis: TestRedis;
let test: TestService;
let sweep: SweepRow;
let taken: string[];

beforeEach(async () => {
  redis = await createTestRedis();
  await redis.start();
  test = createTestService();
  taken = [];
});
afterEach(async () => {
  await test.service.queue.close();
  test.close();
  await redis.end();
});

async function openQueue(url = redis.url): Promise<void> {
  const changes = createChanges((error) => {
    throw error;
  });
  const queue = await createWorkQueue(test.store, { redis_url: url }, changes, quietLog);
  test.service = { ...test.service, queue, notify: changes.publish };
}

async function openSweep(points = 40): Promise<void> {
  await openQueue();
  await problem(null);
  sweep = await makeSweep(test, gridOf(points));
}

const problem = (text: string | null) =>
  until(`the problem is: ${text}`, () => (test.service.queue.problem() === text ? true : null), 10);
const place = () => `Redis at 127.0.0.1:${redis.port}`;

async function take(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { leased } = await askForRun(test.service, actor, { sweepId: sweep.id, agent: 'slot', requestId: null });
    if (leased !== null) taken.push(leased.parameters);
  }
}

const isWhole = () =>
  until(
    'Redis has what is ready',
    async () => {
      await test.service.queue.recover();
      return (await test.service.queue.count(sweep.id)) === test.store.suggestions.countReady(sweep.id) ? true : null;
    },
    10,
  );

async function allOnce(points = 40): Promise<void> {
  await take(points - taken.length);
  expect(new Set(taken).size).toBe(points);
  await take(1);
  expect(taken).toHaveLength(points);
}

describe('Redis', () => {
  it('gives each offer out once, in the order of the search', async () => {
    await openSweep();
    await take(1);
    await isWhole();
    const offers = [];
    for (let i = 0; i < 8; i++) offers.push(await test.service.queue.take(sweep.id));
    const ready = test.store.suggestions.ready(sweep.id).map(({ id }) => ({ suggestionId: id, attempt: 1 }));
    expect(offers).toEqual([...ready, null]);
  });

  it('is flushed again and again', async () => {
    await openSweep();
    for (let i = 0; i < 6; i++) {
      await take(5);
      await redis.run('FLUSHALL');
    }
    await isWhole();
    await allOnce();
  });

  it.each([['without'], ['with']])('is killed and started again %s its append-only file', async (how) => {
    const settings = how === 'with' ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
    await redis.kill();
    await redis.start(...settings);
    await openSweep();
    await take(5);
    await redis.kill();
    await problem(`${place()} cannot be reached`);
    await take(10);
    await redis.start(...settings);
    await problem(null);
    await isWhole();
    await allOnce();
  });

  it('is restored from an older copy', async () => {
    await openSweep();
    await take(3);
    await isWhole();
    await redis.run('SAVE');
    copyFileSync(join(redis.folder, 'dump.rdb'), join(redis.folder, 'older.rdb'));
    await take(12);
    await redis.kill();
    copyFileSync(join(redis.folder, 'older.rdb'), join(redis.folder, 'dump.rdb'));
    await redis.start();
    await problem(null);
    await take(5);
    await isWhole();
    await allOnce();
  });

  it('is full', async () => {
    await openSweep();
    await take(3);
    await redis.run('CONFIG', 'SET', 'maxmemory', '1');
    await problem(`${place()} is full (maxmemory): give it more memory`);
    await take(15);
    await redis.run('CONFIG', 'SET', 'maxmemory', '0');
    await problem(null);
    await isWhole();
    await allOnce();
  });

  it('is a read-only replica for a while', async () => {
    await openSweep();
    await take(3);
    await redis.run('REPLICAOF', '127.0.0.1', '1');
    await problem(`${place()} is a read-only replica: name the primary in SWEEPD_REDIS_URL`);
    await take(15);
    await redis.run('REPLICAOF', 'NO', 'ONE');
    await problem(null);
    await isWhole();
    await allOnce();
  });

  it('answers nothing', async () => {
    await openSweep();
    await take(3);
    redis.freeze();
    await take(20);
    await problem(`${place()} does not answer within 500 ms`);
    redis.thaw();
    await problem(null);
    await isWhole();
    await allOnce();
  });

  it('evicts', async () => {
    await redis.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await openQueue();
    await problem(`${place()} has maxmemory-policy allkeys-lru and may drop queued points: set it to noeviction`);
    sweep = await makeSweep(test, gridOf(40));
    await allOnce();
  });

  it('wants another password, and none of it is shown', async () => {
    await redis.kill();
    await redis.start('--requirepass', 'right-secret');
    await openQueue(redis.url.replace('redis://', 'redis://:wrong-secret@'));
    await problem(`${place()} refuses the user or password of SWEEPD_REDIS_URL`);
    sweep = await makeSweep(test, gridOf(40));
    await allOnce();
    expect(test.service.queue.problem()).not.toMatch(/secret/);
  });

  it('wants a password that was not given', async () => {
    await redis.kill();
    await redis.start('--requirepass', 'right-secret');
    await openQueue();
    await problem(`${place()} wants a password: write it into SWEEPD_REDIS_URL (redis://:PASSWORD@HOST)`);
    sweep = await makeSweep(test, gridOf(40));
    await allOnce();
  });

  it('is not there when the server starts, and comes later', async () => {
    await redis.kill();
    await openQueue();
    await problem(`${place()} cannot be reached`);
    sweep = await makeSweep(test, gridOf(40));
    await take(10);
    await redis.start();
    await problem(null);
    await isWhole();
    await allOnce();
  });
});
