import { determinant, inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { addPrior } from './fit.ts';
import { createLikelihood } from './likelihood.ts';
import { textbookKernel, world } from './world.fixture.ts';

/** Central differences of f at x. */
function differences(f: (x: Float64Array) => number, x: Float64Array): number[] {
  return Array.from(x, (_, j) => {
    const at = (h: number) => f(Float64Array.from(x, (value, i) => (i === j ? value + h : value)));
    return (8 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4;
  });
}

describe.each([3, 12, 41])('the likelihood of %i results', (n) => {
  const { design, y, variances, theta } = world(n);
  const likelihood = createLikelihood(design, y, variances);

  it('is the textbook one', () => {
    const k = textbookKernel(design, theta);
    for (let i = 0; i < n; i++) {
      k.set(i, i, k.get(i, i) + Math.exp(theta[design.width + 1] as number) + (variances[i] as number));
    }
    const column = Matrix.columnVector(Array.from(y));
    const fit = column.transpose().mmul(inverse(k)).mmul(column).get(0, 0);
    const expected = 0.5 * (fit + Math.log(determinant(k)) + n * Math.log(2 * Math.PI));
    expect(likelihood.evaluate(theta, null)).toBeCloseTo(expected, 8);
  });

  it('has the gradient that differences have, to 1e-6', () => {
    const gradient = new Float64Array(theta.length);
    likelihood.evaluate(theta, gradient);
    for (const [j, expected] of differences((x) => likelihood.evaluate(x, null), theta).entries()) {
      expect(Math.abs((gradient[j] as number) - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
    }
  });
});

it('the prior has the gradient that differences have', () => {
  const { theta } = world(5);
  const gradient = new Float64Array(theta.length);
  addPrior(theta, gradient);
  for (const [j, expected] of differences((x) => addPrior(x, null), theta).entries()) {
    expect(gradient[j]).toBeCloseTo(expected, 7);
  }
});

it('a singular covariance has an infinite value', () => {
  const { design, y, theta } = world(4);
  const likelihood = createLikelihood(design, y, new Float64Array(4).fill(Number.NaN));
  expect(likelihood.evaluate(theta, null)).toBe(Number.POSITIVE_INFINITY);
});
