/**
 * Quantile function and distribution function of every law.
 *
 * | symbol | meaning |
 * |---|---|
 * | p | a probability in [0, 1] |
 * | x | a value |
 * | F, F^-1 | distribution function of the law before rounding, and its inverse |
 * | q | quantisation step; a value is k q with k = round(F^-1(p) / q), ties to even |
 * | n | number of values of a finite law |
 */
import { invalidInput } from '../domain/errors.ts';
import { floatValue, integerValue, isObject, type JsonValue, numberOf } from '../domain/json.ts';
import { betaCdf, betaQuantile } from './beta.ts';
import { categoryIndex } from './categories.ts';
import type { Distribution, Quantum } from './config.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { parseLeaf } from './parameters.ts';
import { createReporter, emptyLists } from './problems.ts';

/** A law of real numbers: everything but constants, categories and integers. */
export type RealLaw = Extract<Distribution, { q: Quantum | null }>;

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const finite = (x: number): number => clip(x, -Number.MAX_VALUE, Number.MAX_VALUE);

/** min + p (max - min), also where the difference is more than a double holds. */
function between(min: number, max: number, p: number): number {
  const width = max - min;
  return clip(Number.isFinite(width) ? min + p * width : min * (1 - p) + max * p, min, max);
}

/** F^-1(p) before rounding; finite for every p in (0, 1). */
export function realQuantile(law: RealLaw, p: number): number {
  switch (law.kind) {
    case 'uniform':
      return between(law.min, law.max, p);
    case 'log_uniform':
      return clip(Math.exp(between(law.logMin, law.logMax, p)), law.min, law.max);
    case 'normal':
      return law.sigma === 0 ? law.mu : finite(law.mu + law.sigma * normalQuantile(p));
    case 'log_normal':
      return law.sigma === 0 ? finite(Math.exp(law.mu)) : finite(Math.exp(law.mu + law.sigma * normalQuantile(p)));
    case 'beta':
      return betaQuantile(p, law.a, law.b);
  }
}

function standardCdf(x: number, mu: number, sigma: number): number {
  if (sigma === 0) return x < mu ? 0 : 1;
  const distance = x - mu;
  const z = Number.isFinite(distance) ? distance / sigma : x / sigma - mu / sigma;
  return Number.isNaN(z) ? Number(x >= mu) : normalCdf(z);
}

/** F(x) before rounding, in [0, 1]. */
export function realCdf(law: RealLaw, x: number): number {
  switch (law.kind) {
    case 'uniform': {
      const width = law.max - law.min;
      const share = Number.isFinite(width)
        ? (x - law.min) / width
        : (x / 2 - law.min / 2) / (law.max / 2 - law.min / 2);
      return clip(share, 0, 1);
    }
    case 'log_uniform':
      if (x <= law.min) return 0;
      if (x >= law.max) return 1;
      // Bounds a few doubles apart have one logarithm.
      if (law.logMin === law.logMax) return 0.5;
      return clip((Math.log(x) - law.logMin) / (law.logMax - law.logMin), 0, 1);
    case 'normal':
      return standardCdf(x, law.mu, law.sigma);
    case 'log_normal':
      return x <= 0 ? 0 : standardCdf(Math.log(x), law.mu, law.sigma);
    case 'beta':
      return betaCdf(x, law.a, law.b);
  }
}

/** Half to even, as IEEE 754 and Python round. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/**
 * The multiples that a quantised law can give, as factors of q: those inside its bounds. Upstream rounds without regard to the
 * bounds, so that a value may leave them (20 for 4..18 in steps of 5, a learning rate of 0); here it stays inside wherever a
 * multiple lies inside. Infinite for the normal laws.
 */
export function latticeBounds(law: RealLaw, q: Quantum): { low: number; high: number } {
  if (law.kind === 'normal') return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (law.kind === 'log_normal') return { low: 0, high: Number.POSITIVE_INFINITY };
  const [min, max] = law.kind === 'beta' ? [0, 1 / q.step] : [law.min / q.step, law.max / q.step];
  // 0.3 / 0.1 is a little less than 3.
  const slack = 1e-9;
  const low = Math.ceil(min - slack);
  const high = Math.floor(max + slack);
  return low <= high ? { low, high } : { low: roundHalfEven(min), high: roundHalfEven(max) };
}

/** The factor k of the multiple k q nearest to x; null where the multiples are as dense as the doubles, so that x is one. */
export function latticeIndex(law: RealLaw, q: Quantum, x: number): number | null {
  const factor = x / q.step;
  if (!(Math.abs(factor) < Number.MAX_SAFE_INTEGER)) return null;
  const { low, high } = latticeBounds(law, q);
  return clip(roundHalfEven(factor), low, high);
}

/** A multiple of q as a JSON value. */
export function quantisedValue(q: Quantum, x: number): JsonValue {
  if (!q.isInteger || !Number.isInteger(x)) return floatValue(x === 0 ? 0 : x);
  return integerValue(BigInt(x));
}

/** Index of the p-quantile among n equally likely values: ceil(p n) - 1. */
function uniformIndex(p: number, n: number): number {
  const index = Math.ceil(p * n);
  // p n may be rounded up across an integer.
  return clip(index > 1 && (index - 1) / n >= p ? index - 1 : index, 1, n) - 1;
}

function weightedIndex(p: number, probabilities: readonly number[]): number {
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  const scale = Math.abs(total - 1) < 1e-12 ? 1 : total;
  let sum = 0;
  let last = 0;
  for (const [i, probability] of probabilities.entries()) {
    sum += probability;
    if (probability > 0) last = i;
    if (sum > p * scale) return i;
  }
  return last;
}

const bigScale = 2n ** 52n;

function integerQuantile(law: Extract<Distribution, { kind: 'int_uniform' }>, p: number): JsonValue {
  const offset =
    law.count < bigScale
      ? BigInt(uniformIndex(p, Number(law.count)))
      : (law.count * BigInt(Math.floor(p * Number(bigScale)))) / bigScale;
  return integerValue(law.first + (offset < law.count ? offset : law.count - 1n));
}

/** The value at probability p in [0, 1]: what a draw of p gives. */
export function quantile(law: Distribution, p: number): JsonValue {
  switch (law.kind) {
    case 'constant':
      return law.value;
    case 'categorical':
      return law.values[uniformIndex(p, law.values.length)] ?? null;
    case 'categorical_w_probabilities':
      return law.values[weightedIndex(p, law.probabilities)] ?? null;
    case 'int_uniform':
      return integerQuantile(law, p);
    default: {
      const x = realQuantile(law, p);
      if (law.q === null) return floatValue(x);
      const k = latticeIndex(law, law.q, x);
      return quantisedValue(law.q, k === null ? x : finite(k * law.q.step));
    }
  }
}

/**
 * The distribution function at x, before rounding for quantised laws, as upstream encodes a run's value. A category stands at the
 * upper end of its share. Null where x is no value of the law: text among numbers, a category that is not listed.
 */
export function cumulative(law: Distribution, x: JsonValue): number | null {
  if (law.kind === 'categorical' || law.kind === 'categorical_w_probabilities') {
    const index = categoryIndex(law, x);
    if (index === null) return null;
    if (law.kind === 'categorical') return (index + 1) / law.values.length;
    const total = law.probabilities.reduce((sum, p) => sum + p, 0);
    return law.probabilities.slice(0, index + 1).reduce((sum, p) => sum + p, 0) / total;
  }
  if (law.kind === 'constant') return 1;
  const value = numberOf(x);
  if (value === null || Number.isNaN(value)) return null;
  if (law.kind !== 'int_uniform') return realCdf(law, value);
  return clip((Math.floor(value) - law.min + 1) / Number(law.count), 0, 1);
}

function lawOf(parameter: JsonValue): Distribution {
  const lists = emptyLists();
  const leaf = isObject(parameter)
    ? parseLeaf(
        parameter,
        [],
        [],
        createReporter(lists, () => null),
      )
    : null;
  if (leaf) return leaf.distribution;
  const problems = lists.errors.length > 0 ? lists.errors : [{ path: '', message: 'A parameter is a mapping' }];
  throw invalidInput('invalid_parameter', problems.map((problem) => problem.message).join('; '), problems);
}

/**
 * Quantile function of one parameter of a config, e.g. `{min: 0, max: 1}`.
 * @param p in [0, 1]
 * @throws SweepdError invalid_input where the parameter is refused
 */
export const ppf = (parameter: JsonValue, p: number): JsonValue => quantile(lawOf(parameter), p);

/** Distribution function of one parameter of a config; see `cumulative`. @throws SweepdError invalid_input */
export const cdf = (parameter: JsonValue, x: JsonValue): number | null => cumulative(lawOf(parameter), x);
