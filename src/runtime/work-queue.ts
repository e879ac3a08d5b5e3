/** Chooses the engine of the queue and lets it follow what the service does: BullMQ where a Redis is set, else the table alone. */
import type { FastifyBaseLogger } from 'fastify';
import { createEmbeddedQueue } from '../queue/embedded.ts';
import type { Change, WorkQueue } from '../service/context.ts';
import { readyPoints } from '../service/take-offer.ts';
import type { Store } from '../store/store.ts';
import type { Changes } from './changes.ts';
import type { Settings } from './config.ts';

/** @throws SweepdError `invalid_settings` where the URL of Redis is none */
export async function createWorkQueue(
  store: Store,
  settings: Pick<Settings, 'redis_url'>,
  changes: Pick<Changes, 'subscribe'>,
  log: FastifyBaseLogger,
): Promise<WorkQueue> {
  const url = settings.redis_url;
  if (url === undefined) return createEmbeddedQueue(store.suggestions.countReady);
  // Loaded only where it is wanted: BullMQ and its client are some 400 files.
  const { createBullmqQueue } = await import('../queue/bullmq.ts');
  const queue = createBullmqQueue({
    url,
    runningSweeps: () => store.sweeps.running().map(({ id }) => id),
    readyPoints: (sweepId) => readyPoints({ store }, sweepId),
    log,
  });
  changes.subscribe((change) => follow(queue, store, change));
  return queue;
}

function follow(queue: WorkQueue, store: Store, change: Change): void {
  if (change.kind === 'work') queue.offer(change.sweepId);
  else if (change.kind === 'sweep' && store.sweeps.byId(change.sweepId)?.state !== 'running') {
    queue.withdraw(change.sweepId);
  }
}
