/**
 * What the model says about a point after the results, in whitened form, so that pending points cost next to nothing.
 *
 * | symbol | meaning |
 * |---|---|
 * | n, q | results, pending points; rows of the design in this order |
 * | L | factor of the covariance of all n + q rows, noise included |
 * | y | standardised objective of the results |
 * | w | L^-1 (y, y_P): the first n are L^-1 y; the last q are independent standard normal numbers before y_P is known |
 * | S | joint fantasies: draws of the last q of w, each a consistent set of results for all pending points |
 * | k, v | covariance of x with all rows; L^-1 k |
 * | mean_s, variance | v'w_s; k(x, x) - v'v |
 *
 * Source: Rasmussen and Williams 2006, algorithm 2.1; fantasies as in Snoek, Larochelle and Adams 2012, section 3.2.
 */
import {
  type Covariance,
  covarianceOf,
  type Design,
  kernelMatrix,
  kernelVector,
  meanVariance,
  scaledRows,
} from './kernel.ts';
import { dot, factorize, solveLower, solveLowerTogether, solveUpper, together } from './matrix.ts';

export interface Posterior {
  design: Design;
  covariance: Covariance;
  scaled: Float64Array;
  factor: Float64Array;
  /** n. */
  observed: number;
  /** w_s for every fantasy, one after the other; one where nothing is pending. */
  whitened: Float64Array[];
  /** Diagonal added to the kernel: noise, known variances, jitter. */
  diagonal: Float64Array;
}

export interface Observations {
  /** Results first, then pending points. */
  design: Design;
  y: Float64Array;
  /** Known variances of the results. */
  variances: Float64Array;
}

const jitters = [0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2];

/**
 * @param theta log l_j, log s_f^2, log s_n^2
 * @param draws S rows of q standard normal numbers; not read where nothing is pending
 * @returns null where the covariance is singular even with a hundredth of the signal added
 */
export function createPosterior(
  { design, y, variances }: Observations,
  theta: ArrayLike<number>,
  draws: readonly Float64Array[],
): Posterior | null {
  const { count, width } = design;
  const covariance = covarianceOf(Float64Array.from(theta), width);
  const noise = Math.exp(theta[width + 1] as number);
  const scaled = scaledRows(design, covariance);
  const factor = new Float64Array(count * count);
  for (const jitter of jitters) {
    kernelMatrix(design, covariance, scaled, factor, false);
    const diagonal = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      diagonal[i] = noise + (variances[i] ?? 0) + jitter * (covariance.signal + meanVariance);
      factor[i * count + i] = (factor[i * count + i] as number) + (diagonal[i] as number);
    }
    if (!factorize(factor, count)) continue;
    const first = new Float64Array(count);
    first.set(y);
    solveLower(factor, y.length, first, 0, count);
    const whitened = count === y.length ? [first] : draws.map((draw) => withTail(first, draw, y.length));
    return { design, covariance, scaled, factor, observed: y.length, whitened, diagonal };
  }
  return null;
}

function withTail(first: Float64Array, draw: Float64Array, at: number): Float64Array {
  const w = Float64Array.from(first);
  for (let i = at; i < w.length; i++) w[i] = draw[i - at] ?? 0;
  return w;
}

/** Posterior mean of the latent objective at every row of the design, under fantasy s: (y, y_P) - diagonal K^-1 (y, y_P). */
export function meansAtRows({ design: { count }, factor, whitened, diagonal }: Posterior, s: number): Float64Array {
  const w = whitened[s] as Float64Array;
  const a = Float64Array.from(w);
  solveUpper(factor, count, a);
  return Float64Array.from(a, (value, i) => dot(factor, i * count, w, 0, i + 1) - (diagonal[i] as number) * value);
}

/** Places for one evaluation, made once for many. */
export interface Workspace {
  x: Float64Array;
  k: Float64Array;
  slopes: Float64Array;
  v: Float64Array;
  u: Float64Array;
  along: Float64Array;
  /** Sum of v_i w_si over results, the same for all fantasies, then mean_s. */
  means: Float64Array;
  variance: number;
}

export function createWorkspace({ design, whitened }: Posterior): Workspace {
  const { count, width } = design;
  return {
    x: new Float64Array(width),
    k: new Float64Array(count),
    slopes: new Float64Array(count),
    v: new Float64Array(count),
    u: new Float64Array(count),
    along: new Float64Array(width),
    means: new Float64Array(whitened.length),
    variance: 0,
  };
}

/** Smallest variance given: below it rounding is all there is. */
const leastVariance = 1e-12;

/** Fills `work` for the row x (as in the design, not scaled): means and variance of the latent objective. */
export function predict(posterior: Posterior, x: Float64Array, work: Workspace, needsSlopes = false): void {
  covary(posterior, x, work, needsSlopes);
  work.v.set(work.k);
  solveLower(posterior.factor, posterior.design.count, work.v);
  conclude(posterior, work);
}

/** Fills one workspace for each of up to four rows, in half the time of one by one. */
export function predictTogether(
  posterior: Posterior,
  rows: readonly Float64Array[],
  works: readonly Workspace[],
): void {
  const { count } = posterior.design;
  const b = new Float64Array(count * together);
  for (const [c, x] of rows.entries()) {
    const work = works[c] as Workspace;
    covary(posterior, x, work, false);
    for (let i = 0; i < count; i++) b[i * together + c] = work.k[i] as number;
  }
  solveLowerTogether(posterior.factor, count, b);
  for (let c = 0; c < rows.length; c++) {
    const work = works[c] as Workspace;
    for (let i = 0; i < count; i++) work.v[i] = b[i * together + c] as number;
    conclude(posterior, work);
  }
}

function covary(
  { design, covariance, scaled }: Posterior,
  x: Float64Array,
  work: Workspace,
  needsSlopes: boolean,
): void {
  for (let j = 0; j < design.width; j++) {
    const value = x[j] as number;
    work.x[j] = j < design.numeric ? value * Math.sqrt(covariance.inverseSquares[j] as number) : value;
  }
  kernelVector(design, covariance, scaled, work.x, work.k, needsSlopes ? work.slopes : null);
}

function conclude({ design: { count }, covariance, observed, whitened }: Posterior, work: Workspace): void {
  const total = covariance.signal + meanVariance;
  work.variance = Math.max(total - dot(work.v, 0, work.v, 0, count), leastVariance);
  const base = dot(work.v, 0, whitened[0] as Float64Array, 0, observed);
  for (let s = 0; s < whitened.length; s++) {
    work.means[s] = base + dot(work.v, observed, whitened[s] as Float64Array, observed, count - observed);
  }
}

/**
 * Gradient, in the numeric coordinates of x, of a function of means and variance at the point where `work` was filled with slopes.
 * @param byMean its derivative by each mean_s
 * @param byVariance its derivative by the variance
 */
export function addGradient(
  { design, covariance, scaled, factor, observed, whitened }: Posterior,
  work: Workspace,
  byMean: Float64Array,
  byVariance: number,
  gradient: Float64Array,
): void {
  const { count, width, numeric } = design;
  const { u } = work;
  let sum = 0;
  for (const factorOfS of byMean) sum += factorOfS;
  const first = whitened[0] as Float64Array;
  for (let i = 0; i < count; i++) {
    let value = -2 * byVariance * (work.v[i] as number);
    if (i < observed) value += sum * (first[i] as number);
    else
      for (let s = 0; s < whitened.length; s++)
        value += (byMean[s] as number) * ((whitened[s] as Float64Array)[i] as number);
    u[i] = value;
  }
  solveUpper(factor, count, u);
  const { along } = work;
  along.fill(0);
  for (let i = 0; i < count; i++) {
    const weight = (u[i] as number) * (work.slopes[i] as number);
    const row = i * width;
    for (let j = 0; j < numeric; j++) {
      along[j] = (along[j] as number) + weight * ((scaled[row + j] as number) - (work.x[j] as number));
    }
  }
  for (let j = 0; j < numeric; j++) {
    const scale = covariance.signal * Math.sqrt(covariance.inverseSquares[j] as number);
    gradient[j] = (gradient[j] as number) + scale * (along[j] as number);
  }
}
