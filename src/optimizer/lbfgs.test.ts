import { expect, it } from 'vitest';
import { minimize } from './lbfgs.ts';

const options = { iterations: 200, tolerance: 1e-14, firstStep: 1 };
const box = (lower: number, upper: number, size: number) => ({
  lower: new Float64Array(size).fill(lower),
  upper: new Float64Array(size).fill(upper),
});

function valley(x: Float64Array, gradient: Float64Array): number {
  const [a, b] = [x[0] as number, x[1] as number];
  gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
  gradient[1] = 200 * (b - a * a);
  return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
}

it('walks to the end of a curved valley', () => {
  const { x, value } = minimize(valley, Float64Array.of(-1.2, 1), box(-5, 5, 2), options);
  expect(value).toBeLessThan(1e-10);
  expect(x[0]).toBeCloseTo(1, 4);
});

it('stops at the bound where the minimum lies outside', () => {
  const { x } = minimize(valley, Float64Array.of(-1.2, 0.3), box(-2, 0.5, 2), options);
  expect(x[0]).toBeCloseTo(0.5, 3);
  expect(x[1]).toBeCloseTo(0.25, 3);
});

it('keeps the start where the function has no value, and never leaves the box', () => {
  const start = Float64Array.of(0.3, 0.3);
  expect(minimize(() => Number.NaN, start, box(0, 1, 2), options).x).toEqual(start);
  minimize(
    (x, gradient) => {
      for (const value of x) expect(value >= 0 && value <= 1).toBe(true);
      return valley(x, gradient);
    },
    Float64Array.of(0.1, 0.9),
    box(0, 1, 2),
    options,
  );
});
