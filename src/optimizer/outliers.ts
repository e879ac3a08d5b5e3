/**
 * Results that the others contradict get a variance of their own, so that one lucky or unlucky run of a noisy program neither draws
 * the search to itself nor bends the model around it.
 *
 * | symbol | meaning |
 * |---|---|
 * | K, a | covariance of the results with all variances; K^-1 y |
 * | r_i | y_i minus its prediction from all other results: a_i / (K^-1)_ii |
 * | s_i^2 | variance of that prediction, noise included: 1 / (K^-1)_ii |
 * | v_i | variance added: r_i^2 - s_i^2 where the mismatch passes `mostDeviations`, which makes it one standard deviation |
 *
 * Only where noise was learned: on a deterministic objective a value that nothing predicts is a discovery.
 *
 * Source: leave-one-out predictions, Rasmussen and Williams 2006, equation 5.12; the weights are those of an iteratively reweighted
 * fit (Student-t likelihoods: Lange, Little and Taylor 1989), cut to nothing within the bulk.
 */
import { covarianceOf, kernelMatrix, scaledRows } from './kernel.ts';
import { dot, factorize, invertTransposed, solveLower, solveUpper } from './matrix.ts';
import type { Observations } from './posterior.ts';

const mostDeviations = 3;
/** Learned noise variance, of a standardised objective, from which a contradiction may be noise. */
export const leastNoise = 0.02;

/** v_i for every result; null where there is none to add. */
export function outlierVariances({ design, y, variances }: Observations, theta: Float64Array): Float64Array | null {
  const { count: n, width } = design;
  const noise = Math.exp(theta[width + 1] as number);
  if (noise < leastNoise || n < 5) return null;
  const covariance = covarianceOf(theta, width);
  const k = new Float64Array(n * n);
  kernelMatrix(design, covariance, scaledRows(design, covariance), k, false);
  for (let i = 0; i < n; i++) k[i * n + i] = (k[i * n + i] as number) + noise + (variances[i] as number);
  if (!factorize(k, n)) return null;
  const a = Float64Array.from(y);
  solveLower(k, n, a);
  solveUpper(k, n, a);
  const u = new Float64Array(n * n);
  invertTransposed(k, n, u);
  let isAny = false;
  const added = Float64Array.from(y, (_, i) => {
    const precision = dot(u, i * n + i, u, i * n + i, n - i);
    const residual = (a[i] as number) / precision;
    if (residual * residual * precision <= mostDeviations ** 2) return 0;
    isAny = true;
    return residual * residual - 1 / precision;
  });
  return isAny ? added : null;
}

/** The observations with the added variances. */
export function withOutliers(observations: Observations, theta: Float64Array): Observations {
  const added = outlierVariances(observations, theta);
  if (added === null) return observations;
  return { ...observations, variances: observations.variances.map((v, i) => v + (added[i] as number)) };
}
