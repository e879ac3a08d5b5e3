import { describe, expect, it } from 'vitest';
import { type JsonValue, numberOf, parseJson, writeJson } from '../domain/json.ts';
import { betaCdf, betaQuantile } from './beta.ts';
import { cdf, ppf } from './distributions.ts';
import { erfc, normalCdf, normalQuantile } from './normal.ts';

const value = (parameter: string, p: number): JsonValue => ppf(parseJson(parameter), p);
const values = (parameter: string, ...ps: number[]) => ps.map((p) => writeJson(value(parameter, p)));
const near = (a: number, b: number, tolerance = 1e-12) =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(tolerance * Math.max(Math.abs(b), 1e-300));

describe('the normal law', () => {
  it('has the values of the tables', () => {
    // From math.erfc and statistics.NormalDist of Python 3.11.
    near(normalCdf(1.959963984540054), 0.975, 1e-14);
    near(normalCdf(-8), 6.220960574271819e-16, 1e-12);
    near(normalCdf(-37), 5.725571222525139e-300, 1e-10);
    near(erfc(1), 0.15729920705028513, 1e-13);
    near(normalQuantile(0.975), 1.959963984540054, 1e-14);
    near(normalQuantile(1e-20), -9.262340089798405, 1e-13);
  });

  it('inverts itself', () => {
    for (let p = 1e-12; p < 1; p = p * 1.7 + 1e-13) near(normalCdf(normalQuantile(p)), p, 1e-12);
  });
});

describe('the beta law', () => {
  it('agrees with its closed forms', () => {
    for (const p of [1e-9, 0.01, 0.3, 0.5, 0.9, 0.999]) {
      near(betaQuantile(p, 3, 1), p ** (1 / 3));
      near(betaQuantile(p, 1, 4), -Math.expm1(Math.log1p(-p) / 4));
      near(betaQuantile(p, 0.5, 0.5), Math.sin((Math.PI * p) / 2) ** 2, 1e-11);
    }
    near(betaCdf(0.3, 2, 3), 6 * 0.3 ** 2 - 8 * 0.3 ** 3 + 3 * 0.3 ** 4);
  });

  it.each([
    [0.01, 0.02],
    [0.5, 200],
    [30, 2],
    [1e4, 3e4],
    [1e7, 1e7],
  ])('inverts itself for shapes %d and %d', (a, b) => {
    for (const p of [0.001, 0.2, 0.5, 0.7, 0.995]) {
      const x = betaQuantile(p, a, b);
      if (x > 0 && x < 1) near(betaCdf(x, a, b), p, 1e-7);
    }
  });

  it('has its limits where a shape is 0, vanishing or large', () => {
    expect(values('{"distribution": "beta", "a": 0, "b": 2}', 0.1, 0.9)).toEqual(['0.0', '0.0']);
    expect(values('{"distribution": "beta", "a": 2, "b": 0}', 0.1, 0.9)).toEqual(['1.0', '1.0']);
    expect(betaQuantile(0.5, 1e-300, 1e9)).toBe(0);
    near(betaQuantile(0.5, 1e9, 1e9), 0.5);
  });
});

describe('values', () => {
  it('of integers and categories have equal shares', () => {
    expect(values('{"min": 1, "max": 10}', 0, 0.1, 0.10001, 0.3, 0.7, 1)).toEqual(['1', '1', '2', '3', '7', '10']);
    expect(values('{"values": ["a", 1.0, null]}', 0, 0.34, 1)).toEqual(['"a"', '1.0', 'null']);
  });

  it('of probabilities have theirs; those that do not sum to 1 are scaled', () => {
    expect(values('{"values": [1, 2, 3], "probabilities": [0.5, 0, 0.5]}', 0, 0.49, 0.5, 1)).toEqual([
      '1',
      '1',
      '3',
      '3',
    ]);
    expect(values('{"values": [1, 2], "probabilities": [3, 1]}', 0.74, 0.76)).toEqual(['1', '2']);
  });

  it('are floats, or integers where q was written as one', () => {
    expect(values('{"min": 0.0, "max": 4.0}', 0.5, 0.3)).toEqual(['2.0', '1.2']);
    expect(values('{"distribution": "q_normal", "mu": 3, "sigma": 2}', 0.5, 0.001)).toEqual(['3.0', '-3.0']);
    expect(values('{"distribution": "q_normal", "mu": 3, "sigma": 2, "q": 2}', 0.5)).toEqual(['4']);
  });

  it('round half to even', () => {
    expect(values('{"distribution": "q_uniform", "min": 0, "max": 10, "q": 4}', 0.2, 0.6, 0.61)).toEqual([
      '0',
      '8',
      '8',
    ]);
  });

  it('stay within their bounds', () => {
    expect(values('{"distribution": "q_uniform", "min": 4, "max": 18, "q": 5}', 0, 1)).toEqual(['5', '15']);
    expect(values('{"distribution": "q_log_uniform_values", "min": 0.1, "max": 50, "q": 2}', 0, 1)).toEqual([
      '2',
      '50',
    ]);
    const ends = [0, 1].map(
      (p) => numberOf(value('{"distribution": "log_uniform_values", "min": 0.1, "max": 0.7}', p)) ?? 0,
    );
    expect(ends[0]).toBeGreaterThanOrEqual(0.1);
    expect(ends[1]).toBeLessThanOrEqual(0.7);
    expect(values('{"distribution": "q_uniform", "min": 0.0, "max": 0.3, "q": 0.1}', 0, 1)).toEqual([
      '0.0',
      '0.30000000000000004',
    ]);
  });

  it('of the inverse logarithm go the same way as those of the logarithm', () => {
    near(numberOf(value('{"distribution": "inv_log_uniform", "min": 1, "max": 6}', 0.25)) ?? 0, Math.exp(-4.75));
    near(numberOf(value('{"distribution": "inv_log_uniform_values", "min": 0.01, "max": 1}', 0.5)) ?? 0, 0.1);
  });

  it('are finite where the bounds are extreme', () => {
    expect(values('{"distribution": "uniform", "min": -1e308, "max": 1.5e308}', 0, 1)).toEqual(['-1e+308', '1.5e+308']);
    expect(Number.isFinite(numberOf(value('{"distribution": "log_normal", "mu": 700, "sigma": 50}', 0.999)))).toBe(
      true,
    );
    expect(values('{"distribution": "normal", "mu": 3, "sigma": 0}', 0.1, 0.9)).toEqual(['3.0', '3.0']);
  });
});

describe('cdf', () => {
  it('is the probability up to a value, before rounding', () => {
    const at = (parameter: string, x: JsonValue) => cdf(parseJson(parameter), x);
    expect(at('{"min": 1, "max": 4}', 2)).toBe(0.5);
    expect(at('{"min": 0.0, "max": 4.0}', 9)).toBe(1);
    expect(at('{"distribution": "q_uniform", "min": 0, "max": 10, "q": 4}', 4)).toBe(0.4);
    expect(at('{"values": ["a", "b"]}', 'a')).toBe(0.5);
    expect(at('{"values": ["a", "b"]}', 'c')).toBeNull();
    expect(at('{"min": 0.0, "max": 4.0}', 'text')).toBeNull();
  });

  it('refuses what is no parameter', () => {
    expect(() => cdf(3, 1)).toThrow('A parameter is a mapping');
    expect(() => ppf(parseJson('{"min": 3, "max": 1}'), 0.5)).toThrow('not less than');
  });
});
