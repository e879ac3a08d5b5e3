/**
 * The negative log marginal likelihood of the hyperparameters and its gradient.
 *
 * | symbol | meaning |
 * |---|---|
 * | n, d | rows, columns |
 * | y | standardised objective |
 * | theta | log l_1 .. log l_d, log s_f^2, log s_n^2 |
 * | K | kernel matrix plus the diagonal s_n^2 + v_i |
 * | v_i | variance of y_i known beforehand: early-stopped runs, outliers, a caller's own |
 * | a | K^-1 y |
 * | nll | y'a / 2 + log det K / 2 + n log(2 pi) / 2 |
 * | G | K^-1 - a a'; d nll / d theta_t = tr(G dK/d theta_t) / 2 |
 *
 * Source: Rasmussen and Williams 2006, equations 5.8 and 5.9.
 */
import { covarianceOf, type Design, kernelMatrix, scaledRows } from './kernel.ts';
import { dot, factorize, inverseFrom, invertTransposed, solveLower, solveUpper } from './matrix.ts';

export interface Likelihood {
  /** nll at theta; its gradient is written to `gradient`. Infinite where K is singular to working precision. */
  evaluate(theta: Float64Array, gradient: Float64Array | null): number;
}

/** @param variances v_i */
export function createLikelihood(design: Design, y: Float64Array, variances: Float64Array): Likelihood {
  const { count: n, width: d } = design;
  const k = new Float64Array(n * n);
  const u = new Float64Array(n * n);
  const inverse = new Float64Array(n * n);
  const a = new Float64Array(n);
  const evaluate = (theta: Float64Array, gradient: Float64Array | null): number => {
    const covariance = covarianceOf(theta, d);
    const noise = Math.exp(theta[d + 1] as number);
    const scaled = scaledRows(design, covariance);
    kernelMatrix(design, covariance, scaled, k, gradient !== null);
    for (let i = 0; i < n; i++) k[i * n + i] = (k[i * n + i] as number) + noise + (variances[i] as number);
    if (!factorize(k, n)) return Number.POSITIVE_INFINITY;
    a.set(y);
    solveLower(k, n, a);
    let value = 0.5 * dot(a, 0, a, 0, n) + 0.5 * n * Math.log(2 * Math.PI);
    for (let i = 0; i < n; i++) value += Math.log(k[i * n + i] as number);
    if (gradient === null) return value;
    solveUpper(k, n, a);
    invertTransposed(k, n, u);
    inverseFrom(u, n, inverse);
    accumulate(design, covariance, scaled, { k, inverse, a, noise }, gradient);
    return value;
  };
  return { evaluate };
}

interface Solved {
  /** h above the diagonal. */
  k: Float64Array;
  inverse: Float64Array;
  a: Float64Array;
  noise: number;
}

function accumulate(
  { count: n, width: d, numeric }: Design,
  { signal, inverseSquares }: { signal: number; inverseSquares: Float64Array },
  scaled: Float64Array,
  { k, inverse, a, noise }: Solved,
  gradient: Float64Array,
): void {
  gradient.fill(0);
  let signalSum = 0;
  let trace = 0;
  for (let i = 0; i < n; i++) {
    const ai = a[i] as number;
    const row = i * d;
    for (let j = 0; j < i; j++) {
      const g = (inverse[i * n + j] as number) - ai * (a[j] as number);
      const weight = g * signal * (k[j * n + i] as number);
      const other = j * d;
      let square = 0;
      let c = 0;
      for (; c < numeric; c++) {
        const difference = (scaled[row + c] as number) - (scaled[other + c] as number);
        const part = difference * difference;
        square += part;
        gradient[c] = (gradient[c] as number) + weight * part;
      }
      for (; c < d; c++) {
        if (scaled[row + c] === scaled[other + c]) continue;
        const part = inverseSquares[c] as number;
        square += part;
        gradient[c] = (gradient[c] as number) + weight * part;
      }
      // The kernel itself from h: with t = sqrt5 r, (1 + t + t^2/3) exp(-t) = (3/5) h (1 + t^2 / (3 (1 + t))).
      const t = Math.sqrt(5 * square);
      signalSum += g * (k[j * n + i] as number) * 0.6 * (1 + (t * t) / (3 * (1 + t)));
    }
    const g = (inverse[i * n + i] as number) - ai * ai;
    trace += g;
  }
  gradient[d] = signal * (signalSum + 0.5 * trace);
  gradient[d + 1] = 0.5 * noise * trace;
}
