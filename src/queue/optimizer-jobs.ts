/**
 * The server's side of workers on other machines: gives them what is to be computed, and says at once where there is nobody to do it.
 * Whatever goes wrong on the way, the answer is null and the server computes itself.
 */
import { Queue, QueueEvents } from 'bullmq';
import {
  listKey,
  listLifeS,
  type OptimizerJob,
  queueName,
  serverKey,
  showEveryMs,
  shownForMs,
  workerKey,
} from './optimizer-protocol.ts';
import type { LinkEvents, RedisLink } from './redis-link.ts';
import { openRedisLink } from './redis-link.ts';

/** A task with its snapshot in parts. */
export interface RemoteTask {
  sweepId: string;
  /** Fields that hold as long as the sweep's config does, as they stand inside the snapshot's braces. */
  base: string;
  /** JSON texts, in order of arrival. */
  results: readonly string[];
  /** All other fields. */
  fields: string;
  /** The task beside its snapshot: JSON. */
  task: string;
}

export interface OptimizerJobs {
  /** @returns what a worker computed, or null: there is none, or it did not come to an end. @throws once it is closed */
  compute(task: RemoteTask): Promise<string | null>;
  /** There are workers of this version. */
  hasWorkers(): boolean;
  /** How many of them are connected: Redis' own list of its clients. */
  countWorkers(): Promise<number>;
  close(): Promise<void>;
}

export interface OptimizerJobsOptions {
  url: string;
  version: string;
  log: LinkEvents['log'];
}

/** A computation that takes longer is done by the server. Milliseconds. */
const longestMs = 60_000;
/** How often it is looked whether Redis still knows of a job: after a flush nobody would ever answer. Milliseconds. */
const lookEveryMs = 1_000;
/** Results in one command at most. */
const atOnce = 500;

/** What is in Redis as far as we know. */
interface Epoch {
  name: string;
  base: string;
  results: string[];
}

export function createOptimizerJobs({ url, version, log }: OptimizerJobsOptions): OptimizerJobs {
  const epochs = new Map<string, Epoch>();
  const series = Date.now().toString(36);
  let made = 0;
  let workers = false;
  let closed = false;
  let channel: Channel | null = null;
  // What is wrong with Redis is said by the queue's own connection.
  const link = openRedisLink(url, {
    log: { info: () => {}, warn: () => {} },
    onUp: () => void show(),
    onDown: () => {
      workers = false;
      epochs.clear();
      channel?.close();
      channel = null;
    },
  });

  async function show(): Promise<void> {
    if (!link.isUp() || closed) return;
    try {
      const [found] = await Promise.all([
        link.client.exists(workerKey(version)),
        link.client.set(serverKey(), version, 'PX', shownForMs),
        link.client.set(serverKey(version), '1', 'PX', shownForMs),
      ]);
      if (workers !== found > 0) {
        workers = found > 0;
        if (workers) log.info({ version }, 'workers compute for the optimizer');
        else log.warn({ version }, 'no worker is heard of: the server computes for the optimizer itself');
      }
    } catch (error) {
      link.failed(error);
    }
  }
  const timer = setInterval(() => void show(), showEveryMs);
  timer.unref();

  /** Puts what is missing into the sweep's list. @returns its epoch */
  async function fill({ sweepId, base, results }: RemoteTask): Promise<Epoch> {
    let epoch = epochs.get(sweepId);
    const holds = epoch !== undefined && epoch.base === base && isPrefix(epoch.results, results);
    const key = holds && epoch ? listKey(sweepId, epoch.name) : '';
    if (!holds || epoch === undefined || (await link.client.llen(key)) !== epoch.results.length + 1) {
      epoch = { name: `${series}.${++made}`, base, results: [] };
      await link.client.rpush(listKey(sweepId, epoch.name), base);
      epochs.set(sweepId, epoch);
    }
    const list = listKey(sweepId, epoch.name);
    while (epoch.results.length < results.length) {
      const next = results.slice(epoch.results.length, epoch.results.length + atOnce);
      await link.client.rpush(list, ...next);
      epoch.results.push(...next);
    }
    await link.client.expire(list, listLifeS);
    return epoch;
  }

  return {
    hasWorkers: () => workers && link.isUp(),
    async countWorkers() {
      if (!workers || !link.isUp() || closed) return 0;
      try {
        channel ??= openChannel(link, queueName(version), () => workers);
        // One was heard of, even where a Redis keeps the list to itself.
        return Math.max(1, await channel.countWorkers());
      } catch {
        // A user who may not list clients has a Redis that works for all else: who is down is found by the probe.
        return workers ? 1 : 0;
      }
    },
    async compute(task) {
      if (!workers || !link.isUp() || closed) return null;
      try {
        channel ??= openChannel(link, queueName(version), () => workers);
        const epoch = await fill(task);
        const { sweepId, fields } = task;
        const job: OptimizerJob = { sweepId, epoch: epoch.name, results: task.results.length, fields, task: task.task };
        return await channel.ask(job);
      } catch (error) {
        if (closed) throw error;
        link.failed(error);
        epochs.delete(task.sweepId);
        log.warn(
          { sweep: task.sweepId, reason: (error as Error).message },
          'no worker finished this: the server computes it',
        );
        return null;
      }
    },
    async close() {
      closed = true;
      clearInterval(timer);
      channel?.close();
      await link.close();
    },
  };
}

function isPrefix(known: readonly string[], results: readonly string[]): boolean {
  return known.length <= results.length && known.every((text, i) => text === results[i]);
}

interface Channel {
  /** @throws where no answer can be expected any more */
  ask(job: OptimizerJob): Promise<string>;
  countWorkers(): Promise<number>;
  close(): void;
}

function openChannel(link: RedisLink, name: string, hasWorkers: () => boolean): Channel {
  const queue = new Queue(name, { connection: link.client, skipVersionCheck: true });
  // Its own connection waits for events, so nothing else can use it; it is closed with the channel.
  const listening = link.client.duplicate({ enableOfflineQueue: true, commandTimeout: undefined });
  listening.on('error', link.failed);
  const events = new QueueEvents(name, { connection: listening, skipVersionCheck: true });
  // Each job that is waited for listens at both.
  queue.setMaxListeners(0);
  events.setMaxListeners(0);
  queue.on('error', link.failed);
  events.on('error', link.failed);
  const closing = new AbortController();
  return {
    async ask(job) {
      await events.waitUntilReady();
      const added = await queue.add('compute', job, { removeOnComplete: { age: 60 }, removeOnFail: { age: 60 } });
      const over = new AbortController();
      const finished = added.waitUntilFinished(events, longestMs) as Promise<string>;
      try {
        return await Promise.race([
          finished,
          lost(link, hasWorkers, queue.toKey(added.id ?? ''), AbortSignal.any([over.signal, closing.signal])),
        ]);
      } finally {
        over.abort();
        finished.catch(() => {});
      }
    },
    countWorkers: () => queue.getWorkersCount(),
    close() {
      closing.abort();
      events
        .close()
        .catch(() => {})
        .finally(() => listening.disconnect());
      queue.close().catch(() => {});
    },
  };
}

/** Rejects once Redis has forgotten the job or is away, or no worker is heard of any more. */
function lost(
  { client, isUp }: RedisLink,
  hasWorkers: () => boolean,
  key: string,
  signal: AbortSignal,
): Promise<never> {
  return new Promise((_, reject) => {
    const look = async () => {
      const known = isUp() ? await client.exists(key).catch(() => 0) : 0;
      if (known === 0) end(new Error('Redis has lost the job'));
      else if (!hasWorkers()) end(new Error('no worker is heard of any more'));
    };
    const timer = setInterval(look, lookEveryMs);
    const end = (error: Error) => {
      clearInterval(timer);
      reject(error);
    };
    signal.addEventListener('abort', () => end(new Error('it is over')));
  });
}
