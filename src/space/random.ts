/**
 * Seeded randomness: the same words give the same numbers on every machine.
 *
 * The generator is sfc32 ("small fast counter", C. Doty-Humphrey, PractRand): 128 bits of state, of which 32 are a counter.
 * Its state is filled from the seed words by a multiply-and-rotate hash in the manner of MurmurHash3's finaliser, then run in.
 */

/** A generator of uniform numbers. */
export interface Random {
  /** Uniform on the open interval (0, 1), 52 bits. */
  uniform(): number;
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
  /** Uniform integer in 0..n-1; n at most 2^52. */
  below(n: number): number;
}

/** Any seed as two 32-bit words. Fractions are cut off; numbers that are not finite count as 0. */
export function seedWords(seed: bigint | number): [number, number] {
  const whole = typeof seed === 'bigint' ? seed : Number.isFinite(seed) ? BigInt(Math.trunc(seed)) : 0n;
  const bits = BigInt.asUintN(64, whole);
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

/** FNV-1a over UTF-16 units: a 32-bit word for a name. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A generator whose numbers depend on every word and on the order of the words. */
export function randomFromWords(words: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = words.length;
  for (const word of words) {
    a = mix(a ^ word);
    b = mix((b + a + 0x9e3779b9) | 0) ^ Math.imul(word, 0xcc9e2d51);
    c = mix((c ^ b) + ((word << 15) | (word >>> 17)));
    counter = mix((counter + c) | 0);
  }
  const uint32 = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
  for (let i = 0; i < 15; i++) uint32();
  const uniform = (): number => {
    const high = uint32() >>> 6;
    const low = uint32() >>> 6;
    return (high * 2 ** 26 + low + 0.5) / 2 ** 52;
  };
  return { uint32, uniform, below: (n) => Math.min(Math.floor(uniform() * n), n - 1) };
}

/** A generator from one seed of up to 64 bits. */
export const createRandom = (seed: bigint | number): Random => randomFromWords(seedWords(seed));
