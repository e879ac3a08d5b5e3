/** Points that fill a space evenly, for a search that has no model (yet). */
import type { Point, SweepConfig } from './config.ts';
import { drawPoint } from './draw.ts';
import { spaceSize } from './grid.ts';

/**
 * The n-th point of a scrambled low-discrepancy sequence; on a finite space the n-th of a seeded shuffle of all its points.
 * @param seed used where the config names none
 * @returns null behind the last point of a finite space
 */
export function evenPoint(config: SweepConfig, seed: bigint | number, n: number): Point | null {
  const size = spaceSize(config);
  if (size !== null && BigInt(n) >= size) return null;
  const sampler = size === null ? 'quasi_random' : 'random';
  return drawPoint(
    { ...config, method: 'random', extensions: { ...config.extensions, unique: size !== null, sampler } },
    seed,
    n,
  );
}
