/**
 * Workers on other machines, played by processes on this one: 20 model-based searches of 200 results each ask for a point at once, again
 * and again, and one worker or two compute. Each worker has one thread here, so two use two cores.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createOptimizerJobs, type RemoteTask } from '../src/queue/optimizer-jobs.ts';
import { version } from '../src/runtime/version.ts';
import { parseSweepDocument } from '../src/space/index.ts';
import { root, track } from '../test/chaos/lib/server-process.ts';
import { until } from '../test/fixtures/processes.ts';
import { createTestRedis } from '../test/fixtures/redis.ts';
import { type BenchOptions, measureInTurns } from './lease.ts';
import type { Contender } from './lib/measurement.ts';
import { compare, printTable } from './lib/report.ts';

const searches = 20;
const resultsThere = 200;
const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const document = {
  method: 'bayes',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: Object.fromEntries(names.map((name) => [name, { distribution: 'uniform', min: 0, max: 1 }])),
};

/** The same every time: a point of a lattice and a bowl's value there. */
const results = Array.from({ length: resultsThere }, (_, i) => {
  const point = Object.fromEntries(names.map((name, k) => [name, ((i + 1) * Math.sqrt(k + 2)) % 1]));
  const value = Object.values(point).reduce((sum, x, k) => sum + (k + 1) * (x - 0.4) ** 2, 0);
  return JSON.stringify({ point, value, state: 'finished' });
});

const taskOf = (search: number, made: number): RemoteTask => ({
  sweepId: `search-${search}`,
  base: `"document":${JSON.stringify(document)}`,
  results,
  fields: `"seed":${search},"made":${resultsThere + made},"width":1,"pending":[],"model":null`,
  task: '{"op":"suggest","count":1}',
});

export async function benchWorkers({ rounds, seconds }: BenchOptions): Promise<object> {
  if (parseSweepDocument(document).config === null) throw new Error('The config of this bench is refused.');
  const [one, two] = [workersContender(1), workersContender(2)];
  const measured = await measureInTurns([one, two], rounds, Math.max(seconds, 8));
  const ratios = [compare(measured, two.name, one.name, null)];
  printTable(measured, ratios);
  return { searches, resultsThere, results: measured, ratios };
}

function workersContender(count: number): Contender {
  return {
    name: count === 1 ? '1 worker' : `${count} workers`,
    async measure(seconds) {
      const redis = await createTestRedis();
      await redis.start();
      const log = { info: () => {}, warn: () => {} };
      const jobs = createOptimizerJobs({ url: redis.url, version, log });
      const workers = Array.from({ length: count }, () => startWorker(redis.url));
      try {
        await Promise.all(workers.map((worker) => once(worker, 'spawn')));
        await until('workers', () => (jobs.hasWorkers() ? true : null), 60);
        // All are loaded and have the results once each has had its turn.
        await Promise.all(Array.from({ length: searches }, (_, i) => jobs.compute(taskOf(i, 0))));
        const begin = performance.now();
        const end = begin + seconds * 1000;
        let cycles = 0;
        const loop = async (search: number) => {
          for (let made = 1; performance.now() < end; made++) {
            if ((await jobs.compute(taskOf(search, made))) === null) throw new Error('No worker answered.');
            cycles++;
          }
        };
        await Promise.all(Array.from({ length: searches }, (_, i) => loop(i)));
        const took = (performance.now() - begin) / 1000;
        // What counts is the workers' CPU time, which is theirs alone to know.
        return { perS: cycles / took, cycles, cpuUs: Number.NaN, load: loadavg()[0] ?? 0 };
      } finally {
        for (const worker of workers) worker.kill('SIGTERM');
        await jobs.close();
        await redis.end();
      }
    },
  };
}

function startWorker(redisUrl: string): ChildProcess {
  const program = join(root, 'dist/workers/optimizer.worker.js');
  return track(
    spawn(process.execPath, [program], { env: { ...process.env, SWEEPD_REDIS_URL: redisUrl }, stdio: 'ignore' }),
  );
}
