/**
 * Dense linear algebra on typed arrays, row by row in one Float64Array. Everything is a dot product of two row beginnings or row
 * ends, so memory is read in order; tiles of two by two rows halve the loads. ml-matrix is 4 to 5 times slower (docs/optimizer.md).
 *
 * | symbol | meaning |
 * |---|---|
 * | n | order |
 * | A | symmetric positive definite; only the lower triangle is read |
 * | L | lower triangular, A = L L' |
 * | U | upper triangular, U = (L^-1)', so A^-1 = U U' |
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, sections 3.1 and 4.2 (row-oriented Cholesky).
 */

/** Sum of a[at + k] b[bt + k], k in 0..length-1. */
export function dot(a: Float64Array, at: number, b: Float64Array, bt: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += (a[at + k] as number) * (b[bt + k] as number);
    s1 += (a[at + k + 1] as number) * (b[bt + k + 1] as number);
    s2 += (a[at + k + 2] as number) * (b[bt + k + 2] as number);
    s3 += (a[at + k + 3] as number) * (b[bt + k + 3] as number);
  }
  for (; k < length; k++) s0 += (a[at + k] as number) * (b[bt + k] as number);
  return s0 + s1 + (s2 + s3);
}

/**
 * L of A, in place of A's lower triangle; the upper one is left alone.
 * @returns false where A is not positive definite to working precision; A is then spoilt
 */
export function factorize(a: Float64Array, n: number): boolean {
  let i = 0;
  for (; i + 1 < n; i += 2) {
    const r0 = i * n;
    const r1 = r0 + n;
    for (let j = 0; j < i; j += 2) {
      const c0 = j * n;
      const c1 = c0 + n;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let k = 0; k < j; k++) {
        const x0 = a[r0 + k] as number;
        const x1 = a[r1 + k] as number;
        const y0 = a[c0 + k] as number;
        const y1 = a[c1 + k] as number;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      const d0 = a[c0 + j] as number;
      const d1 = a[c1 + j + 1] as number;
      const e = a[c1 + j] as number;
      const v00 = ((a[r0 + j] as number) - s00) / d0;
      const v10 = ((a[r1 + j] as number) - s10) / d0;
      a[r0 + j] = v00;
      a[r1 + j] = v10;
      a[r0 + j + 1] = ((a[r0 + j + 1] as number) - s01 - v00 * e) / d1;
      a[r1 + j + 1] = ((a[r1 + j + 1] as number) - s11 - v10 * e) / d1;
    }
    if (!finishRow(a, n, i, i) || !finishRow(a, n, i + 1, i)) return false;
  }
  return i === n || finishRow(a, n, i, 0);
}

/** Columns `from` to `i` of row i of L, those before being done. */
function finishRow(a: Float64Array, n: number, i: number, from: number): boolean {
  const row = i * n;
  for (let j = from; j < i; j++) {
    a[row + j] = ((a[row + j] as number) - dot(a, row, a, j * n, j)) / (a[j * n + j] as number);
  }
  const rest = (a[row + i] as number) - dot(a, row, a, row, i);
  if (!(rest > 0)) return false;
  a[row + i] = Math.sqrt(rest);
  return true;
}

/** x = L^-1 b in place of b, which begins at `at`. */
export function solveLower(l: Float64Array, n: number, b: Float64Array, at = 0, stride = n): void {
  for (let i = 0; i < n; i++) {
    b[at + i] = ((b[at + i] as number) - dot(l, i * stride, b, at, i)) / (l[i * stride + i] as number);
  }
}

/** How many right sides solveLowerTogether takes. */
export const together = 4;

/** x = L^-1 b for four b at once, b[4 i + c] being entry i of the c-th: every row of L is read once for all. */
export function solveLowerTogether(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = 0, at = 0; k < i; k++, at += together) {
      const x = l[row + k] as number;
      s0 += x * (b[at] as number);
      s1 += x * (b[at + 1] as number);
      s2 += x * (b[at + 2] as number);
      s3 += x * (b[at + 3] as number);
    }
    const reciprocal = 1 / (l[row + i] as number);
    const at = i * together;
    b[at] = ((b[at] as number) - s0) * reciprocal;
    b[at + 1] = ((b[at + 1] as number) - s1) * reciprocal;
    b[at + 2] = ((b[at + 2] as number) - s2) * reciprocal;
    b[at + 3] = ((b[at + 3] as number) - s3) * reciprocal;
  }
}

/** x = L'^-1 b in place of b. */
export function solveUpper(l: Float64Array, n: number, b: Float64Array, stride = n): void {
  for (let i = n - 1; i >= 0; i--) {
    const row = i * stride;
    const x = (b[i] as number) / (l[row + i] as number);
    b[i] = x;
    for (let k = 0; k < i; k++) b[k] = (b[k] as number) - x * (l[row + k] as number);
  }
}

/** U of L; `u` has n x n places, of which the upper triangle is written. */
export function invertTransposed(l: Float64Array, n: number, u: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const reciprocal = 1 / (l[row + i] as number);
    u[row + i] = reciprocal;
    let j = 0;
    for (; j + 1 < i; j += 2) {
      const c0 = j * n;
      const c1 = c0 + n;
      let s0 = (l[row + j] as number) * (u[c0 + j] as number);
      let s1 = 0;
      for (let k = j + 1; k < i; k++) {
        const x = l[row + k] as number;
        s0 += x * (u[c0 + k] as number);
        s1 += x * (u[c1 + k] as number);
      }
      u[c0 + i] = -s0 * reciprocal;
      u[c1 + i] = -s1 * reciprocal;
    }
    for (; j < i; j++) u[j * n + i] = -dot(l, row + j, u, j * n + j, i - j) * reciprocal;
  }
}

/** A^-1 = U U'; its lower triangle is written to `out`. */
export function inverseFrom(u: Float64Array, n: number, out: Float64Array): void {
  let i = 0;
  for (; i + 1 < n; i += 2) {
    const r0 = i * n;
    const r1 = r0 + n;
    for (let j = 0; j < i; j += 2) {
      const c0 = j * n;
      const c1 = c0 + n;
      let s00 = (u[r0 + i] as number) * (u[c0 + i] as number);
      let s01 = (u[r0 + i] as number) * (u[c1 + i] as number);
      let s10 = 0;
      let s11 = 0;
      for (let k = i + 1; k < n; k++) {
        const x0 = u[r0 + k] as number;
        const x1 = u[r1 + k] as number;
        const y0 = u[c0 + k] as number;
        const y1 = u[c1 + k] as number;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      out[r0 + j] = s00;
      out[r0 + j + 1] = s01;
      out[r1 + j] = s10;
      out[r1 + j + 1] = s11;
    }
    out[r0 + i] = dot(u, r0 + i, u, r0 + i, n - i);
    out[r1 + i] = dot(u, r1 + i + 1, u, r0 + i + 1, n - i - 1);
    out[r1 + i + 1] = dot(u, r1 + i + 1, u, r1 + i + 1, n - i - 1);
  }
  for (; i < n; i++) {
    for (let j = 0; j <= i; j++) out[i * n + j] = dot(u, i * n + i, u, j * n + i, n - i);
  }
}
