/** A run whose metric is NaN or infinite for some rows in a row, or whose magnitude passes a limit. */
import type { Divergence } from '../../domain/stop.ts';
import type { StopRule } from '../../space/index.ts';

type Rule = Extract<StopRule, { type: 'divergence' }>;

/**
 * @param streak rows in a row, up to the ones given, whose value was not finite
 * @param values of the rows that hold the metric, in order
 * @returns the streak after them, and the first sign of divergence among them
 */
export function divergenceAfter(
  { rows, above }: Rule,
  streak: number,
  values: readonly number[],
): { streak: number; found: Divergence | null } {
  let now = streak;
  let found: Divergence | null = null;
  for (const value of values) {
    now = Number.isFinite(value) ? 0 : now + 1;
    if (now >= rows) found ??= { kind: 'not_finite', rows: now };
    else if (above !== null && Math.abs(value) > above && Number.isFinite(value)) {
      found ??= { kind: 'above', value, limit: above };
    }
  }
  return { streak: now, found };
}
