/**
 * The standard normal law.
 *
 * | symbol | meaning |
 * |---|---|
 * | x | a real number |
 * | p | a probability |
 * | Phi(x) | probability of a value up to x: erfc(-x / sqrt 2) / 2 |
 * | t | x / sqrt 2 |
 */

/** Beyond this the series needs too many terms and the continued fraction few. */
const seriesUpTo = 2;

/**
 * erfc(t), relative error about 1e-15. Series erf(t) = 2/sqrt(pi) exp(-t^2) sum 2^n t^(2n+1) / (1 3 5 ... (2n+1)) (Abramowitz and
 * Stegun 7.1.6), or the continued fraction 7.1.14 by Lentz's method.
 */
export function erfc(t: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  if (t < 0) return 2 - erfc(-t);
  if (t > 27.3) return 0;
  if (t < seriesUpTo) {
    let term = t;
    let sum = t;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * t * t) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-t * t) * sum;
  }
  let f = t;
  let c = t;
  let d = 0;
  for (let n = 1; n < 500; n++) {
    d = 1 / (t + (n / 2) * d);
    c = t + n / 2 / c;
    f *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return Math.exp(-t * t) / (f * Math.sqrt(Math.PI));
}

/** Phi(x). */
export const normalCdf = (x: number): number => erfc(-x / Math.SQRT2) / 2;

// Rational approximations of Wichura 1988, algorithm AS 241 (PPND16), highest power first: numerator, then denominator.
const centre = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
] as const;
const side = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
] as const;
const tail = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
] as const;

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
const ratio = ([above, below]: readonly [readonly number[], readonly number[]], x: number): number =>
  polynomial(above, x) / polynomial(below, x);

/** The x with Phi(x) = p, relative error about 1e-16; infinite at 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(centre, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const x = r <= 5 ? ratio(side, r - 1.6) : ratio(tail, r - 5);
  return q < 0 ? -x : x;
}
