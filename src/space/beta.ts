/**
 * The beta law.
 *
 * | symbol | meaning |
 * |---|---|
 * | a, b | shapes, from 0 to 1e9 |
 * | x | a value in [0, 1]; y = 1 - x |
 * | p | a probability |
 * | I(x; a, b) | regularised incomplete beta function: probability of a value up to x |
 * | B(a, b) | beta function |
 */
/** The continued fraction needs about the square root of the larger shape; shapes up to 1e9 are accepted. */
const mostTerms = 200_000;

// Bernoulli terms of Stirling's series (Abramowitz and Stegun 6.1.41): exact to 1e-16 from 12 on.
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** The part of log Gamma(x) beyond (x - 1/2) log x - x + log(2 pi)/2, for x of at least 12. */
function stirlingRest(x: number): number {
  let rest = 0;
  let power = 1 / x;
  for (const term of stirling) {
    rest += term * power;
    power /= x * x;
  }
  return rest;
}

/** log Gamma(x) for x > 0: Stirling's series, reached by the recurrence. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 12) {
    shift += Math.log(z);
    z += 1;
  }
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + stirlingRest(z) - shift;
}

/** log of x^a y^b / B(a, b); by Stirling's series where the large parts cancel. */
function logPrefactor(x: number, y: number, a: number, b: number): number {
  if (Math.min(a, b) < 12) return a * Math.log(x) + b * Math.log(y) + logGamma(a + b) - logGamma(a) - logGamma(b);
  const n = a + b;
  const rest = stirlingRest(n) - stirlingRest(a) - stirlingRest(b);
  return a * Math.log((x * n) / a) + b * Math.log((y * n) / b) + Math.log((a * b) / n / (2 * Math.PI)) / 2 + rest;
}

/** The continued fraction of I(x; a, b) (Abramowitz and Stegun 26.5.8), by Lentz's method; fast for x < (a+1)/(a+b+2). */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let h = d;
  for (let m = 1; m < mostTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return h;
}

/** log I(x; a, b) with y = 1 - x given beside it, so that neither loses its digits. */
function logIncomplete(x: number, y: number, a: number, b: number): number {
  const front = logPrefactor(x, y, a, b);
  if (x < (a + 1) / (a + b + 2)) return front + Math.log(continuedFraction(x, a, b)) - Math.log(a);
  return Math.log1p(-Math.min(1, (Math.exp(front) * continuedFraction(y, b, a)) / b));
}

/** I(x; a, b): the probability of a value up to x. With a or b of 0 all of it lies at 0 or at 1. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x < 0) return 0;
  if (x >= 1) return 1;
  if (a === 0 || b === 0) return a > 0 ? 0 : b > 0 ? 1 : 0.5;
  if (x === 0) return 0;
  return Math.min(1, Math.exp(logIncomplete(x, 1 - x, a, b)));
}

/** The x with I(x; a, b) = p. Newton's method on log I over log x, which is straight for small x, kept in a bracket. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (a === 0 || b === 0) return a > 0 ? 1 : b > 0 || p <= 0.5 ? 0 : 1;
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  if (a === 1 && b === 1) return p;
  // The half that holds x is searched, so that x near 1 keeps the digits of 1 - x.
  return betaCdf(0.5, a, b) >= p ? lowerHalf(Math.log(p), a, b) : 1 - lowerHalf(Math.log1p(-p), b, a);
}

function lowerHalf(logP: number, a: number, b: number): number {
  let low = Math.log(Number.MIN_VALUE);
  let high = -Math.LN2;
  if (logIncomplete(Math.exp(low), 1, a, b) >= logP) return 0;
  let u = Math.min(Math.max(Math.log(a / (a + b)), low / 2), high);
  for (let i = 0; i < 200; i++) {
    const x = Math.exp(u);
    const error = logIncomplete(x, 1 - x, a, b) - logP;
    if (error > 0) high = u;
    else low = u;
    const slope = Math.exp(logPrefactor(x, 1 - x, a, b) - (error + logP)) / (1 - x);
    const step = error / slope;
    let next = u - step;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - u) <= 1e-15 * Math.max(1, Math.abs(u))) return Math.exp(next);
    u = next;
  }
  return Math.exp(u);
}
