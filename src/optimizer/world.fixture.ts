/** A small mixed world for tests, and the covariance written down as the textbook has it. */
import { Matrix } from 'ml-matrix';
import { createRandom } from '../space/index.ts';
import { type Design, meanVariance } from './kernel.ts';

/** n results over three coordinates and two categories, hyperparameters that are nothing special. */
export function world(n: number) {
  const [width, numeric] = [5, 3];
  const random = createRandom(n);
  const rows = Float64Array.from({ length: n * width }, (_, at) =>
    at % width < numeric ? random.uniform() : random.below(3),
  );
  const y = Float64Array.from({ length: n }, (_, i) => {
    const [a, b, , c] = rows.subarray(i * width, i * width + width);
    return Math.sin(6 * (a as number)) + (b as number) + (c === 1 ? 1 : 0) - 0.8;
  });
  const variances = Float64Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 0.2 : 0));
  const theta = Float64Array.of(-0.4, 0.3, 0.9, 0.2, 0.7, 0.1, -4);
  const design: Design = { rows, count: n, width, numeric };
  return { design, y, variances, theta };
}

/** The kernel of rows with rows, without noise, entry by entry. */
export function textbookKernel({ rows, count, width, numeric }: Design, theta: Float64Array): Matrix {
  const signal = Math.exp(theta[width] as number);
  const k = Matrix.zeros(count, count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let square = 0;
      for (let c = 0; c < width; c++) {
        const length = Math.exp(theta[c] as number);
        const [a, b] = [rows[i * width + c] as number, rows[j * width + c] as number];
        const distance = c < numeric ? a - b : a === b ? 0 : 1;
        square += (distance / length) ** 2;
      }
      const r = Math.sqrt(square);
      const matern = (1 + Math.sqrt(5) * r + (5 * r * r) / 3) * Math.exp(-Math.sqrt(5) * r);
      k.set(i, j, signal * matern + meanVariance);
    }
  }
  return k;
}
