/**
 * Keeps the points of model-based searches ready. One fit at a time a sweep, its answer always kept; where results came in meanwhile
 * the next starts at once (keeping only answers that nothing had overtaken would never keep one: a fit of 400 ms and a result every
 * 100 ms). Nobody's ask ever fails for want of a model: take-suggestion.ts has a quasi-random point for it.
 *
 * Whether an ask waits for a fit: a ready point may lag behind the results by as many as other agents are at work, since theirs are
 * missing in any case. A lone agent always gets a point that knows its last result.
 */
import type { Service } from './context.ts';
import { keepFit, nextFit, priorMethod, type Suggest } from './fits.ts';
import { isModelBased } from './search-results.ts';

export interface ModelSearch {
  /** Something changed: compute what is wanted now, unless it is being computed. */
  wake(sweepId: string): void;
  /** The sweep is new, or its state or config changed. */
  sweepChanged(sweepId: string): void;
  /**
   * To be awaited before an ask of an agent without work.
   * @param waitMs longest wait for a fit that is under way
   * @returns null where there is nothing to wait for
   */
  beforeAsk(sweepId: string, waitMs: number): Promise<void> | null;
  /** Ends the waiting and starts nothing more. @returns once no fit is under way */
  close(): Promise<void>;
}

export interface ModelSearchOptions {
  suggest: Suggest;
  /** Resolves after that many milliseconds, or when the signal fires. */
  delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds, monotonic. */
  stopwatch: () => number;
  /** Told of a fit that failed: the search goes on with quasi-random points. */
  onFailure: (sweepId: string, error: unknown) => void;
}

/** How long a search that failed is left alone, unless a result comes in. Milliseconds. */
const retryMs = 30_000;

interface Searching {
  /** The fits under way, one after the other; null: none. */
  work: Promise<void> | null;
  /** Tells the waiting that a fit was kept (true), or that none is under way any more. */
  waiting: ((isKept: boolean) => void)[];
  /** Results that the fit that failed knew, and when that was. */
  failed: { basis: number; at: number } | null;
}

export function createModelSearch(service: Service, options: ModelSearchOptions): ModelSearch {
  const { store, clock } = service;
  const searches = new Map<string, Searching>();
  /** Sweeps without a model: most asks are of such, and need not read their sweep for that. */
  const others = new Set<string>();
  const closing = new AbortController();

  function searchingOf(sweepId: string): Searching {
    const known = searches.get(sweepId) ?? { work: null, waiting: [], failed: null };
    searches.set(sweepId, known);
    return known;
  }

  function isOther(sweepId: string): boolean {
    if (others.has(sweepId)) return true;
    const sweep = store.sweeps.byId(sweepId);
    if (sweep !== undefined && isModelBased(sweep)) return false;
    if (others.size > 10_000) others.clear();
    if (sweep !== undefined) others.add(sweepId);
    return true;
  }

  function wake(sweepId: string): void {
    if (closing.signal.aborted || isOther(sweepId)) return;
    const searching = searchingOf(sweepId);
    searching.work ??= compute(sweepId, searching)
      .catch((error) => options.onFailure(sweepId, error))
      .finally(() => {
        searching.work = null;
        tellWaiting(searching, false);
        if (searching.failed === null) searches.delete(sweepId);
      });
  }

  async function compute(sweepId: string, searching: Searching): Promise<void> {
    // Later than the change that woke it, so that all of a commit's changes are seen.
    await Promise.resolve();
    for (let given = 1; given > 0 && !closing.signal.aborted; ) {
      const sweep = store.sweeps.byId(sweepId);
      const fit = sweep === undefined ? null : nextFit(service, sweep, clock.now());
      if (fit === null || rests(searching, fit.basis)) return;
      const begin = options.stopwatch();
      try {
        const answer = await options.suggest(fit.request);
        const kept = await keepFit(service, fit, answer, null, options.stopwatch() - begin);
        searching.failed = null;
        // All of them gave way: the next fit knows why. None at all: the space is used up.
        given = kept ?? 1;
        if (answer.suggestions.length > 0) given = Math.max(given, 1);
      } catch (error) {
        if (closing.signal.aborted) return;
        options.onFailure(sweepId, error);
        searching.failed = { basis: fit.basis, at: clock.now() };
        await keepFit(service, fit, null, messageOf(error), options.stopwatch() - begin);
        return;
      }
      tellWaiting(searching, true);
    }
  }

  const rests = ({ failed }: Searching, basis: number): boolean =>
    failed !== null && failed.basis === basis && clock.now() - failed.at < retryMs;

  function tellWaiting(searching: Searching, isKept: boolean): void {
    for (const tell of searching.waiting.splice(0)) tell(isKept);
  }

  /** Whether an ask has a point to take that is as good as can be had. */
  function hasPoint(sweepId: string): boolean {
    if (store.suggestions.hasRetry(sweepId)) return true;
    const ready = store.suggestions.fresh(sweepId);
    if (ready.length === 0) return false;
    const others = store.agents.liveCount(sweepId, clock.now() - service.settings.leaseMs) - 1;
    const results = store.results.count(sweepId);
    return ready.some(({ basis, method }) => method === priorMethod || results - basis <= Math.max(0, others));
  }

  async function waitForPoint(sweepId: string, waitMs: number): Promise<void> {
    const deadline = options.stopwatch() + waitMs;
    while (!hasPoint(sweepId)) {
      wake(sweepId);
      const waiting = searches.get(sweepId)?.waiting;
      const left = deadline - options.stopwatch();
      if (waiting === undefined || left <= 0 || closing.signal.aborted) return;
      const over = new AbortController();
      const kept = new Promise<boolean>((resolve) => waiting.push(resolve));
      const late = options.delay(left, AbortSignal.any([over.signal, closing.signal])).then(() => false);
      const goesOn = await Promise.race([kept, late]);
      over.abort();
      if (!goesOn) return;
    }
  }

  return {
    wake,
    sweepChanged: (sweepId) => {
      others.delete(sweepId);
      wake(sweepId);
    },
    beforeAsk: (sweepId, waitMs) => (waitMs <= 0 || isOther(sweepId) ? null : waitForPoint(sweepId, waitMs)),
    close: async () => {
      closing.abort();
      await Promise.all([...searches.values()].map(({ work }) => work));
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
