/**
 * The covariance of the latent objective: Matern 5/2 with a length scale per column, plus a constant for the unknown mean.
 *
 * | symbol | meaning |
 * |---|---|
 * | x, x' | rows of the design: first p coordinates on unit axes, then categories by number |
 * | l_j | length scale of column j |
 * | r^2 | sum over coordinates of ((x_j - x'_j) / l_j)^2, plus 1 / l_j^2 for every category that differs (Hamming) |
 * | s_f^2 | signal variance |
 * | c | variance of the mean: a normal prior N(0, c) on a constant mean, integrated out |
 * | k | s_f^2 (1 + sqrt5 r + 5/3 r^2) exp(-sqrt5 r) + c |
 * | h | -2 dk/d(r^2) / s_f^2 = 5/3 (1 + sqrt5 r) exp(-sqrt5 r) |
 *
 * Source: Rasmussen and Williams 2006, equation 4.17 and section 2.7; the Hamming term as in Hutter et al. 2011 (SMAC).
 */

const root5 = Math.sqrt(5);

/** Prior variance of the constant mean of a standardised objective. */
export const meanVariance = 1;

/** Rows of equal form: `numeric` coordinates, then categories, `width` numbers in all. */
export interface Design {
  rows: Float64Array;
  count: number;
  width: number;
  numeric: number;
}

/** s_f^2 and 1 / l_j^2 of every column. */
export interface Covariance {
  signal: number;
  inverseSquares: Float64Array;
}

/** @param logs log l_j for `width` columns, then log s_f^2 */
export function covarianceOf(logs: Float64Array | readonly number[], width: number): Covariance {
  const inverseSquares = new Float64Array(width);
  for (let j = 0; j < width; j++) inverseSquares[j] = Math.exp(-2 * (logs[j] as number));
  return { signal: Math.exp(logs[width] as number), inverseSquares };
}

/** The coordinates divided by their length scales; categories as they are. */
export function scaledRows({ rows, count, width, numeric }: Design, { inverseSquares }: Covariance): Float64Array {
  const scaled = Float64Array.from(rows);
  for (let j = 0; j < numeric; j++) {
    const factor = Math.sqrt(inverseSquares[j] as number);
    for (let i = j; i < count * width; i += width) scaled[i] = (scaled[i] as number) * factor;
  }
  return scaled;
}

/** r^2 of row i of `a` and row j of `b`, both scaled. */
function squaredDistance(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  { width, numeric }: Design,
  inverseSquares: Float64Array,
): number {
  const at = i * width;
  const bt = j * width;
  let sum = 0;
  let c = 0;
  for (; c < numeric; c++) {
    const difference = (a[at + c] as number) - (b[bt + c] as number);
    sum += difference * difference;
  }
  for (; c < width; c++) if (a[at + c] !== b[bt + c]) sum += inverseSquares[c] as number;
  return sum;
}

/**
 * k of every pair of rows into the lower triangle of `k`, without noise; where `slopes` is set, h of the pair (i, j), j < i, into
 * the upper triangle, at (j, i).
 */
export function kernelMatrix(
  design: Design,
  covariance: Covariance,
  scaled: Float64Array,
  k: Float64Array,
  slopes: boolean,
): void {
  const n = design.count;
  const { signal, inverseSquares } = covariance;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const square = squaredDistance(scaled, i, scaled, j, design, inverseSquares);
      const t = root5 * Math.sqrt(square);
      const e = Math.exp(-t);
      k[i * n + j] = signal * (1 + t + (5 / 3) * square) * e + meanVariance;
      if (slopes) k[j * n + i] = (5 / 3) * (1 + t) * e;
    }
    k[i * n + i] = signal + meanVariance;
  }
}

/** k of one scaled row `x` with every row of the design; with `slopes` also h. */
export function kernelVector(
  design: Design,
  { signal, inverseSquares }: Covariance,
  scaled: Float64Array,
  x: Float64Array,
  k: Float64Array,
  slopes: Float64Array | null,
): void {
  for (let i = 0; i < design.count; i++) {
    const square = squaredDistance(scaled, i, x, 0, design, inverseSquares);
    const t = root5 * Math.sqrt(square);
    const e = Math.exp(-t);
    k[i] = signal * (1 + t + (5 / 3) * square) * e + meanVariance;
    if (slopes !== null) slopes[i] = (5 / 3) * (1 + t) * e;
  }
}
