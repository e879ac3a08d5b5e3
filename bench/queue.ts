/**
 * The queue itself, without HTTP: asks and finishes of 50 agents in this process, on the embedded engine and on BullMQ, beside what
 * their own grounds do: better-sqlite3 that writes the same rows (and, to show how much a lease is, one that has a single table), and
 * BullMQ's add and process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { createSweep } from '../src/service/create-sweep.ts';
import { askForRun, finishRun } from '../src/service/rest-agent.ts';
import { createTestRedis, type TestRedis } from '../test/fixtures/redis.ts';
import { type BenchOptions, measureInTurns } from './lease.ts';
import type { Contender, Measurement } from './lib/measurement.ts';
import { rawSqliteContender } from './lib/raw-sqlite.ts';
import { compare, printTable } from './lib/report.ts';
import { expectSameRows, sameRowsContender } from './lib/same-rows.ts';
import { actor, withService } from './lib/service.ts';

const inFlight = 50;
const config =
  'method: random\nmetric: {name: loss}\nparameters: {lr: {min: 0.0, max: 1.0}, layers: {values: [2, 4, 8]}}';

export async function benchQueue({ rounds, seconds, directory }: BenchOptions): Promise<object> {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-queue-'));
  const redis = await createTestRedis();
  await redis.start();
  try {
    await expectSameRows(folder, config);
    const oneTable = rawSqliteContender(folder);
    const sameRows = sameRowsContender(folder, config);
    const bullmq = rawBullmq(redis);
    const embedded = serviceContender('sweepd, embedded queue', folder, redis, undefined);
    const shared = serviceContender('sweepd, queue on BullMQ', folder, redis, redis.url);
    const results = await measureInTurns([oneTable, sameRows, embedded, bullmq, shared], rounds, seconds);
    const ratios = [
      compare(results, embedded.name, sameRows.name, 0.4),
      compare(results, embedded.name, oneTable.name, null),
      compare(results, shared.name, bullmq.name, 0.5),
      compare(results, shared.name, embedded.name, null),
    ];
    printTable(results, ratios);
    return { inFlight, results, ratios };
  } finally {
    await redis.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until the hot code is compiled: a service has more of it than a few bare statements. */
const warmUp = { cycles: 3_000, ms: 6_000 };

/** Runs `cycle` by 50 loops at once, first to warm up, then for the time. */
async function measure(seconds: number, cycle: (loop: number) => Promise<void>): Promise<Measurement> {
  const during = async (ms: number, most: number): Promise<number> => {
    const end = performance.now() + ms;
    let cycles = 0;
    const loop = async (i: number) => {
      while (performance.now() < end && cycles < most) {
        await cycle(i);
        cycles++;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, (_, i) => loop(i)));
    return cycles;
  };
  await during(warmUp.ms, warmUp.cycles);
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const cycles = await during(seconds * 1000, Number.POSITIVE_INFINITY);
  const took = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perS: cycles / took, cycles, cpuUs: (user + system) / Math.max(cycles, 1), load: loadavg()[0] ?? 0 };
}

function serviceContender(name: string, folder: string, redis: TestRedis, redisUrl: string | undefined): Contender {
  return {
    name,
    async measure(seconds) {
      await redis.run('FLUSHALL');
      const data = mkdtempSync(join(folder, 'data-'));
      try {
        return await withService(data, redisUrl, async (service) => {
          const { sweep } = await createSweep(service, actor, { config, allowViolations: false });
          return await measure(seconds, async (loop) => {
            const ask = { sweepId: sweep.id, agent: `agent-${loop}`, requestId: null };
            const { leased } = await askForRun(service, actor, ask);
            if (leased === null) throw new Error('A random search has no end.');
            await finishRun(service, leased.run.name, leased.lease.token, 'finished', '{"loss":0.5}');
          });
        });
      } finally {
        rmSync(data, { recursive: true, force: true });
      }
    },
  };
}

/** A job added and awaited until a Worker in this process has done nothing with it: as many in flight as sweepd has. */
function rawBullmq(redis: TestRedis): Contender {
  return {
    name: 'BullMQ, add and process',
    async measure(seconds) {
      await redis.run('FLUSHALL');
      const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
      const queue = new Queue('raw', { connection });
      const done = new Map<string, () => void>();
      const worker = new Worker('raw', async () => null, { connection, concurrency: inFlight });
      worker.on('completed', (job) => {
        done.get(job.id ?? '')?.();
        done.delete(job.id ?? '');
      });
      let made = 0;
      try {
        return await measure(seconds, async () => {
          const jobId = `job-${++made}`;
          const finished = new Promise<void>((resolve) => done.set(jobId, resolve));
          await queue.add(
            'run',
            { suggestionId: made, attempt: 1 },
            { jobId, removeOnComplete: true, removeOnFail: true },
          );
          await finished;
        });
      } finally {
        await worker.close();
        await queue.close();
        connection.disconnect();
      }
    },
  };
}
