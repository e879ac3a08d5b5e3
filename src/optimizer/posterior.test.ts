import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../space/index.ts';
import { createAcquisition, thresholds } from './acquisition.ts';
import type { Design } from './kernel.ts';
import { fantasyDraws } from './pending.ts';
import { createPosterior, createWorkspace, meansAtRows, type Posterior, predict } from './posterior.ts';
import { textbookKernel, world } from './world.fixture.ts';

const queries = (design: Design, count: number): Float64Array[] => {
  const random = createRandom(99);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: design.width }, (_, j) => (j < design.numeric ? random.uniform() : random.below(3))),
  );
};

function made(n: number, pending: number, fantasies = fantasyDraws(pending, 7)): Posterior {
  const { design, y, variances, theta } = world(n);
  const rows = Float64Array.from([...design.rows, ...queries(design, pending).flatMap((row) => [...row])]);
  const posterior = createPosterior(
    { design: { ...design, rows, count: n + pending }, y, variances },
    theta,
    fantasies,
  );
  if (posterior === null) throw new Error('singular');
  return posterior;
}

/** Mean and variance by the textbook: K^-1 written out. */
function textbook(n: number, x: Float64Array) {
  const { design, y, variances, theta } = world(n);
  const rows = Float64Array.from([...design.rows, ...x]);
  const all = textbookKernel({ ...design, rows, count: n + 1 }, theta);
  const k = all.subMatrix(0, n - 1, 0, n - 1);
  for (let i = 0; i < n; i++) {
    k.set(i, i, k.get(i, i) + Math.exp(theta[design.width + 1] as number) + (variances[i] as number));
  }
  const cross = all.subMatrix(0, n - 1, n, n);
  const weights = cross.transpose().mmul(inverse(k));
  return {
    mean: weights.mmul(Matrix.columnVector(Array.from(y))).get(0, 0),
    variance: all.get(n, n) - weights.mmul(cross).get(0, 0),
  };
}

describe('the posterior', () => {
  it.each([3, 12, 41])('of %i results is the textbook one to 1e-8', (n) => {
    const posterior = made(n, 0);
    const work = createWorkspace(posterior);
    for (const x of queries(posterior.design, 20)) {
      predict(posterior, x, work);
      const expected = textbook(n, x);
      expect(Math.abs((work.means[0] as number) - expected.mean)).toBeLessThan(1e-8);
      expect(Math.abs(work.variance - expected.variance)).toBeLessThan(1e-8);
    }
  });

  it('has the same mean at a result whether asked there or taken from the factor', () => {
    const posterior = made(12, 0);
    const work = createWorkspace(posterior);
    const means = meansAtRows(posterior, 0);
    for (let i = 0; i < 12; i++) {
      predict(posterior, posterior.design.rows.subarray(i * 5, i * 5 + 5), work);
      expect(work.means[0]).toBeCloseTo(means[i] as number, 9);
    }
  });

  it('is not moved by pending points on average, and knows more there', () => {
    const without = made(12, 0);
    // A draw and its mirror image: the mean over both is the mean without.
    const draw = Float64Array.of(0.3, -1.2, 2);
    const withPending = made(12, 3, [draw, draw.map((z) => -z)]);
    const [a, b] = [createWorkspace(without), createWorkspace(withPending)];
    for (const x of queries(without.design, 10)) {
      predict(without, x, a);
      predict(withPending, x, b);
      expect(((b.means[0] as number) + (b.means[1] as number)) / 2).toBeCloseTo(a.means[0] as number, 9);
      expect(b.variance).toBeLessThanOrEqual(a.variance + 1e-12);
    }
  });
});

it('the acquisition has the gradient that differences have, with and without pending points', () => {
  for (const pending of [0, 4]) {
    const posterior = made(20, pending);
    const acquisition = createAcquisition(posterior, thresholds(posterior, 20), null);
    const gradient = new Float64Array(5);
    for (const x of queries(posterior.design, 20)) {
      const value = acquisition.evaluate(x, gradient);
      expect(acquisition.evaluate(x, null)).toBe(value);
      for (let j = 0; j < 3; j++) {
        const at = (h: number) =>
          acquisition.evaluate(
            Float64Array.from(x, (u, i) => (i === j ? u + h : u)),
            null,
          );
        const expected = (8 * (at(1e-5) - at(-1e-5)) - (at(2e-5) - at(-2e-5))) / 12e-5;
        expect(Math.abs((gradient[j] as number) - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
      }
    }
  }
});
