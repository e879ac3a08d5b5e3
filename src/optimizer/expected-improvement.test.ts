import { expect, it } from 'vitest';
import { exploringShare, logImprovement, logProbability } from './expected-improvement.ts';

// z, log h(z), its derivative, log Phi(z): computed with 80 decimal digits, 2026-11-25.
const known = [
  [-40, -808.29856835662, 40.04990665764852, -804.6084420137538],
  [-12.5, -84.11418284068544, 12.657057565828094, -81.57596787074388],
  [-6, -22.578879392169796, 6.30984077321, -20.736768949974707],
  [-3, -7.869686059603029, 3.532337517625161, -6.60772622151035],
  [-1.6, -3.761795670714254, 2.3577733087613386, -2.904078010302246],
  [-1.4, -3.305846946982649, 2.202365684999016, -2.516314852988329],
  [-0.5, -1.62051626438732, 1.5598731483480797, -1.1759117615936185],
  [0, -0.9189385332046728, 1.2533141373155003, -Math.LN2],
  [2, 0.6973835457882284, 0.48655931878528386, -0.02301290932896349],
  [9, 2.1972245773362196, 0.1111111111111111, -1.1285884059538405e-19],
] as const;

const near = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(expected)));

it.each(known)('at z = %f the logarithms are exact', (z, logH, slope, logPhi) => {
  near(logImprovement(z).value, logH);
  near(logImprovement(z).slope, slope);
  near(logProbability(z).value, logPhi);
});

it('is finite and rises where the improvement underflows', () => {
  const values = [-1e8, -1e4, -300, -40].map((z) => logImprovement(z).value);
  expect(values.every(Number.isFinite)).toBe(true);
  expect([...values].sort((a, b) => a - b)).toEqual(values);
});

it('the exploring share goes from all to nothing', () => {
  expect(exploringShare(-5)).toBe(1);
  expect(exploringShare(1)).toBeGreaterThan(exploringShare(2));
  expect(exploringShare(9)).toBeLessThan(1e-17);
});
