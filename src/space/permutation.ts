/**
 * A seeded permutation of 0..size-1 that is computed value by value: a Feistel network on the next even number of bits, and what
 * falls outside is sent through again (cycle walking; Black and Rogaway 2002).
 */
import { randomFromWords, seedWords } from './random.ts';

const rounds = 8;

/** Words of 32 bits, lowest first. */
function wordsOf(value: bigint): number[] {
  const words: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words;
}

function scramble(seed: readonly number[], round: number, value: bigint, bits: number): bigint {
  const random = randomFromWords([...seed, round, ...wordsOf(value)]);
  let result = 0n;
  for (let made = 0; made < bits; made += 32) result = (result << 32n) | BigInt(random.uint32());
  return BigInt.asUintN(bits, result);
}

/** Where the permutation of this seed sends `index`; both in 0..size-1. A few microseconds whatever the size. */
export function permute(index: bigint, size: bigint, seed: bigint | number): bigint {
  if (size <= 1n) return index;
  const half = Math.max(1, Math.ceil((size - 1n).toString(2).length / 2));
  const words = seedWords(seed);
  const width = BigInt(half);
  let value = index;
  do {
    let left = value >> width;
    let right = BigInt.asUintN(half, value);
    for (let round = 0; round < rounds; round++) {
      [left, right] = [right, left ^ scramble(words, round, right, half)];
    }
    value = (left << width) | right;
  } while (value >= size);
  return value;
}
