/**
 * The step before a hand-out where the queue is another program: its next point of the sweep is taken, outside of any transaction.
 * The transaction then claims exactly that point, or, where it is gone, whatever SQLite has next.
 */
import type { Offer, Service } from './context.ts';
import { isModelBased } from './search-results.ts';

/** How long an ask waits for the queue in all, milliseconds. Beyond it SQLite is asked directly. */
const patienceMs = 500;

/**
 * @param sweepId the sweep that will probably be served; null: none
 * @param use the ask with its transaction. An offer that it had no use for goes back to the queue.
 */
export async function withOffer<T>(
  service: Service,
  sweepId: string | null,
  use: (offer: Offer | null) => Promise<T>,
): Promise<T> {
  const asks = sweepId !== null && service.queue.engine !== 'embedded';
  const offer = asks ? await takeOffer(service, sweepId) : null;
  try {
    return await use(offer);
  } finally {
    if (sweepId !== null && offer !== null && isReady(service, offer)) service.queue.offer(sweepId);
  }
}

async function takeOffer(service: Service, sweepId: string): Promise<Offer | null> {
  const { queue, store } = service;
  const end = performance.now() + patienceMs;
  while (store.suggestions.hasReady(sweepId) && performance.now() < end) {
    const offer = await queue.take(sweepId);
    if (offer === null || offer === 'in_transaction') return null;
    // A point that was claimed past the queue, or one from before a flush or a restored copy: the next one.
    if (isReady(service, offer)) return offer;
  }
  return null;
}

const isReady = ({ store }: Service, { suggestionId, attempt }: Offer): boolean => {
  const found = store.suggestions.byId(suggestionId);
  return found?.state === 'ready' && found.attempts + 1 === attempt;
};

/** The largest number of results that still makes a difference in a queue's order. */
const mostResults = 1_000_000;

/**
 * The ready points of a sweep as a queue is to hold them. `rank`, from 0: lower goes out first. A lost point comes first, then the order of
 * the search; of a model's points the one that knows most results.
 */
export function readyPoints({ store }: Pick<Service, 'store'>, sweepId: string) {
  const sweep = store.sweeps.byId(sweepId);
  if (sweep?.state !== 'running') return [];
  const isModel = isModelBased(sweep);
  return store.suggestions.ready(sweepId).map(({ id, attempts, ordinal, basis }) => ({
    suggestionId: id,
    attempt: attempts + 1,
    rank: attempts > 0 ? 0 : 1 + (isModel ? Math.max(0, mostResults - basis) : ordinal),
  }));
}
