/** The points that a search hands out when it knows no results, in order and without end. */
import { drawPoint, gridPoint, gridSize, type Point, pointKey, type SweepConfig, spaceSize } from '../space/index.ts';

/** Draws that may meet known points before the space counts as used up: rounded values can repeat on an infinite space. */
const mostTries = 10_000;

/**
 * Grid in its order; random as its draws. Where a model is to search, points that fill the space evenly, none of them twice.
 * @returns gives the next point, null where there is none left
 */
export function startPoints(config: SweepConfig, seed: bigint | number): () => Point | null {
  const search = config.method === 'bayes' ? evenly(config) : config;
  const size = gridSize(search);
  const isUnique = size === null && search.method === 'random' && search.extensions.unique;
  const given = new Set<string>();
  let n = 0n;
  const draw = () => drawPoint(search, seed, Number(n++));
  return () => {
    if (size !== null) return n < size ? gridPoint(search, n++, seed) : null;
    if (!isUnique) return draw();
    for (let tries = 0; tries < mostTries; tries++) {
      const point = draw();
      const key = pointKey(point);
      if (given.has(key)) continue;
      given.add(key);
      return point;
    }
    return null;
  };
}

/** On a finite space a seeded shuffle of all points, else a scrambled low-discrepancy sequence. */
function evenly(config: SweepConfig): SweepConfig {
  const isCountable = spaceSize(config) !== null;
  return {
    ...config,
    method: 'random',
    extensions: { ...config.extensions, unique: true, sampler: isCountable ? 'random' : 'quasi_random' },
  };
}
