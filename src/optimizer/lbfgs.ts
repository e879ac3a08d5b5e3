/**
 * Minimisation of a smooth function in a box: limited-memory BFGS on the variables that are not held at a bound, steps projected
 * back into the box.
 *
 * | symbol | meaning |
 * |---|---|
 * | x, f, g | point, value, gradient |
 * | s, y | differences of points and gradients of the last steps, at most `memory` pairs |
 * | rho | 1 / s'y |
 *
 * Source: Nocedal and Wright 2006, algorithms 7.4 and 3.1; projection as in Bertsekas 1982.
 */
import { dot } from './matrix.ts';

const memory = 8;
const sufficientDecrease = 1e-4;

export interface Box {
  lower: Float64Array;
  upper: Float64Array;
}

export interface Minimum {
  x: Float64Array;
  value: number;
  /** Calls of the function. */
  calls: number;
}

interface Options {
  iterations: number;
  /** Ends when an iteration gains less than this. */
  tolerance: number;
  /** Length of the first step at most. */
  firstStep: number;
}

/**
 * @param evaluate the value at x, infinite or NaN where there is none; writes the gradient
 * @returns the best point met; the start where nothing is better
 */
export function minimize(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  start: Float64Array,
  { lower, upper }: Box,
  { iterations, tolerance, firstStep }: Options,
): Minimum {
  const m = start.length;
  let x = Float64Array.from(start, (value, j) => clamp(value, lower[j] as number, upper[j] as number));
  let g = new Float64Array(m);
  let value = evaluate(x, g);
  let calls = 1;
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < iterations && Number.isFinite(value); iteration++) {
    const isFree = (j: number) =>
      !((x[j] === lower[j] && (g[j] as number) > 0) || (x[j] === upper[j] && (g[j] as number) < 0));
    const p = direction(g, pairs, isFree);
    let slope = dot(p, 0, g, 0, m);
    if (!(slope < 0)) {
      pairs.length = 0;
      for (let j = 0; j < m; j++) p[j] = isFree(j) ? -(g[j] as number) : 0;
      slope = dot(p, 0, g, 0, m);
      if (!(slope < 0)) break;
    }
    let step = pairs.length > 0 ? 1 : Math.min(1, firstStep / Math.sqrt(dot(p, 0, p, 0, m)));
    let moved: { x: Float64Array<ArrayBuffer>; g: Float64Array<ArrayBuffer>; value: number } | null = null;
    for (let tries = 0; tries < 12; tries++) {
      const next = Float64Array.from(x, (from, j) =>
        clamp(from + step * (p[j] as number), lower[j] as number, upper[j] as number),
      );
      const gradient = new Float64Array(m);
      const found = evaluate(next, gradient);
      calls++;
      let expected = 0;
      for (let j = 0; j < m; j++) expected += (g[j] as number) * ((next[j] as number) - (x[j] as number));
      if (found <= value + sufficientDecrease * Math.min(expected, 0)) {
        moved = { x: next, g: gradient, value: found };
        break;
      }
      const curvature = Number.isFinite(found) ? found - value - step * slope : Number.POSITIVE_INFINITY;
      step *= clamp(curvature > 0 ? (-slope * step) / (2 * curvature) : 0.5, 0.1, 0.5);
    }
    if (moved === null) {
      if (pairs.length === 0) break;
      pairs.length = 0;
      continue;
    }
    const s = Float64Array.from(moved.x, (to, j) => to - (x[j] as number));
    const y = Float64Array.from(moved.g, (to, j) => to - (g[j] as number));
    const curvature = dot(s, 0, y, 0, m);
    if (curvature > 1e-12 * Math.sqrt(dot(s, 0, s, 0, m) * dot(y, 0, y, 0, m))) {
      pairs.push({ s, y, rho: 1 / curvature });
      if (pairs.length > memory) pairs.shift();
    }
    const gain = value - moved.value;
    ({ x, g, value } = moved);
    if (gain < tolerance) break;
  }
  return { x, value, calls };
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** The two loops of L-BFGS: -H g on the free variables, 0 on the others. */
function direction(
  g: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  isFree: (j: number) => boolean,
): Float64Array {
  const m = g.length;
  const q = Float64Array.from(g, (value, j) => (isFree(j) ? -value : 0));
  const weights: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i] as (typeof pairs)[number];
    const weight = rho * dot(s, 0, q, 0, m);
    weights[i] = weight;
    for (let j = 0; j < m; j++) q[j] = (q[j] as number) - weight * (y[j] as number);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, 0, last.y, 0, m));
    for (let j = 0; j < m; j++) q[j] = (q[j] as number) * scale;
  }
  for (const [i, { s, y, rho }] of pairs.entries()) {
    const weight = (weights[i] as number) - rho * dot(y, 0, q, 0, m);
    for (let j = 0; j < m; j++) q[j] = (q[j] as number) + weight * (s[j] as number);
  }
  for (let j = 0; j < m; j++) if (!isFree(j)) q[j] = 0;
  return q;
}
