/**
 * Hyperband as W&B's search engine has it (wandb/sweeps b1dfc5f): at each band only the best 1/eta of all runs that came as far go on.
 *
 * | symbol | meaning |
 * |---|---|
 * | eta | of this many runs one goes on, above 1 |
 * | b | a band: a number of finite values that a run has logged |
 * | n | runs, in any state, with at least b values |
 * | k | floor(n * (1 / eta)), 1 / eta taken first: with 49 runs and eta 49 it is 0 |
 *
 * A run is stopped if its loss is greater than the k-th smallest (from 0) at its last band; so k + 1 runs go on, and ties.
 */
import type { Ladder } from '../../domain/stop.ts';
import type { EarlyTerminate } from '../../space/index.ts';
import { ladderAt } from './rungs.ts';

const mostBands = 100;

/**
 * The bands, ascending. With `max_iter` they are floor(max_iter / eta^i) for i from 1 to `s` while that is at least 1; else
 * floor(min_iter * eta^i) for i from 0 to 99, with the power made by multiplying, and with repetitions for an eta near 1.
 * @returns none where max_iter and s leave none
 */
export function hyperbandBands({ minIter, maxIter, s, eta }: EarlyTerminate): number[] {
  const bands: number[] = [];
  if (maxIter !== null) {
    let band = maxIter;
    for (let i = 0; i < (s ?? 0); i++) {
      band /= eta;
      if (band < 1) break;
      bands.push(Math.floor(band));
    }
    return bands.sort((a, b) => a - b);
  }
  let power = 1;
  for (let i = 0; i < mostBands; i++) {
    bands.push(Math.floor((minIter ?? 1) * power));
    power *= eta;
  }
  return bands;
}

/** @returns the index of the threshold among n losses in ascending order */
export const thresholdIndex = (n: number, eta: number): number => Math.floor(n * (1 / eta));

/** @param name under which its decisions are kept */
export function hyperbandLadder(rule: EarlyTerminate, name: string): Ladder {
  const bands = [...new Set(hyperbandBands(rule))];
  const { eta, strict } = rule;
  return {
    name,
    key: `hyperband ${JSON.stringify(rule)}`,
    leaves: 'there',
    stakes: strict ? 'rung' : 'best',
    ...ladderAt(bands),
    compare: (losses, stake) => {
      const k = thresholdIndex(losses.length, eta);
      const threshold = losses.at(k);
      const rank = losses.countBelow(stake) + 1;
      return { stop: stake > threshold, threshold, rank, runs: losses.length, among: k + 1 };
    },
    spared: (losses) => losses.at(thresholdIndex(losses.length, eta)),
  };
}
