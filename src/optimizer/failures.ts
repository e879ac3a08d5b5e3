/**
 * Where runs fail. Failures never enter the model of the objective as made-up values; a second Gaussian process learns the edge.
 *
 * | symbol | meaning |
 * |---|---|
 * | label | +1 for a run with a result, -1 for one that failed |
 * | m, v | mean and variance of the label's regression at x |
 * | P | probability that a run at x does not fail: Phi(slope m / sqrt(v + spread)) |
 *
 * Source: least-squares classification, Rasmussen and Williams 2006, section 6.5; its product with the expected improvement as in
 * Gelbart, Snoek and Adams 2014.
 */
import type { Columns } from './columns.ts';
import { logProbability } from './expected-improvement.ts';
import type { History } from './history.ts';
import { designOf } from './model.ts';
import { addGradient, createPosterior, createWorkspace, type Posterior, predict, type Workspace } from './posterior.ts';

/** A run is taken to end well where nothing is known. */
const labelMean = 0.5;
const labelNoise = 0.02;
/** The edge of the bad region is sharper than the objective is smooth. */
const longest = Math.log(0.5);
const slope = 1.5;
const spread = 0.1;
const mostLabels = 400;

export interface Feasibility {
  /** log P at x; with a gradient its derivative is added to it. */
  evaluate(x: Float64Array, gradient: Float64Array | null): number;
}

/**
 * @param logLengths of the objective, one for each column
 * @returns null before the first failure: then nothing is known, and nothing may change
 */
export function createFeasibility(
  columns: Columns,
  history: History,
  logLengths: ArrayLike<number> | null,
): Feasibility | null {
  if (history.failures.length === 0) return null;
  const good = history.observations.slice(-mostLabels / 2).map((one) => one.row);
  const bad = history.failures.slice(-mostLabels / 2);
  const design = designOf(columns, [...good, ...bad], []);
  const y = Float64Array.from({ length: design.count }, (_, i) => (i < good.length ? 1 : -1) - labelMean);
  const theta = new Float64Array(design.width + 2).fill(longest);
  for (let j = 0; j < design.width; j++) theta[j] = Math.min(logLengths?.[j] ?? longest, longest);
  theta[design.width] = 0;
  theta[design.width + 1] = Math.log(labelNoise);
  const posterior = createPosterior({ design, y, variances: new Float64Array(design.count) }, theta, []);
  if (posterior === null) return null;
  const work = createWorkspace(posterior);
  return { evaluate: (x, gradient) => logFeasible(posterior, work, x, gradient) };
}

function logFeasible(posterior: Posterior, work: Workspace, x: Float64Array, gradient: Float64Array | null): number {
  predict(posterior, x, work, gradient !== null);
  const total = work.variance + spread;
  const z = (slope * ((work.means[0] as number) + labelMean)) / Math.sqrt(total);
  const { value, slope: byZ } = logProbability(z);
  if (gradient !== null) {
    const byMean = Float64Array.of((byZ * slope) / Math.sqrt(total));
    addGradient(posterior, work, byMean, (-0.5 * byZ * z) / total, gradient);
  }
  return value;
}
