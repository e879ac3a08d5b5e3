/**
 * A randomised Halton sequence: coordinate j of point n is n written in base b_j (the j-th prime), mirrored at the point, with
 * every digit permuted by the seed (Owen 2017, arXiv:1706.02808). Points fill the unit cube more evenly than independent ones, any
 * prefix of them too, and every coordinate is uniform on its own. No tables, any number of dimensions.
 */
import { randomFromWords, seedWords } from './random.ts';

/** A double has no digits beyond this. */
const resolution = 2 ** -53;
const primes: number[] = [2, 3];

/** The j-th prime, from 0. */
export function prime(j: number): number {
  for (let candidate = (primes.at(-1) ?? 3) + 2; primes.length <= j; candidate += 2) {
    if (primes.every((p) => p * p > candidate || candidate % p !== 0)) primes.push(candidate);
  }
  return primes[j] ?? 2;
}

/** A seeded shift and stride of the digits 0..base-1: a permutation, since base is prime. */
function permutedDigit(digit: number, base: number, words: readonly number[]): number {
  const random = randomFromWords(words);
  const shift = random.below(base);
  const stride = base === 2 ? 1 : 1 + random.below(base - 1);
  return (digit * stride + shift) % base;
}

/** Coordinate `dimension` (from 0) of point `n` (from 0), in (0, 1). */
export function quasiRandom(seed: bigint | number, n: number, dimension: number): number {
  const base = prime(dimension);
  const [low, high] = seedWords(seed);
  let rest = n;
  let scale = 1;
  let value = 0;
  for (let place = 0; scale > resolution; place++) {
    scale /= base;
    value += permutedDigit(rest % base, base, [low, high, dimension, place]) * scale;
    rest = Math.floor(rest / base);
  }
  return Math.min(Math.max(value, resolution), 1 - resolution);
}
