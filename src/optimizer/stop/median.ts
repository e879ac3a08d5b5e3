/**
 * The median rule (Golovin et al., Google Vizier, KDD 2017, section 3.2.2, with the best value in place of the running average): a run
 * whose best loss up to a rung is greater than the median of the others' best losses up to there is stopped.
 *
 * | symbol | meaning |
 * |---|---|
 * | n | the other runs, in any state, that came as far |
 * | m | the median of their n best losses; the mean of the middle two where n is even |
 */
import type { SortedValues } from '../../domain/sorted-values.ts';
import type { Ladder } from '../../domain/stop.ts';
import type { StopRule } from '../../space/index.ts';
import { growingRungs, ladderAt } from './rungs.ts';

/** @param name under which its decisions are kept */
export function medianLadder(rule: Extract<StopRule, { type: 'median' }>, name: string): Ladder {
  return {
    name,
    key: `median ${JSON.stringify(rule)}`,
    leaves: 'best',
    stakes: 'rung',
    ...ladderAt(growingRungs(Math.max(1, rule.minSteps))),
    compare: (losses, stake) => {
      const threshold = losses.length - 1 < rule.minRuns ? null : medianWithout(losses, stake);
      const rank = losses.countBelow(stake) + 1;
      return { stop: threshold !== null && stake > threshold, threshold, rank, runs: losses.length, among: null };
    },
    // Whichever of the others is left out, their median is no smaller than this one.
    spared: (losses) => {
      if (losses.length - 1 < rule.minRuns) return Number.POSITIVE_INFINITY;
      return losses.length < 3 ? Number.NEGATIVE_INFINITY : losses.at((losses.length - 3) >> 1);
    },
  };
}

/** The median of all losses but one that equals `own`; at least two of them. */
function medianWithout(losses: SortedValues, own: number): number {
  const without = losses.countBelow(own);
  const other = (index: number) => losses.at(index < without ? index : index + 1);
  const n = losses.length - 1;
  return n % 2 === 1 ? other((n - 1) / 2) : (other(n / 2 - 1) + other(n / 2)) / 2;
}
