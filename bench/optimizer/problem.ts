/** A benchmark problem: a sweep's parameters and a function to minimise, with or without noise and crashes. */
import { cauchy, flat, gauss } from './random-streams.ts';

export type Value = number | string | boolean | null | readonly Value[];
export interface Leaf {
  distribution?: string;
  min?: number;
  max?: number;
  q?: number;
  values?: readonly Value[];
}
export type Parameters = { [name: string]: Leaf | { parameters: Parameters } };
/** Values by dotted name. */
export type Flat = Record<string, Value>;
export type Nested = { [name: string]: Value | Nested };

export interface Problem {
  name: string;
  parameters: Parameters;
  noise: { kind: 'normal' | 'uniform' | 'cauchy'; scale: number } | null;
  /** Noiseless value; null where the run crashes. */
  evaluate: (config: Flat) => number | null;
  optimum: number;
  /** Median regret of random search after so many evaluations. */
  randomRegret: { 10: number; 100: number };
}

const draws = { normal: gauss, uniform: flat, cauchy };

/** What the optimizer is told at evaluation k. */
export function observed({ noise }: Pick<Problem, 'noise'>, value: number, seed: number, k: number): number {
  return noise === null ? value : value + noise.scale * draws[noise.kind](seed, k);
}

const isTree = (item: Leaf | { parameters: Parameters }): item is { parameters: Parameters } => 'parameters' in item;

export function leaves(parameters: Parameters, prefix = ''): [string, Leaf][] {
  return Object.entries(parameters).flatMap(([name, item]) =>
    isTree(item) ? leaves(item.parameters, `${prefix}${name}.`) : [[prefix + name, item] as [string, Leaf]],
  );
}

export function flatten(config: Nested, parameters: Parameters, prefix = ''): Flat {
  const flatConfig: Flat = {};
  for (const [name, item] of Object.entries(parameters)) {
    if (isTree(item)) Object.assign(flatConfig, flatten(config[name] as Nested, item.parameters, `${prefix}${name}.`));
    else flatConfig[prefix + name] = config[name] as Value;
  }
  return flatConfig;
}

/** The value at u in [0, 1). */
export function sampled({ values, distribution, min = 0, max = 1, q = 1 }: Leaf, u: number): Value {
  if (values) return values[Math.min(Math.floor(u * values.length), values.length - 1)] as Value;
  if (distribution === 'log_uniform_values') return Math.exp(Math.log(min) + u * (Math.log(max) - Math.log(min)));
  if (distribution === 'int_uniform') return Math.min(min + Math.floor(u * (max - min + 1)), max);
  if (distribution === 'q_uniform') {
    const steps = Math.round((max - min) / q);
    return Number((min + Math.min(Math.floor(u * (steps + 1)), steps) * q).toFixed(10));
  }
  return min + u * (max - min);
}

/** Incumbent by what was observed, scored by its noiseless value. */
export function regrets(
  values: readonly (number | null)[],
  told: readonly (number | null)[],
  optimum: number,
  worst: number,
): number[] {
  let best = Number.POSITIVE_INFINITY;
  let regret = worst;
  return values.map((value, k) => {
    const seen = told[k];
    if (value !== null && seen !== null && seen !== undefined && seen < best) {
      best = seen;
      regret = value - optimum;
    }
    return Math.max(regret, 0);
  });
}
