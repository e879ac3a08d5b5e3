/** The long poll of an agent that has nothing to do. */
import type { Asked } from '../../service/rest-agent.ts';
import type { HttpRoom } from '../room.ts';

/**
 * Asks at once, and again whenever the sweep may have work, until there is a run, the sweep is over, or the time is up. A paused
 * sweep is waited for: it may be resumed.
 * @param signal once it fires nothing is asked any more: a run for a client that has gone would be lost for a lease period
 */
export async function waitForRun(
  ask: () => Promise<Asked>,
  subscribe: HttpRoom['subscribe'],
  sweepId: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<Asked> {
  const end = performance.now() + waitMs;
  let changed = false;
  let wake = () => {};
  const unsubscribe = subscribe((change) => {
    // A run's own news give nobody work, and neither does what a search has learned before it has a point of it.
    if (change.kind === 'run' || change.kind === 'search' || change.sweepId !== sweepId) return;
    changed = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      changed = false;
      const asked = await ask();
      const isOver = asked.sweepState === 'finished' || asked.sweepState === 'canceled';
      const left = end - performance.now();
      if (asked.leased !== null || isOver || left <= 0 || signal.aborted) return asked;
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
