import { describe, expect, it } from 'vitest';
import { numberOf, plain, writeJson } from '../domain/json.ts';
import { createRandom, drawPoint, parseSweepConfig, pointKey, quasiRandom, type SweepConfig } from './index.ts';
import { permute } from './permutation.ts';
import { prime } from './quasi-random.ts';

function random(parameters: string, rest = ''): SweepConfig {
  const { config, errors } = parseSweepConfig(`method: random\nparameters: ${parameters}\n${rest}`);
  if (config === null) throw new Error(JSON.stringify(errors));
  return config;
}

/** Largest distance between the empirical distribution of numbers in (0, 1) and the uniform one. */
function distance(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return Math.max(
    ...sorted.map((u, i) => Math.max(Math.abs(u - i / sorted.length), Math.abs(u - (i + 1) / sorted.length))),
  );
}

describe('createRandom', () => {
  it('gives the same numbers for the same seed, on every machine', () => {
    const numbers = (seed: bigint | number) => Array.from({ length: 4 }, createRandom(seed).uint32);
    expect(numbers(1)).toEqual(numbers(1n));
    expect(numbers(1)).not.toEqual(numbers(2));
    expect(numbers(1)).not.toEqual(numbers(1n + (1n << 40n)));
    expect(numbers(-1)).not.toEqual(numbers(1));
  });

  it('is uniform, within one seed and across seeds', () => {
    const one = createRandom(7);
    expect(distance(Array.from({ length: 4000 }, one.uniform))).toBeLessThan(1.95 / Math.sqrt(4000));
    expect(distance(Array.from({ length: 4000 }, (_, seed) => createRandom(seed).uniform()))).toBeLessThan(
      1.95 / Math.sqrt(4000),
    );
    expect(new Set(Array.from({ length: 1000 }, () => one.below(3)))).toEqual(new Set([0, 1, 2]));
  });
});

describe('drawPoint', () => {
  const space = '{x: {min: 0.0, max: 1.0}, y: {min: 0.0, max: 1.0}}';

  it('depends on the seed and the number alone', () => {
    const config = random(space);
    const draw = (seed: number, n: number) => writeJson(drawPoint(config, seed, n));
    expect(draw(1, 5)).toBe(draw(1, 5));
    expect(new Set([draw(1, 5), draw(1, 6), draw(2, 5)]).size).toBe(3);
  });

  it('gives independent coordinates', () => {
    const config = random(space);
    let sum = 0;
    for (let n = 0; n < 4000; n++) {
      const { x, y } = drawPoint(config, 3, n);
      sum += ((numberOf(x) ?? 0) - 0.5) * ((numberOf(y) ?? 0) - 0.5) * 12;
    }
    expect(Math.abs(sum / 4000)).toBeLessThan(0.06);
  });

  it('keeps the values of the other parameters when one is added', () => {
    const before = plain(drawPoint(random(space), 1, 0)) as Record<string, number>;
    const after = plain(
      drawPoint(random('{x: {min: 0.0, max: 1.0}, a: {min: 0, max: 9}, y: {min: 0.0, max: 1.0}}'), 1, 0),
    );
    expect(after).toMatchObject(before);
  });

  it("obeys the config's own seed before the caller's", () => {
    const config = random(space, 'sweepd: {seed: 12345678901234567890}');
    expect(drawPoint(config, 1, 0)).toEqual(drawPoint(config, 2, 0));
    expect(drawPoint(config, 1, 0)).toEqual(drawPoint(random(space), 12345678901234567890n, 0));
  });

  it('with unique: true goes through a finite space once', () => {
    const config = random('{a: {min: 1, max: 4}, b: {values: [x, y, x]}, c: {value: 1}}', 'sweepd: {unique: true}');
    const keys = Array.from({ length: 8 }, (_, n) => pointKey(drawPoint(config, 9, n)));
    expect(new Set(keys).size).toBe(8);
    expect(() => drawPoint(config, 9, 8)).toThrow(RangeError);
  });

  it('with sampler: quasi_random fills the space more evenly than chance', () => {
    const even = random(space, 'sweepd: {sampler: quasi_random}');
    const cells = (config: SweepConfig) => {
      const hit = new Set<string>();
      for (let n = 0; n < 64; n++) {
        const { x, y } = drawPoint(config, 5, n);
        hit.add(`${Math.floor((numberOf(x) ?? 0) * 8)},${Math.floor((numberOf(y) ?? 0) * 8)}`);
      }
      return hit.size;
    };
    expect(cells(even)).toBeGreaterThan(cells(random(space)));
    expect(drawPoint(even, 5, 0)).not.toEqual(drawPoint(even, 6, 0));
  });
});

describe('quasiRandom', () => {
  it('puts every block of points into different parts of each coordinate', () => {
    for (const dimension of [0, 1, 5, 40]) {
      const base = prime(dimension);
      const parts = new Set(Array.from({ length: base }, (_, n) => Math.floor(quasiRandom(11, n, dimension) * base)));
      expect(parts.size).toBe(base);
    }
  });

  it('is uniform over the seeds at any one point', () => {
    expect(distance(Array.from({ length: 2000 }, (_, seed) => quasiRandom(seed, 3, 4)))).toBeLessThan(
      1.95 / Math.sqrt(2000),
    );
  });
});

describe('permute', () => {
  it.each([1n, 2n, 3n, 100n, 1025n])('sends 0..%d-1 onto itself', (size) => {
    const image = new Set<bigint>();
    for (let i = 0n; i < size; i++) image.add(permute(i, size, 4));
    expect(BigInt(image.size)).toBe(size);
    for (const i of image) expect(i >= 0n && i < size).toBe(true);
  });

  it('takes any size', () => {
    const size = 10n ** 40n + 7n;
    expect(permute(5n, size, 1) < size).toBe(true);
    expect(permute(5n, size, 1)).not.toBe(permute(5n, size, 2));
  });
});
