import { expect, it } from 'vitest';
import { createRandom } from '../space/index.ts';
import { addPrior, isWithinBounds } from './fit.ts';
import { sampleHyperparameters } from './hyperparameter-samples.ts';
import { createLikelihood } from './likelihood.ts';

const rows = Float64Array.of(0.05, 0.2, 0.35, 0.55, 0.8, 0.95);
const y = Float64Array.of(-1.2, -0.3, 0.9, 1.1, 0.2, -0.9);
const observations = { design: { rows, count: 6, width: 1, numeric: 1 }, y, variances: new Float64Array(6) };
const mode = Float64Array.of(Math.log(0.3), 0, Math.log(1e-3));

/** Mean and deviation of each hyperparameter, by sums over a grid of the posterior itself. */
function byGrid(): { mean: number; deviation: number }[] {
  const likelihood = createLikelihood(observations.design, y, observations.variances);
  const axes = [
    { low: Math.log(0.01), high: Math.log(100) },
    { low: Math.log(0.02), high: Math.log(50) },
    { low: Math.log(1e-6), high: Math.log(2) },
  ];
  const cells = 40;
  const sums = axes.map(() => ({ first: 0, second: 0 }));
  let total = 0;
  for (let cell = 0; cell < cells ** 3; cell++) {
    const places = [cell % cells, Math.floor(cell / cells) % cells, Math.floor(cell / cells ** 2)];
    const theta = Float64Array.from(
      axes,
      ({ low, high }, j) => low + (high - low) * (((places[j] ?? 0) + 0.5) / cells),
    );
    const weight = Math.exp(-likelihood.evaluate(theta, null) - addPrior(theta, null));
    total += weight;
    for (const [j, sum] of sums.entries()) {
      sum.first += weight * (theta[j] as number);
      sum.second += weight * (theta[j] as number) ** 2;
    }
  }
  return sums.map(({ first, second }) => ({
    mean: first / total,
    deviation: Math.sqrt(second / total - (first / total) ** 2),
  }));
}

it('the draws have the mean and the deviation of the posterior', () => {
  const draws = sampleHyperparameters(observations, mode, 4_000, createRandom(5));
  for (const [j, { mean, deviation }] of byGrid().entries()) {
    const values = draws.map((theta) => theta[j] as number);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    expect(Math.abs(average - mean)).toBeLessThan(0.1 * deviation);
    expect(Math.abs(Math.sqrt(square) / deviation - 1)).toBeLessThan(0.1);
  }
  expect(draws.every(isWithinBounds)).toBe(true);
});

it('the same seed draws the same, another one something else', () => {
  const draw = (seed: number) => sampleHyperparameters(observations, mode, 3, createRandom(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

it('where the results say nothing the draws are those of the prior', () => {
  const silent = { ...observations, variances: new Float64Array(6).fill(1e6) };
  const lengths = sampleHyperparameters(silent, mode, 4_000, createRandom(2)).map((theta) => theta[0] as number);
  const average = lengths.reduce((sum, value) => sum + value, 0) / lengths.length;
  expect(Math.abs(average - 0.2)).toBeLessThan(0.1);
});
