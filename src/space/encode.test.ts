import { describe, expect, it } from 'vitest';
import { fromPlain, isObject, jsonObject, plain, writeJson } from '../domain/json.ts';
import { decode, encode, parseSweepConfig, type SearchSpace } from './index.ts';

function space(parameters: string): SearchSpace {
  const { config, errors } = parseSweepConfig(`method: random\nparameters: ${parameters}`);
  if (config === null) throw new Error(JSON.stringify(errors));
  return config.space;
}
function encoded(parameters: string, point: unknown): number[] | null {
  const value = fromPlain(point);
  return encode(space(parameters), isObject(value) ? value : jsonObject());
}

describe('encode', () => {
  it('has one coordinate for each searched parameter, in grid order', () => {
    const parameters =
      '{z: {min: 1, max: 4}, c: {value: 3}, o: {parameters: {lr: {min: 0.0, max: 1.0}, k: {values: [a, b]}}}}';
    expect(encoded(parameters, { z: 2, c: 3, o: { lr: 0.25, k: 'b' } })).toEqual([0.75, 0.25, 0.375]);
  });

  it('takes the middle of the share of what is discrete', () => {
    expect(encoded('{a: {values: [false, 0, ""]}}', { a: 0 })).toEqual([0.5]);
    expect(encoded('{a: {values: [1, 2, 3], probabilities: [0.5, 0.25, 0.25]}}', { a: 2 })).toEqual([0.625]);
    expect(encoded('{a: {distribution: q_uniform, min: 0, max: 10, q: 4}}', { a: 4 })).toEqual([0.4]);
  });

  it('takes numbers outside the bounds to the edge', () => {
    const [low, high] = [-5, 99].map((a) => encoded('{a: {min: 0.0, max: 1.0}}', { a })?.[0] ?? Number.NaN);
    expect(low).toBeCloseTo(0, 12);
    expect(high).toBeCloseTo(1, 12);
  });

  it('has a coordinate also where both bounds have one logarithm', () => {
    const close =
      '{a: {distribution: log_uniform_values, min: 0.0000010000000000000014, max: 0.0000010000000000000025}}';
    expect(encoded(close, { a: 0.000001000000000000002 })).toEqual([0.5]);
  });

  it.each([
    ['{a: {values: [1, 2]}}', { a: 3 }],
    ['{a: {min: 0.0, max: 1.0}}', { a: 'NaN' }],
    ['{a: {min: 0.0, max: 1.0}}', {}],
    ['{a: {parameters: {b: {min: 0.0, max: 1.0}}}}', { a: 'text' }],
  ])('is null where the point is none of the space: %s, %j', (parameters, point) => {
    expect(encoded(parameters, point)).toBeNull();
  });
});

describe('decode', () => {
  it('adds the constants, and keeps unbounded laws finite at the edges', () => {
    const point = decode(space('{a: {distribution: normal}, b: {parameters: {c: {value: 1.0}}}}'), [1]);
    expect(writeJson(point)).toContain('"b":{"c":1.0}');
    expect((plain(point) as { a: number }).a).toBeGreaterThan(8);
    expect((plain(point) as { a: number }).a).toBeLessThan(9);
  });
});
