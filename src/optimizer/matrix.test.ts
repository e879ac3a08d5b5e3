import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../space/index.ts';
import {
  factorize,
  inverseFrom,
  invertTransposed,
  solveLower,
  solveLowerTogether,
  solveUpper,
  together,
} from './matrix.ts';

/** B B' + I/10 of random B: symmetric, positive definite. */
function positive(n: number): Float64Array {
  const random = createRandom(n);
  const b = Matrix.from1DArray(
    n,
    n,
    Array.from({ length: n * n }, () => random.uniform() - 0.5),
  );
  return Float64Array.from(b.mmul(b.transpose()).add(Matrix.eye(n).mul(0.1)).to1DArray());
}
const asMatrix = (a: Float64Array, n: number) => Matrix.from1DArray(n, n, Array.from(a));

describe.each([1, 2, 3, 4, 7, 16, 33, 60])('order %i', (n) => {
  const a = positive(n);
  const l = Float64Array.from(a);
  const isPositive = factorize(l, n);

  it('has the factor that ml-matrix finds', () => {
    expect(isPositive).toBe(true);
    const expected = new CholeskyDecomposition(asMatrix(a, n)).lowerTriangularMatrix;
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) expect(l[i * n + j]).toBeCloseTo(expected.get(i, j), 10);
  });

  it('has its inverse', () => {
    const u = new Float64Array(n * n);
    const out = new Float64Array(n * n);
    invertTransposed(l, n, u);
    inverseFrom(u, n, out);
    const expected = inverse(asMatrix(a, n));
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) expect(out[i * n + j]).toBeCloseTo(expected.get(i, j), 8);
  });

  it('solves', () => {
    const x = Float64Array.from({ length: n }, (_, i) => i - 2);
    const b = Float64Array.from(
      asMatrix(a, n)
        .mmul(Matrix.columnVector(Array.from(x)))
        .to1DArray(),
    );
    solveLower(l, n, b);
    solveUpper(l, n, b);
    for (let i = 0; i < n; i++) expect(b[i]).toBeCloseTo(x[i] as number, 9);
  });
});

it('says that a matrix is not positive definite', () => {
  expect(factorize(Float64Array.of(1, 0, 2, 1), 2)).toBe(false);
  expect(factorize(Float64Array.of(Number.NaN), 1)).toBe(false);
});

it('four right sides at once come out as one by one', () => {
  const n = 13;
  const l = positive(n);
  factorize(l, n);
  const all = Float64Array.from({ length: n * together }, (_, at) => Math.sin(at));
  const single = Array.from({ length: together }, (_, c) => all.filter((_value, at) => at % together === c));
  solveLowerTogether(l, n, all);
  for (const [c, b] of single.entries()) {
    solveLower(l, n, b);
    for (let i = 0; i < n; i++) expect(all[i * together + c]).toBeCloseTo(b[i] as number, 11);
  }
});
