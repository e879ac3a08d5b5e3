/**
 * The hyperparameters: the mode of their posterior.
 *
 * | symbol | meaning |
 * |---|---|
 * | theta | log l_1 .. log l_d, log s_f^2, log s_n^2 |
 * | nll | negative log marginal likelihood (likelihood.ts) |
 * | prior | log l ~ N(0.2, 1.3^2); log s_f^2 ~ N(0, 1); log s_n^2 ~ N(log 1e-3, 3^2); all on unit axes and a standardised objective |
 *
 * The tail towards long length scales lets parameters that do not matter drop out; tighter priors lost on 8 dimensions
 * (docs/optimizer.md).
 */
import type { Design } from './kernel.ts';
import { minimize } from './lbfgs.ts';
import { createLikelihood } from './likelihood.ts';

interface Normal {
  mean: number;
  deviation: number;
}
export const lengthPrior: Normal = { mean: 0.2, deviation: 1.3 };
const signalPrior: Normal = { mean: 0, deviation: 1 };
const noisePrior: Normal = { mean: Math.log(1e-3), deviation: 3 };

const lengthBounds = [Math.log(0.01), Math.log(100)] as const;
const signalBounds = [Math.log(0.02), Math.log(50)] as const;
/** Below the lower one the factorisation loses its digits before the likelihood gains any. */
const noiseBounds = [Math.log(1e-6), Math.log(2)] as const;

/** theta before anything is known. */
export function standardTheta(width: number): Float64Array {
  const theta = new Float64Array(width + 2).fill(Math.log(0.5 * Math.sqrt(width)));
  theta[width] = 0;
  theta[width + 1] = Math.log(1e-3);
  return theta;
}

function priorTerm(x: number, { mean, deviation }: Normal): { value: number; slope: number } {
  const t = (x - mean) / deviation;
  return { value: 0.5 * t * t, slope: t / deviation };
}

/** The prior of the j-th of `length` hyperparameters. */
export function priorAt(j: number, length: number): Normal {
  if (j < length - 2) return lengthPrior;
  return j === length - 2 ? signalPrior : noisePrior;
}

/** Minus the log prior density of theta up to a constant; its gradient is added to `gradient`. */
export function addPrior(theta: Float64Array, gradient: Float64Array | null): number {
  let sum = 0;
  for (let j = 0; j < theta.length; j++) {
    const { value, slope } = priorTerm(theta[j] as number, priorAt(j, theta.length));
    sum += value;
    if (gradient !== null) gradient[j] = (gradient[j] as number) + slope;
  }
  return sum;
}

const boundsAt = (j: number, length: number): readonly [number, number] => {
  if (j < length - 2) return lengthBounds;
  return j === length - 2 ? signalBounds : noiseBounds;
};

export const isWithinBounds = (theta: Float64Array): boolean =>
  theta.every((x, j) => {
    const [low, high] = boundsAt(j, theta.length);
    return x >= low && x <= high;
  });

export interface Fit {
  theta: Float64Array;
  /** nll and minus log prior. */
  value: number;
}

/**
 * @param starts where to begin; the best end is taken
 * @returns the first start, with an infinite value, where the likelihood has none anywhere
 */
export function fitHyperparameters(
  design: Design,
  y: Float64Array,
  variances: Float64Array,
  starts: readonly Float64Array[],
  iterations: number,
): Fit {
  const likelihood = createLikelihood(design, y, variances);
  const length = design.width + 2;
  const bounds = (which: 0 | 1) => Float64Array.from({ length }, (_, j) => boundsAt(j, length)[which]);
  const box = { lower: bounds(0), upper: bounds(1) };
  const evaluate = (theta: Float64Array, gradient: Float64Array) => {
    const value = likelihood.evaluate(theta, gradient);
    return value + addPrior(theta, gradient);
  };
  let best: Fit = { theta: starts[0] as Float64Array, value: Number.POSITIVE_INFINITY };
  for (const start of starts) {
    const found = minimize(evaluate, start, box, { iterations, tolerance: 1e-3, firstStep: 1 });
    if (found.value < best.value) best = { theta: found.x, value: found.value };
  }
  return best;
}
