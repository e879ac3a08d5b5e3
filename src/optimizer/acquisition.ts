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
import { together } from './matrix.ts';
import {
  addGradient,
  createWorkspace,
  meansAtRows,
  type Posterior,
  predict,
  predictTogether,
  type Workspace,
} from './posterior.ts';

export interface Acquisition {
  /** The value at a row; with a gradient its derivative by the numeric columns is written there. */
  evaluate(x: Float64Array, gradient: Float64Array | null): number;
  /** The values at many rows, in half the time of one by one. */
  evaluateAll(points: readonly Float64Array[]): Float64Array;
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
  const { width } = posterior.design;
  const works = Array.from({ length: together }, () => createWorkspace(posterior));
  const rows = works.map(() => new Float64Array(width));
  const [work, full] = [works[0] as Workspace, rows[0] as Float64Array];
  const byMean = new Float64Array(limits.length);
  const logs = new Float64Array(limits.length);
  const evaluate = (x: Float64Array, gradient: Float64Array | null): number => {
    full.set(x);
    predict(posterior, full, work, gradient !== null);
    const { value, byVariance } = logMeanImprovement(work, limits, logs, byMean);
    if (gradient !== null) {
      gradient.fill(0);
      addGradient(posterior, work, byMean, byVariance, gradient);
    }
    return feasibility === null ? value : value + feasibility.evaluate(x, gradient);
  };
  const evaluateAll = (points: readonly Float64Array[]): Float64Array => {
    const values = new Float64Array(points.length);
    for (let at = 0; at < points.length; at += together) {
      const part = points.slice(at, at + together);
      for (const [c, x] of part.entries()) (rows[c] as Float64Array).set(x);
      predictTogether(posterior, rows.slice(0, part.length), works);
      for (const [c, x] of part.entries()) {
        const { value } = logMeanImprovement(works[c] as Workspace, limits, logs, byMean);
        values[at + c] = feasibility === null ? value : value + feasibility.evaluate(x, null);
      }
    }
    return values;
  };
  return { evaluate, evaluateAll };
}

/** a without feasibility, its derivative by the variance, and those by the means in `byMean`; `logs` is a place for log h(z_s). */
function logMeanImprovement(
  { means, variance }: Workspace,
  limits: Float64Array,
  logs: Float64Array,
  byMean: Float64Array,
): { value: number; byVariance: number } {
  const deviation = Math.sqrt(variance);
  let highest = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < limits.length; s++) {
    const { value, slope } = logImprovement(((limits[s] as number) - (means[s] as number)) / deviation);
    logs[s] = value;
    byMean[s] = slope;
    if (value > highest) highest = value;
  }
  let sum = 0;
  for (let s = 0; s < limits.length; s++) sum += Math.exp((logs[s] as number) - highest);
  let byDeviation = 1 / deviation;
  for (let s = 0; s < limits.length; s++) {
    const weighted = ((Math.exp((logs[s] as number) - highest) / sum) * (byMean[s] as number)) / deviation;
    byMean[s] = -weighted;
    byDeviation -= (weighted * ((limits[s] as number) - (means[s] as number))) / deviation;
  }
  const value = Math.log(deviation) + highest + Math.log(sum / limits.length);
  return { value, byVariance: byDeviation / (2 * deviation) };
}

/** The logarithm of the mean of improvements under several models. */
export function averaged(parts: readonly Acquisition[]): Acquisition {
  const slopes = parts.map(() => new Float64Array(0));
  const evaluate = (x: Float64Array, gradient: Float64Array | null): number => {
    const values = parts.map((part, k) => {
      if (gradient === null) return part.evaluate(x, null);
      if ((slopes[k] as Float64Array).length !== gradient.length) slopes[k] = new Float64Array(gradient.length);
      return part.evaluate(x, slopes[k] as Float64Array);
    });
    const value = logMean(values);
    if (gradient !== null) {
      gradient.fill(0);
      for (const [k, slope] of slopes.entries()) {
        const share = Math.exp((values[k] as number) - value) / parts.length;
        for (let j = 0; j < gradient.length; j++) gradient[j] = (gradient[j] as number) + share * (slope[j] as number);
      }
    }
    return value;
  };
  const evaluateAll = (points: readonly Float64Array[]): Float64Array => {
    const all = parts.map((part) => part.evaluateAll(points));
    return Float64Array.from(points, (_, i) => logMean(all.map((values) => values[i] as number)));
  };
  return { evaluate, evaluateAll };
}

function logMean(values: readonly number[]): number {
  const highest = Math.max(...values);
  if (highest === Number.NEGATIVE_INFINITY) return highest;
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0) / values.length);
}
