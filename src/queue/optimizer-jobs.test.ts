/** Jobs between a server's and a worker's side, on a real redis-server. What is computed here is the snapshot's own text. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../test/fixtures/processes.ts';
import { createTestRedis, type TestRedis } from '../../test/fixtures/redis.ts';
import { createOptimizerJobs, type OptimizerJobs, type RemoteTask } from './optimizer-jobs.ts';
import { type OptimizerWorker, startOptimizerWorker } from './optimizer-worker.ts';

let redis: TestRedis;
const open: { close(): Promise<void> }[] = [];
const log = { info: () => {}, warn: () => {} };

beforeEach(async () => {
  redis = await createTestRedis();
  await redis.start();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await redis.end();
});

function server(version = '1.0.0'): OptimizerJobs {
  const jobs = createOptimizerJobs({ url: redis.url, version, log });
  open.push(jobs);
  return jobs;
}

async function worker(
  compute: (task: string, snapshot: string) => Promise<string> = async (_, snapshot) => snapshot,
  version = '1.0.0',
  onRefused: (error: Error) => void = () => {},
): Promise<OptimizerWorker> {
  const options = { url: redis.url, version, concurrency: 2, compute, say: () => {}, onRefused };
  const started = await startOptimizerWorker(options);
  open.push(started);
  return started;
}

const task = (results: readonly string[], more: Partial<RemoteTask> = {}): RemoteTask => ({
  sweepId: 'abc',
  base: '"document":{"method":"bayes"}',
  results,
  fields: '"seed":7',
  task: '{"op":"suggest","count":1}',
  ...more,
});
const snapshotOf = (...results: string[]) => `{"document":{"method":"bayes"},"results":[${results}],"seed":7}`;
const meets = (jobs: OptimizerJobs) => until('a worker is heard of', () => (jobs.hasWorkers() ? true : null), 20);

it('computes what is asked from all results so far, and sends each of them once', async () => {
  const jobs = server();
  await worker();
  await meets(jobs);
  expect(await jobs.compute(task([]))).toBe(snapshotOf());
  expect(await jobs.compute(task(['1', '2']))).toBe(snapshotOf('1', '2'));
  expect(await jobs.compute(task(['1', '2', '3.0']))).toBe(snapshotOf('1', '2', '3.0'));
  const keys = (await redis.run('KEYS', 'sweepd:obs:*')) as string[];
  expect(keys).toHaveLength(1);
  expect(await redis.run('LRANGE', keys[0] ?? '', 0, -1)).toEqual(['"document":{"method":"bayes"}', '1', '2', '3.0']);
});

it('begins anew where the config or an earlier result changed, and after a flush', async () => {
  const jobs = server();
  await worker();
  await meets(jobs);
  expect(await jobs.compute(task(['1', '2']))).toBe(snapshotOf('1', '2'));
  expect(await jobs.compute(task(['1', '5', '3']))).toBe(snapshotOf('1', '5', '3'));
  const changed = task(['1'], { base: '"document":{"method":"random"}' });
  expect(await jobs.compute(changed)).toBe('{"document":{"method":"random"},"results":[1],"seed":7}');
  await redis.run('FLUSHALL');
  expect(await jobs.compute(task(['1', '2']))).toBe(snapshotOf('1', '2'));
});

it('leaves it to the server where there is no worker, or only one of another version', async () => {
  const jobs = server();
  expect(await jobs.compute(task([]))).toBeNull();
  await until(
    'the server has shown itself',
    async () => (await redis.run('EXISTS', 'sweepd:server:1.0.0')) || null,
    20,
  );
  await expect(worker(undefined, '2.0.0')).rejects.toThrow(
    `This worker is sweepd 2.0.0, the server at 127.0.0.1:${redis.port} is sweepd 1.0.0: install the same version on both.`,
  );
  expect(await jobs.compute(task([]))).toBeNull();
});

it('ends a worker whose server is replaced by one of another version', async () => {
  const old = server('1.0.0');
  const refused = new Promise<Error>((resolve) => void worker(undefined, '1.0.0', resolve).catch(() => {}));
  await meets(old);
  await old.close();
  server('2.0.0');
  expect((await refused).message).toMatch(/the server at .* is sweepd 2\.0\.0/);
}, 60_000);

it('leaves it to the server where the computation fails, and where Redis forgets or loses the job', async () => {
  const jobs = server();
  let reached = () => {};
  const working = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  await worker(async (given) => {
    if (given.includes('fail')) throw new Error('out of memory');
    reached();
    await held;
    return 'late';
  });
  await meets(jobs);
  expect(await jobs.compute(task([], { task: '{"op":"fail"}' }))).toBeNull();
  const lost = jobs.compute(task(['1']));
  await working;
  await redis.run('FLUSHALL');
  expect(await lost).toBeNull();
  go();
});

it('goes on after Redis was killed and came back', async () => {
  const jobs = server();
  await worker();
  await meets(jobs);
  expect(await jobs.compute(task(['1']))).toBe(snapshotOf('1'));
  await redis.kill();
  expect(await jobs.compute(task(['1', '2']))).toBeNull();
  await redis.start();
  await meets(jobs);
  expect(await jobs.compute(task(['1', '2']))).toBe(snapshotOf('1', '2'));
});

it('shares the work among workers', async () => {
  const jobs = server();
  const did: string[] = [];
  let waiting: (() => void)[] = [];
  // Each holds what it has until all four are being computed: two at each of the workers.
  const compute = (name: string) => async (_: string, snapshot: string) => {
    did.push(name);
    if (did.length === 4) for (const go of waiting.splice(0)) go();
    else await new Promise<void>((go) => waiting.push(go));
    return snapshot;
  };
  await worker(compute('a'));
  await worker(compute('b'));
  await meets(jobs);
  await Promise.all(['s1', 's2', 's3', 's4'].map((sweepId) => jobs.compute(task([], { sweepId }))));
  expect(did.sort()).toEqual(['a', 'a', 'b', 'b']);
  waiting = [];
});
