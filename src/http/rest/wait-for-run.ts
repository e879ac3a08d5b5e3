/** The long poll of an agent that has nothing to do. */
import type { HttpRoom } from '../room.ts';

export interface Waiting<Answer> {
  ask: () => Promise<Answer>;
  /** It is worth answering: a run, or the news that there will be none. */
  isAnswer: (asked: Answer) => boolean;
  /** Whether news of this sweep are a reason to ask again. */
  mayConcern: (sweepId: string) => boolean;
  subscribe: HttpRoom['subscribe'];
  waitMs: number;
  /** Once it fires nothing is asked any more: a run for a client that has gone would be lost for a lease period. */
  signal: AbortSignal;
}

/**
 * Asks at once, and again whenever a sweep may have work, until there is an answer or the time is up. A paused sweep is waited for:
 * it may be resumed.
 */
export async function waitForRun<Answer>({
  ask,
  isAnswer,
  mayConcern,
  subscribe,
  waitMs,
  signal,
}: Waiting<Answer>): Promise<Answer> {
  const end = performance.now() + waitMs;
  let changed = false;
  let wake = () => {};
  const unsubscribe = subscribe((change) => {
    // A run's own news give nobody work, and neither does what a search has learned before it has a point of it.
    if (change.kind === 'run' || change.kind === 'search' || !mayConcern(change.sweepId)) return;
    changed = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      changed = false;
      const asked = await ask();
      const left = end - performance.now();
      if (isAnswer(asked) || left <= 0 || signal.aborted) return asked;
      if (!changed) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, left);
        });
        clearTimeout(timer);
      }
      if (signal.aborted) return asked;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', stop);
  }
}
