/**
 * A low-discrepancy sequence that costs an addition a number: for the many points that a search throws away again.
 *
 * | symbol | meaning |
 * |---|---|
 * | d | dimensions |
 * | g | the root above 1 of g^(d+1) = g + 1 |
 * | a_j | g^-(j+1), j from 0 |
 * | u_j | shift of coordinate j |
 * | x_ij | fractional part of u_j + (i + 1) a_j |
 *
 * Source: additive recurrences (Kronecker sequences; Kuipers and Niederreiter 1974, chapter 2) with the generalised golden ratio
 * of M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018.
 */
import type { Random } from '../space/index.ts';

/** Beyond this many dimensions the a_j come so close to one another that independent numbers fill better. */
const mostDimensions = 12;

/** @returns the coordinates of point i, from 0, to be asked for in order: beyond 12 dimensions they are drawn as they come */
export function shiftedSequence(dimensions: number, random: Random): (i: number, j: number) => number {
  if (dimensions > mostDimensions) return () => random.uniform();
  let g = 1.5;
  for (let turn = 0; turn < 40; turn++) g = (1 + g) ** (1 / (dimensions + 1));
  const steps = Array.from({ length: dimensions }, (_, j) => g ** -(j + 1));
  const shifts = Array.from({ length: dimensions }, () => random.uniform());
  return (i, j) => {
    const x = (shifts[j] as number) + (i + 1) * (steps[j] as number);
    return Math.min(Math.max(x - Math.floor(x), 2 ** -40), 1 - 2 ** -40);
  };
}
