/**
 * When to try again. Each item that failed waits by itself; the upstream as a whole is left alone after what says that it is not there
 * (no answer, 429), or after several failures without a success in between, so that an outage costs one attempt a minute and not one
 * for every run.
 */
import type { UpstreamError } from './client.ts';

export interface BackOff {
  /** Nothing is sent to anybody before this time, wall milliseconds; 0 while all is well. */
  readonly until: number;
  /** What the upstream said last, while it is left alone. */
  readonly reason: string | null;
  succeeded(item: string): void;
  failed(item: string, error: UpstreamError, now: number): void;
  /** When the item may be tried again. */
  dueAt(item: string): number;
  /** Forgets all waiting. */
  clear(): void;
}

const firstMs = 1_000;
const longestMs = 60_000;
/** An upstream may ask for an hour; one that asks for a year is mistaken. */
const longestAskedMs = 3_600_000;
const failuresInARow = 3;

/** @param random a number from [0, 1): spreads the attempts of many servers */
export function createBackOff(random: () => number): BackOff {
  const items = new Map<string, { failures: number; until: number }>();
  let inARow = 0;
  let until = 0;
  let reason: string | null = null;
  const wait = (failures: number) => Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (0.5 + random() / 2);
  return {
    get until() {
      return until;
    },
    get reason() {
      return reason;
    },
    succeeded(item) {
      items.delete(item);
      inARow = 0;
      until = 0;
      reason = null;
    },
    failed(item, error, now) {
      const failures = (items.get(item)?.failures ?? 0) + 1;
      const asked = Math.min(error.retryAfterMs ?? 0, longestAskedMs);
      items.set(item, { failures, until: now + Math.max(wait(failures), asked) });
      inARow++;
      if (error.status === 0 || error.status === 429 || inARow >= failuresInARow) {
        until = Math.max(until, now + Math.max(wait(inARow), asked));
        reason = error.message;
      }
    },
    dueAt: (item) => items.get(item)?.until ?? 0,
    clear() {
      items.clear();
      inARow = 0;
      until = 0;
      reason = null;
    },
  };
}
