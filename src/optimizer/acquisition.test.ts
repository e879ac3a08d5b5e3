import { expect, it } from 'vitest';
import { averaged, createAcquisition, thresholds } from './acquisition.ts';
import { createPosterior } from './posterior.ts';
import { world } from './world.fixture.ts';

const { design, y, variances, theta } = world(20);
const parts = [0, -0.7, 0.5].map((longer) => {
  const other = theta.map((value, j) => (j < design.width ? value + longer : value));
  const posterior = createPosterior({ design, y, variances }, other, []);
  if (posterior === null) throw new Error('singular');
  return createAcquisition(posterior, thresholds(posterior, 20), null);
});
const x = Float64Array.of(0.31, 0.72, 0.4, 1, 2);

it('the average over models is the logarithm of the mean improvement', () => {
  const mean = parts.reduce((sum, part) => sum + Math.exp(part.evaluate(x, null)), 0) / parts.length;
  expect(averaged(parts).evaluate(x, null)).toBeCloseTo(Math.log(mean), 10);
  expect(averaged(parts).evaluateAll([x, x])[1]).toBeCloseTo(Math.log(mean), 10);
});

it('its gradient is the one that differences have', () => {
  const gradient = new Float64Array(5);
  averaged(parts).evaluate(x, gradient);
  for (let j = 0; j < design.numeric; j++) {
    const at = (h: number) =>
      averaged(parts).evaluate(
        x.map((value, i) => (i === j ? value + h : value)),
        null,
      );
    expect(gradient[j]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 5);
  }
});

it('models that expect nothing at all do not make it a number that is none', () => {
  const nothing = { evaluate: () => Number.NEGATIVE_INFINITY, evaluateAll: () => new Float64Array(1).fill(-Infinity) };
  expect(averaged([nothing, nothing]).evaluate(x, null)).toBe(Number.NEGATIVE_INFINITY);
});
