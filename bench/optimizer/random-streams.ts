/**
 * The random numbers of the benchmark, the same in every language: the generator mulberry32 on 32-bit words, and what the suite
 * draws from it.
 */

export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The stream of evaluation k under a seed, for its noise. */
const noiseStream = (seed: number, k: number) => mulberry32((seed + 1) * 1_000_003 + k * 7_919);

/** A standard normal number for evaluation k. */
export function gauss(seed: number, k: number): number {
  const random = noiseStream(seed, k);
  const radius = Math.sqrt(-2 * Math.log(Math.max(random(), 1e-12)));
  return radius * Math.cos(2 * Math.PI * random());
}

/** Uniform on [-1, 1] and standard Cauchy numbers for evaluation k. */
export const flat = (seed: number, k: number): number => 2 * noiseStream(seed, k)() - 1;
export const cauchy = (seed: number, k: number): number => Math.tan(Math.PI * (noiseStream(seed, k)() - 0.5));

/** How long run k takes where several go at once: 0.5 to 1.5. */
export const duration = (seed: number, k: number): number => 0.5 + mulberry32((seed + 1) * 777_767 + k * 104_729)();
