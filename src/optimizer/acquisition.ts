/**
 * How much a run at x promises: the logarithm of the expected improvement, averaged over joint fantasies of the pending runs, plus
 * the logarithm of the probability that the run does not fail.
 *
 * | symbol | meaning |
 * |---|---|
 * | S | number of fantasies, 1 where nothing is pending |
 * | t_s | threshold: the lowest posterior mean at a known point, under fantasy s |
 * | z_s | (t_s - mean_s) / deviation |
 * | a | log of the mean over s of deviation h(z_s), see expected-improvement.ts |
 */
import { logImprovement } from './expected-improvement.ts';
import type { Feasibility } from './failures.ts';
import { addGradient, createWorkspace, meansAtRows, type Posterior, predict } from './posterior.ts';

export interface Acquisition {
  /** The value at a row; with a gradient its derivative by the numeric columns is written there. */
  evaluate(x: Float64Array, gradient: Float64Array | null): number;
}

/**
 * The threshold under each fantasy.
 * @param own rows from 0 that may be the incumbent; pending ones, at the end, may too
 */
export function thresholds(posterior: Posterior, own: number): Float64Array {
  return Float64Array.from(posterior.whitened, (_, s) => {
    const means = meansAtRows(posterior, s);
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < means.length; i++) {
      if (i < own || i >= posterior.observed) lowest = Math.min(lowest, means[i] as number);
    }
    return lowest;
  });
}

/** @param limits t_s */
export function createAcquisition(
  posterior: Posterior,
  limits: Float64Array,
  feasibility: Feasibility | null,
): Acquisition {
  const work = createWorkspace(posterior);
  const fantasies = limits.length;
  const logs = new Float64Array(fantasies);
  const slopes = new Float64Array(fantasies);
  const width = posterior.design.width;
  const full = new Float64Array(width);
  const evaluate = (x: Float64Array, gradient: Float64Array | null): number => {
    full.set(x);
    predict(posterior, full, work, gradient !== null);
    const deviation = Math.sqrt(work.variance);
    let highest = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < fantasies; s++) {
      const { value, slope } = logImprovement(((limits[s] as number) - (work.means[s] as number)) / deviation);
      logs[s] = value;
      slopes[s] = slope;
      if (value > highest) highest = value;
    }
    let sum = 0;
    for (let s = 0; s < fantasies; s++) sum += Math.exp((logs[s] as number) - highest);
    let value = Math.log(deviation) + highest + Math.log(sum / fantasies);
    if (gradient !== null) {
      gradient.fill(0);
      let byDeviation = 1 / deviation;
      const byMean = new Float64Array(fantasies);
      for (let s = 0; s < fantasies; s++) {
        const weighted = ((Math.exp((logs[s] as number) - highest) / sum) * (slopes[s] as number)) / deviation;
        byMean[s] = -weighted;
        byDeviation -= (weighted * ((limits[s] as number) - (work.means[s] as number))) / deviation;
      }
      addGradient(posterior, work, byMean, byDeviation / (2 * deviation), gradient);
    }
    if (feasibility !== null) value += feasibility.evaluate(x, gradient);
    return value;
  };
  return { evaluate };
}
