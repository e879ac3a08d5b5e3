/**
 * The queue through Redis: one BullMQ queue a sweep (`runs-<sweep>`), one job a ready point. Redis may lose all of it, or have too
 * much: what is offered follows SQLite, at every offer, at start and every five seconds, and the hand-out's transaction has the last word.
 *
 * Measured 2026-11-23 on two cores: taking a job with `getNextJob(token, {block: false})` and completing it takes 0.4 ms (p50).
 */
import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import type { Offer, WorkQueue } from '../service/context.ts';
import { type LinkEvents, openRedisLink } from './redis-link.ts';

export interface ReadyPoint extends Offer {
  /** From 0; lower goes out first. */
  rank: number;
}

export interface BullmqOptions {
  url: string;
  /** The sweeps that hand out. */
  runningSweeps: () => readonly string[];
  /** A sweep's ready points; none where it does not hand out. */
  readyPoints: (sweepId: string) => readonly ReadyPoint[];
  log: LinkEvents['log'];
}

/** How long an agent waits for Redis, and how long what nobody waits for may take. Milliseconds. */
const patienceMs = 500;
const backgroundMs = 10_000;
/** Jobs are completed at once; a lock that is left over comes from a server that died in between. Milliseconds. */
const lockMs = 5_000;
/** A Worker, and with it a connection, that nobody used for so long is closed. Milliseconds. */
const idleMs = 60_000;
/** The largest priority of BullMQ; equal ones go out in the order of their arrival. */
const lastPriority = 2 ** 21;

interface SweepQueue {
  queue: Queue;
  worker: Worker | null;
  usedAt: number;
  /** Offers that are in Redis as far as we know. */
  known: Set<string>;
  /** Offers are added one batch after another. */
  adding: Promise<void> | null;
  again: boolean;
}

const keyOf = ({ suggestionId, attempt }: Offer): string => `${suggestionId}-${attempt}`;

export function createBullmqQueue({ url, runningSweeps, readyPoints, log }: BullmqOptions): WorkQueue {
  const open = new Map<string, SweepQueue>();
  const token = randomUUID();
  // Never used twice, not even by the next server: an id that BullMQ still knows is ignored without a word.
  const series = Date.now().toString(36);
  let offers = 0;
  let closed = false;
  let recovering: Promise<void> | null = null;
  const link = openRedisLink(url, {
    log,
    onUp: () => void recover(),
    onDown: () => {
      for (const sweepId of [...open.keys()]) forget(sweepId);
    },
  });

  function sweepQueue(sweepId: string): SweepQueue {
    const known = open.get(sweepId);
    if (known !== undefined) return known;
    const queue = new Queue(`runs-${sweepId}`, { connection: link.client, skipVersionCheck: true });
    queue.on('error', link.failed);
    const made = {
      queue,
      worker: null,
      usedAt: performance.now(),
      known: new Set<string>(),
      adding: null,
      again: false,
    };
    open.set(sweepId, made);
    return made;
  }

  function workerOf(sweepId: string, entry: SweepQueue): Worker {
    if (entry.worker !== null) return entry.worker;
    const options = { connection: link.client, autorun: false, lockDuration: lockMs, skipVersionCheck: true };
    entry.worker = new Worker(`runs-${sweepId}`, null, options);
    entry.worker.on('error', link.failed);
    return entry.worker;
  }

  function forget(sweepId: string): void {
    const entry = open.get(sweepId);
    open.delete(sweepId);
    entry?.worker?.close(true).catch(() => {});
    entry?.queue.close().catch(() => {});
  }

  /** @returns what the work gives, or null where Redis failed */
  async function withRedis<T>(work: () => Promise<T>, limitMs = patienceMs): Promise<T | null> {
    try {
      return await within(limitMs, work());
    } catch (error) {
      if (!closed) link.failed(error);
      return null;
    }
  }

  function offer(sweepId: string): void {
    if (closed || !link.isUp()) return;
    const entry = sweepQueue(sweepId);
    if (entry.adding !== null) {
      entry.again = true;
      return;
    }
    entry.adding = addMissing(sweepId, entry).finally(() => {
      entry.adding = null;
      if (!entry.again) return;
      entry.again = false;
      offer(sweepId);
    });
  }

  async function addMissing(sweepId: string, entry: SweepQueue): Promise<void> {
    const missing = readyPoints(sweepId).filter((point) => !entry.known.has(keyOf(point)));
    if (missing.length === 0) return;
    for (const point of missing) entry.known.add(keyOf(point));
    const jobs = missing.map(({ suggestionId, attempt, rank }) => ({
      name: 'run',
      data: { suggestionId, attempt },
      opts: {
        jobId: `${suggestionId}-${attempt}-${series}.${++offers}`,
        // By rank, whenever it was offered.
        priority: Math.min(1 + rank, lastPriority),
        removeOnComplete: true,
        removeOnFail: true,
      },
    }));
    const added = await withRedis(() => entry.queue.addBulk(jobs), backgroundMs);
    if (added === null) for (const point of missing) entry.known.delete(keyOf(point));
  }

  async function take(sweepId: string): Promise<Offer | null> {
    if (closed || !link.isUp()) return null;
    const entry = sweepQueue(sweepId);
    entry.usedAt = performance.now();
    const job = await withRedis(
      async () => (await workerOf(sweepId, entry).getNextJob(token, { block: false })) ?? null,
    );
    if (job === null) return null;
    // It is out of the queue already, and nobody waits for this; should it fail, the lock ends and the job is cleared away.
    void withRedis(() => job.moveToCompleted(null, token, false));
    const { suggestionId, attempt } = job.data as Partial<Offer>;
    if (typeof suggestionId !== 'number' || typeof attempt !== 'number') return null;
    entry.known.delete(keyOf({ suggestionId, attempt }));
    return { suggestionId, attempt };
  }

  async function recoverSweep(sweepId: string): Promise<void> {
    const entry = sweepQueue(sweepId);
    if (entry.adding !== null) return;
    const { queue } = entry;
    const [waiting, active] = await Promise.all([
      link.client.zrange(queue.toKey('prioritized'), 0, '-1'),
      link.client.lrange(queue.toKey('active'), 0, -1),
    ]);
    const ready = new Set(readyPoints(sweepId).map(keyOf));
    const seen = new Set<string>();
    const stale = waiting.filter((id) => {
      const key = id.slice(0, id.lastIndexOf('-'));
      const isWanted = ready.has(key) && !seen.has(key);
      seen.add(key);
      return !isWanted;
    });
    // What is active under a lock is being taken at this moment; the others are refused to be removed.
    for (const id of [...stale, ...active]) await queue.remove(id);
    entry.known = new Set([...seen].filter((key) => ready.has(key)));
    offer(sweepId);
    if (entry.worker !== null && performance.now() - entry.usedAt > idleMs) {
      entry.worker.close().catch(() => {});
      entry.worker = null;
    }
  }

  function recover(): Promise<void> {
    recovering ??= recoverAll().finally(() => {
      recovering = null;
    });
    return recovering;
  }

  async function recoverAll(): Promise<void> {
    const running = new Set(runningSweeps());
    for (const sweepId of open.keys()) if (!running.has(sweepId)) await withdrawn(sweepId);
    for (const sweepId of running) {
      if (closed || !link.isUp()) return;
      await withRedis(() => recoverSweep(sweepId), backgroundMs);
    }
  }

  async function withdrawn(sweepId: string): Promise<void> {
    if (!link.isUp()) return;
    const { queue } = sweepQueue(sweepId);
    await withRedis(() => queue.obliterate({ force: true }), backgroundMs);
    forget(sweepId);
  }

  return {
    engine: 'bullmq',
    offer,
    take,
    withdraw: (sweepId) => void withdrawn(sweepId),
    count: async (sweepId) => {
      const found = link.isUp()
        ? await withRedis(() => link.client.zcard(sweepQueue(sweepId).queue.toKey('prioritized')))
        : null;
      return found ?? 0;
    },
    recover,
    problem: link.problem,
    async close() {
      closed = true;
      for (const sweepId of [...open.keys()]) forget(sweepId);
      await recovering;
      await link.close();
    },
  };
}

/** The client's own time limit is for one command; an operation of BullMQ first waits for its connection to be ready. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
