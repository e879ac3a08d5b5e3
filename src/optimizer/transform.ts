/**
 * The loss as the model sees it: outliers drawn in, then as it is or its logarithm above the lowest, then standardised.
 *
 * | symbol | meaning |
 * |---|---|
 * | y | loss |
 * | q25, q50, q75 | quartiles; the spread is q75 - q25 |
 * | e | y drawn in: unchanged within reach spreads of the median; beyond that better values grow with the logarithm only, worse ones stay below twice the reach |
 * | g | e, or log(1 + (e - lowest) / scale) with scale = share x (q50 - lowest) |
 * | J | sum of log dz/dy; the evidence for y is the one for z plus J |
 * | z | (g - mean) / standard deviation |
 *
 * Source: the choice by evidence is that of warped Gaussian processes (Snelson, Rasmussen and Ghahramani 2003).
 */
import type { Transform } from './types.ts';

/** In spreads: towards worse values, and towards better ones, where more is left alone. */
const reachWorse = 5;
const reachBetter = 10;

export interface Scale {
  transform: Transform;
  /** z(y). */
  forward(loss: number): number;
  /** dz/dy. */
  slope(loss: number): number;
  /** y(z). */
  inverse(z: number): number;
  /** J. */
  logJacobian: number;
}

interface Draw {
  median: number;
  above: number;
  below: number;
}

function quantileOf(sorted: readonly number[], p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low] as number;
  return a + (at - low) * ((sorted[Math.min(low + 1, sorted.length - 1)] as number) - a);
}

/** The distances from the median at which drawing in begins. */
function drawOf(sorted: readonly number[]): Draw {
  const median = quantileOf(sorted, 0.5);
  let spread = quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25);
  // More than half of the values are equal: the mean distance of the others says what is usual.
  if (!(spread > 0)) spread = sorted.reduce((sum, y) => sum + Math.abs(y - median), 0) / sorted.length;
  if (!(spread > 0)) spread = 1;
  return { median, above: reachWorse * spread, below: reachBetter * spread };
}

function drawnIn(y: number, { median, above, below }: Draw): number {
  const distance = y - median;
  if (distance > above) return median + above * (2 - above / distance);
  return distance < -below ? median - below * (1 + Math.log(-distance / below)) : y;
}

function drawnOut(e: number, { median, above, below }: Draw): number {
  const distance = e - median;
  if (distance > above) return median + above / Math.max(2 - distance / above, 1e-150);
  return distance < -below ? median - below * Math.exp(Math.min(-distance / below - 1, 600)) : e;
}

function drawSlope(y: number, { median, above, below }: Draw): number {
  const distance = y - median;
  if (distance > above) return (above / distance) ** 2;
  return distance < -below ? -below / distance : 1;
}

/** @param losses at least one, finite */
export function createScale(transform: Transform, losses: readonly number[]): Scale {
  const sorted = [...losses].sort((a, b) => a - b);
  const draw = drawOf(sorted);
  const lowest = drawnIn(sorted[0] as number, draw);
  const scale = transform.kind === 'log' ? Math.max(transform.share * (draw.median - lowest), 1e-300) : 1;
  // Below the lowest the logarithm goes on as its tangent.
  const warp = (e: number) => {
    if (transform.kind === 'identity') return e;
    const t = (e - lowest) / scale;
    return t >= 0 ? Math.log1p(t) : t;
  };
  const warpSlope = (e: number) => (transform.kind === 'identity' ? 1 : 1 / (scale + Math.max(e - lowest, 0)));
  const warped = losses.map((y) => warp(drawnIn(y, draw)));
  const mean = warped.reduce((sum, g) => sum + g, 0) / warped.length;
  const deviation = Math.sqrt(warped.reduce((sum, g) => sum + (g - mean) ** 2, 0) / warped.length) || 1;
  const slope = (y: number) => (warpSlope(drawnIn(y, draw)) * drawSlope(y, draw)) / deviation;
  return {
    transform,
    forward: (y) => (warp(drawnIn(y, draw)) - mean) / deviation,
    slope,
    inverse: (z) => {
      const g = mean + deviation * z;
      if (transform.kind === 'identity') return drawnOut(g, draw);
      return drawnOut(lowest + scale * (g >= 0 ? Math.expm1(Math.min(g, 700)) : g), draw);
    },
    logJacobian: losses.reduce((sum, y) => sum + Math.log(slope(y)), 0),
  };
}

/** The transforms that compete; the logarithmic ones need a lowest value that is apart from the median. */
export function candidateTransforms(losses: readonly number[], noiseShare: number): Transform[] {
  const sorted = [...losses].sort((a, b) => a - b);
  if (!(quantileOf(sorted, 0.5) > (sorted[0] as number))) return [{ kind: 'identity' }];
  // A logarithm that steep would blow the noise of the best values up.
  const shares = noiseShare > 0.01 ? [1, 0.1] : [1, 0.1, 0.01];
  return [{ kind: 'identity' }, ...shares.map((share) => ({ kind: 'log', share }) as const)];
}
