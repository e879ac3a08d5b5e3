/** Server and worker as processes of their own, with nothing but Redis between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bearer, HttpConnection } from '../chaos/lib/http-connection.ts';
import { apiKey, root, type ServerProcess, startServer } from '../chaos/lib/server-process.ts';
import { type Running, start, until } from '../fixtures/processes.ts';
import { createTestRedis, type TestRedis } from '../fixtures/redis.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder = '';
let redis: TestRedis;
let server: ServerProcess;
let http: HttpConnection;
const workers: Running[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sweepd-worker-'));
  redis = await createTestRedis();
  await redis.start();
  server = await startServer({
    dataDirectory: join(folder, 'data'),
    environment: { SWEEPD_REDIS_URL: redis.url, SWEEPD_LOG_LEVEL: 'info' },
  });
  http = new HttpConnection(server.port, bearer(apiKey));
});
afterEach(async () => {
  http.close();
  for (const worker of workers.splice(0)) worker.signal('SIGKILL');
  await server.stop('SIGKILL');
  await redis.end();
  rmSync(folder, { recursive: true, force: true });
});

function startWorker(more: NodeJS.ProcessEnv = {}): Running {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SWEEPD|WANDB)_/.test(name)),
  );
  const program = join(root, 'dist/workers/optimizer.worker.js');
  const worker = start(process.execPath, [program], folder, { ...environment, SWEEPD_REDIS_URL: redis.url, ...more });
  workers.push(worker);
  return worker;
}

async function call<T>(method: string, path: string, body: unknown): Promise<T> {
  return (await http.call(method, `/api/v1${path}`, body)).body as T;
}

interface Leased {
  run: { id: string; config: { x: number; y: number } };
  lease: { token: string };
}

const config = {
  method: 'bayes',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: {
    x: { distribution: 'uniform', min: 0, max: 1 },
    y: { distribution: 'uniform', min: 0, max: 1 },
  },
  sweepd: { seed: 11 },
};

/** A lone agent that runs so many points of a sweep of its own. @returns the points */
async function runSweep(count: number): Promise<{ x: number; y: number }[]> {
  const { id: sweep } = await call<{ id: string }>('POST', '/sweeps', { config });
  const points = [];
  for (let i = 0; i < count; i++) {
    const { run, lease } = await call<Leased>('POST', `/sweeps/${sweep}/lease`, { agent: 'lone', wait_s: 30 });
    const { x, y } = run.config;
    points.push({ x, y });
    const rows = [{ loss: (x - 0.3) ** 2 + (y - 0.6) ** 2 }];
    await call('POST', `/runs/${run.id}/metrics`, { token: lease.token, offset: 0, rows });
    await call('POST', `/runs/${run.id}/finish`, { token: lease.token, state: 'finished' });
  }
  return points;
}

const jobsMade = async () => Number((await redis.run('GET', 'bull:optimizer-0_1_0:id')) ?? 0);
const completed = async () => Number(await redis.run('ZCARD', 'bull:optimizer-0_1_0:completed'));

test('a worker computes the points of a search, the very ones that the server computes without it', async () => {
  const alone = await runSweep(8);
  expect(await completed()).toBe(0);
  const worker = startWorker();
  await until('the server hears of the worker', () => (server.errors().includes('workers compute') ? true : null), 30);
  expect(worker.output()).toMatch(/Computes for the server of 127\.0\.0\.1/);
  expect(await runSweep(8)).toEqual(alone);
  expect(await completed()).toBeGreaterThanOrEqual(6);
  worker.signal('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  await until('the server does without', () => (server.errors().includes('no worker is heard of') ? true : null), 30);
  expect(await runSweep(4)).toEqual(alone.slice(0, 4));
});

test('the queue says how many workers are connected', async () => {
  const workersSeen = async () => (await call<{ workers: number | null }>('GET', '/queue', undefined)).workers;
  expect(await workersSeen()).toBe(0);
  startWorker();
  await until('one worker', async () => ((await workersSeen()) === 1 ? true : null), 30);
  const second = startWorker();
  await until('two workers', async () => ((await workersSeen()) === 2 ? true : null), 30);
  second.signal('SIGKILL');
  await until('one worker again', async () => ((await workersSeen()) === 1 ? true : null), 30);
});

test('a worker that dies or a Redis that is flushed in the middle costs time, no point', async () => {
  const worker = startWorker();
  await until('the server hears of the worker', () => (server.errors().includes('workers compute') ? true : null), 30);
  const points = runSweep(10);
  await until('jobs are under way', async () => ((await completed()) >= 2 ? true : null), 30);
  await redis.run('FLUSHALL');
  await until('jobs are under way again', async () => ((await jobsMade()) >= 1 ? true : null), 60);
  worker.signal('SIGKILL');
  expect(new Set((await points).map(({ x, y }) => `${x} ${y}`)).size).toBe(10);
});

test('a worker without a Redis says what it needs', async () => {
  const worker = startWorker({ SWEEPD_REDIS_URL: '' });
  expect(await worker.ended).toMatchObject({ code: 2 });
  expect(worker.output()).toMatch(/set SWEEPD_REDIS_URL/);
  const wrong = startWorker({ SWEEPD_REDIS_URL: 'http://:secret@host' });
  expect(await wrong.ended).toMatchObject({ code: 1 });
  expect(wrong.output()).toMatch(/not the URL of a Redis/);
  expect(wrong.output()).not.toMatch(/secret/);
});
