/** Seeded draws: each depends on the seed, its number and the parameter's name alone, so any one can be made again by itself. */
import type { Point, SweepConfig } from './config.ts';
import { quantile } from './distributions.ts';
import { gridPoint, gridSize } from './grid.ts';
import { buildPoint } from './point.ts';
import { quasiRandom } from './quasi-random.ts';
import { hashText, randomFromWords, seedWords } from './random.ts';

/**
 * The n-th draw from the space. Draws are independent across n and across parameters; adding a parameter leaves the values of the
 * others as they were. With `sweepd.sampler: quasi_random` they are the n-th point of a scrambled low-discrepancy sequence, and with
 * `sweepd.unique: true` on a finite space the n-th of a shuffle of all points (equally likely, whatever their probabilities).
 * @param seed used where the config names none
 * @param n from 0
 * @throws RangeError where a unique search has no n-th point
 */
export function drawPoint(config: SweepConfig, seed: bigint | number, n: number): Point {
  const { extensions, space } = config;
  const chosen = extensions.seed ?? seed;
  if (config.method === 'random' && gridSize(config) !== null) return gridPoint(config, BigInt(n), chosen);
  const [low, high] = seedWords(chosen);
  const [nLow, nHigh] = seedWords(n);
  let dimension = 0;
  return buildPoint(space.parameters, ({ distribution, name }) => {
    if (distribution.kind === 'constant') return distribution.value;
    const p =
      extensions.sampler === 'quasi_random' && config.method === 'random'
        ? quasiRandom(chosen, n, dimension++)
        : randomFromWords([low, high, nLow, nHigh, hashText(name)]).uniform();
    return quantile(distribution, p);
  });
}
