/**
 * Logarithm of the expected improvement, exact for any z: no underflow where the improvement is 1e-300 or less.
 *
 * | symbol | meaning |
 * |---|---|
 * | m, s | mean and standard deviation of the prediction |
 * | t | threshold that is to be improved on (minimising) |
 * | z | (t - m) / s |
 * | phi, Phi | density and distribution function of the standard normal law |
 * | h | z Phi(z) + phi(z); the expected improvement is s h(z) |
 * | c | 1 / (u + 2 / (u + 3 / (u + ...))) at u = -z, the tail of the continued fraction of Mills' ratio Phi(z) / phi(z) = 1 / (u + c) |
 *
 * Source: Jones, Schonlau and Welch 1998, equation 15; the logarithm as in Ament et al. 2023 (arXiv:2310.20708); the fraction:
 * Abramowitz and Stegun 26.2.14. With it h = phi c / (u + c) and h' / h = 1 / c, without cancellation.
 */
import { normalCdf } from '../space/index.ts';

const logRoot2Pi = 0.5 * Math.log(2 * Math.PI);
/** Below this the fraction needs few terms, above it the direct form loses no digits that matter. */
const direct = -1.5;

/** c at u > 0, by the recurrence from the far end; the number of terms falls with u. */
function fractionTail(u: number): number {
  const terms = u > 30 ? 8 : Math.ceil(8 + 220 / (u * u));
  let c = 0;
  for (let k = terms + 1; k >= 2; k--) c = k / (u + c);
  return 1 / (u + c);
}

/** log h(z), and d log h / dz in `slope`. */
export function logImprovement(z: number): { value: number; slope: number } {
  if (z > direct) {
    const cdf = normalCdf(z);
    const h = z * cdf + Math.exp(-0.5 * z * z - logRoot2Pi);
    return { value: Math.log(h), slope: cdf / h };
  }
  const u = -z;
  const c = fractionTail(u);
  return { value: -0.5 * u * u - logRoot2Pi + Math.log(c / (u + c)), slope: 1 / c };
}

/** log Phi(z), and its derivative. */
export function logProbability(z: number): { value: number; slope: number } {
  if (z > direct) {
    const cdf = normalCdf(z);
    return { value: Math.log(cdf), slope: Math.exp(-0.5 * z * z - logRoot2Pi) / cdf };
  }
  const u = -z;
  const c = fractionTail(u);
  return { value: -0.5 * u * u - logRoot2Pi - Math.log(u + c), slope: u + c };
}

/** Share of the expected improvement that is due to uncertainty: phi(z) / h(z), at most 1. */
export function exploringShare(z: number): number {
  if (z <= 0) return 1;
  return Math.exp(-0.5 * z * z - logRoot2Pi - logImprovement(z).value);
}
