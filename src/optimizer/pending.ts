/**
 * Joint fantasies: what the runs without a result might give, all of them together.
 *
 * In the whitened form of posterior.ts a fantasy is nothing but independent standard normal numbers, one for each pending point; the
 * factor of the covariance makes them consistent with the results and with one another. The numbers are quasi-random, so that
 * few fantasies cover what can happen.
 */
import { createRandom, normalQuantile } from '../space/index.ts';
import { shiftedSequence } from './additive-recurrence.ts';

const fantasies = 16;
/** Pending points beyond this many keep their mean: no fantasy of theirs changes the choice. */
const mostFantasised = 64;

/** One row for each fantasy; a single empty one where nothing is pending. */
export function fantasyDraws(pending: number, seed: bigint | number): Float64Array[] {
  if (pending === 0) return [new Float64Array(0)];
  const drawn = Math.min(pending, mostFantasised);
  const sequence = shiftedSequence(drawn, createRandom(seed));
  return Array.from({ length: fantasies }, (_, s) => {
    const row = new Float64Array(pending);
    for (let i = 0; i < drawn; i++) row[pending - drawn + i] = normalQuantile(sequence(s, i));
    return row;
  });
}
