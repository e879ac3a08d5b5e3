/**
 * A worker's side: takes jobs, puts each snapshot together from the sweep's list, and has it computed. Needs nothing but Redis. It works
 * for a server of its own version only: another one's answers would differ.
 */

import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { invalidInput } from '../domain/errors.ts';
import {
  listKey,
  type OptimizerJob,
  queueName,
  serverKey,
  showEveryMs,
  shownForMs,
  snapshotOf,
  workerKey,
} from './optimizer-protocol.ts';
import { placeOf } from './redis-link.ts';

export interface OptimizerWorkerOptions {
  url: string;
  version: string;
  /** Jobs at a time: as many as there are threads to compute them. */
  concurrency: number;
  /** @param task JSON without its snapshot */
  compute: (task: string, snapshot: string) => Promise<string>;
  /** What people should know, a line each. */
  say: (line: string) => void;
  /** The server is of another version: the worker has ended. */
  onRefused: (error: Error) => void;
}

export interface OptimizerWorker {
  /** Finishes what is being computed. */
  close(): Promise<void>;
}

/** Sweeps whose lists are kept in memory. */
const mostKept = 200;

/** @throws SweepdError `invalid_settings` where the URL is none, `wrong_version` where the server is of another version */
export async function startOptimizerWorker(options: OptimizerWorkerOptions): Promise<OptimizerWorker> {
  const { url, version, concurrency, compute, say } = options;
  const place = placeOf(url);
  const client = new Redis(url, { maxRetriesPerRequest: null });
  let isAway = false;
  client.on('error', (error: Error) => {
    if (!isAway) say(`Redis at ${place} cannot be used: ${error.message || 'nobody answers'}. Tries again.`);
    isAway = true;
  });
  client.on('ready', () => {
    if (isAway) say(`Redis at ${place} answers again.`);
    isAway = false;
  });
  const known = new Map<string, { epoch: string; base: string; results: string[] }>();

  async function snapshotFor({ sweepId, epoch, results, fields }: OptimizerJob): Promise<string> {
    let have = known.get(sweepId);
    if (have === undefined || have.epoch !== epoch) {
      const [base] = await client.lrange(listKey(sweepId, epoch), 0, 0);
      if (base === undefined) throw new Error('the results of this sweep are not in Redis any more');
      have = { epoch, base, results: [] };
      if (known.size >= mostKept) known.delete(known.keys().next().value ?? '');
    }
    if (have.results.length < results) {
      have.results.push(...(await client.lrange(listKey(sweepId, epoch), have.results.length + 1, results)));
    }
    if (have.results.length < results) throw new Error('the results of this sweep are not in Redis any more');
    // Behind the others: what is used last is forgotten last.
    known.delete(sweepId);
    known.set(sweepId, have);
    return snapshotOf(have.base, have.results.slice(0, results), fields);
  }

  let waits = true;
  /** @throws SweepdError `wrong_version` */
  async function meetServer(): Promise<void> {
    await client.set(workerKey(version), '1', 'PX', shownForMs);
    const [same, last] = await Promise.all([client.exists(serverKey(version)), client.get(serverKey())]);
    if (same > 0) {
      if (waits) say(`Computes for the server of ${place} (sweepd ${version}, ${concurrency} at a time).`);
      waits = false;
      return;
    }
    if (last !== null) {
      throw invalidInput(
        'wrong_version',
        `This worker is sweepd ${version}, the server at ${place} is sweepd ${last}: install the same version on both.`,
      );
    }
  }

  try {
    await meetServer();
  } catch (error) {
    client.disconnect();
    throw error;
  }
  if (waits) say(`Waits for a server at ${place}.`);
  const worker = new Worker<OptimizerJob, string>(
    queueName(version),
    async ({ data }) => compute(data.task, await snapshotFor(data)),
    { connection: client, concurrency, lockDuration: 10_000, stalledInterval: 5_000 },
  );
  worker.on('error', () => {});
  const timer = setInterval(() => {
    meetServer().catch(async (error) => {
      if (error?.code !== 'wrong_version') return;
      await close();
      options.onRefused(error);
    });
  }, showEveryMs);

  async function close(): Promise<void> {
    clearInterval(timer);
    await worker.close();
    client.disconnect();
  }
  return { close };
}
