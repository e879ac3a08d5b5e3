/** A search that gets no better. */
import type { Progress } from '../../domain/stop.ts';

/**
 * @param loss of the run that ended, best over all its rows; null where it has none
 * @param minDelta what a loss must be better by to count, at least 0. Many small steps count together: they are all measured
 *   by the same best loss until one passes it.
 */
export function progressAfter({ best, runsSince }: Progress, loss: number | null, minDelta: number): Progress {
  if (loss !== null && (best === null || best - loss > minDelta)) return { best: loss, runsSince: 0 };
  return { best, runsSince: runsSince + 1 };
}
