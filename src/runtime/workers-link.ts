/** The optimizer's work on other machines, where a Redis is set: the server's end of it, and the process that does it. */
import { availableParallelism } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import type { OptimizerTask } from '../optimizer/task.ts';
import type { OptimizerJobs } from '../queue/optimizer-jobs.ts';
import type { Settings } from './config.ts';
import { createOptimizerPool } from './optimizer-pool.ts';
import { version } from './version.ts';

/** @returns null where no Redis is set. @throws SweepdError `invalid_settings` where its URL is none */
export async function startWorkersLink(
  settings: Pick<Settings, 'redis_url'>,
  log: FastifyBaseLogger,
): Promise<OptimizerJobs | null> {
  if (settings.redis_url === undefined) return null;
  const { createOptimizerJobs } = await import('../queue/optimizer-jobs.ts');
  return createOptimizerJobs({ url: settings.redis_url, version, log });
}

export interface WorkerProcess {
  /** Why it ended by itself: the server is of another version. */
  refused: Promise<Error>;
  /** Finishes what is being computed. */
  close(): Promise<void>;
}

/** A worker with a thread for every core. @throws SweepdError `invalid_settings`, `wrong_version` */
export async function startWorkerProcess(url: string, say: (line: string) => void): Promise<WorkerProcess> {
  const { startOptimizerWorker } = await import('../queue/optimizer-worker.ts');
  const pool = createOptimizerPool();
  let refuse = (_: Error) => {};
  const refused = new Promise<Error>((resolve) => {
    refuse = resolve;
  });
  const worker = await startOptimizerWorker({
    url,
    version,
    concurrency: Math.max(1, availableParallelism() - 1),
    compute: (task, snapshot) => pool.compute({ ...(JSON.parse(task) as object), snapshot } as OptimizerTask),
    say,
    onRefused: refuse,
  });
  return {
    refused,
    async close() {
      await worker.close();
      await pool.close();
    },
  };
}
