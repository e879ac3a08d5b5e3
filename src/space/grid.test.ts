import { describe, expect, it } from 'vitest';
import { plain, writeJson } from '../domain/json.ts';
import { gridPoint, gridSize, parseSweepConfig, pointKey, type SweepConfig, spaceSize } from './index.ts';

function parsed(text: string): SweepConfig {
  const { config, errors } = parseSweepConfig(text);
  if (config === null) throw new Error(JSON.stringify(errors));
  return config;
}
const grid = (parameters: string, rest = '') => parsed(`method: grid\nparameters: ${parameters}\n${rest}`);
const all = (config: SweepConfig) =>
  Array.from({ length: Number(gridSize(config)) }, (_, n) => gridPoint(config, BigInt(n)));
const json = (config: SweepConfig) => all(config).map(writeJson);

describe('a grid', () => {
  it('is walked by sorted names at every level, the last one fastest', () => {
    expect(json(grid('{c: {values: [x, y]}, B: {parameters: {z: {values: [1]}, a: {min: 3, max: 4}}}}'))).toEqual([
      '{"B":{"a":3,"z":1},"c":"x"}',
      '{"B":{"a":3,"z":1},"c":"y"}',
      '{"B":{"a":4,"z":1},"c":"x"}',
      '{"B":{"a":4,"z":1},"c":"y"}',
    ]);
  });

  it('has each listed value once, equal spellings in the place of the first and the form of the last', () => {
    expect(json(grid('{a: {values: [2, 1, 1.0, "1", true, [1], [1.0]]}}'))).toEqual([
      '{"a":2}',
      '{"a":1.0}',
      '{"a":"1"}',
      '{"a":true}',
      '{"a":[1.0]}',
    ]);
  });

  it('steps through q_uniform from min, and stops before max', () => {
    const steps = (parameter: string) =>
      all(grid(`{a: {distribution: q_uniform, ${parameter}}}`)).map((point) => point.a);
    expect(steps('min: 3, max: 9, q: 2')).toEqual([3, 5, 7]);
    expect(steps('min: 0.1, max: 0.35, q: 0.1')).toEqual([0.1, 0.2, 0.30000000000000004]);
    expect(writeJson(steps('min: 0, max: 2') as never)).toBe('[0.0,1.0]');
  });

  it('of constants alone has one point', () => {
    expect(json(grid('{a: {value: 1.0}, b: {parameters: {c: {value: null}}}}'))).toEqual(['{"a":1.0,"b":{"c":null}}']);
  });

  it('of 10^12 points is counted and walked at once', () => {
    const config = grid('{a: {min: 1, max: 1000000}, b: {min: 1, max: 1000000}}');
    expect(gridSize(config)).toBe(10n ** 12n);
    expect(plain(gridPoint(config, 10n ** 12n - 1n))).toEqual({ a: 1000000, b: 1000000 });
    expect(plain(gridPoint(config, 1_000_001n))).toEqual({ a: 2, b: 2 });
  });
});

describe('order: random', () => {
  const shuffled = (seed: number) =>
    grid('{a: {min: 0, max: 9}, b: {min: 0, max: 9}}', `sweepd: {order: random, seed: ${seed}}`);

  it('is a permutation that the seed decides', () => {
    const keys = all(shuffled(1)).map(pointKey);
    expect(new Set(keys).size).toBe(100);
    expect(keys).not.toEqual([...keys].sort());
    expect(all(shuffled(1)).map(pointKey)).toEqual(keys);
    expect(all(shuffled(2)).map(pointKey)).not.toEqual(keys);
  });

  it('takes the seed of the caller where the config has none', () => {
    const config = grid('{a: {min: 1, max: 1000000000}}', 'sweepd: {order: random}');
    expect(gridPoint(config, 0n, 1)).toEqual(gridPoint(config, 0n, 1));
    expect(gridPoint(config, 0n, 1)).not.toEqual(gridPoint(config, 0n, 2));
  });
});

describe('the size of a space', () => {
  const size = (parameter: string) =>
    spaceSize(parsed(`method: random\nparameters: {a: ${parameter}, b: {values: [1, 2]}}`));

  it('counts distinct points, and is null where they are not finite', () => {
    expect(size('{values: [1, 1.0, 2]}')).toBe(4n);
    expect(size('{values: [1, 2, 3], probabilities: [0.5, 0, 0.5]}')).toBe(4n);
    expect(size('{min: -3, max: 3}')).toBe(14n);
    expect(size('{distribution: q_uniform, min: 0, max: 1, q: 0.1}')).toBe(22n);
    expect(size('{min: 0.0, max: 1.0}')).toBeNull();
    expect(size('{distribution: q_normal}')).toBeNull();
  });

  it('makes no random search finite unless it is unique', () => {
    const config = (sweepd: string) => parsed(`method: random\nparameters: {a: {min: 1, max: 5}}\nsweepd: ${sweepd}`);
    expect(gridSize(config('{unique: false}'))).toBeNull();
    expect(gridSize(config('{unique: true}'))).toBe(5n);
  });
});
