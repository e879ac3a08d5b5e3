import { describe, expect, it } from 'vitest';
import { candidateTransforms, createScale } from './transform.ts';

const losses = [3, 0.5, 0.9, 1.4, 2.2, 1.1, 0.7];

describe.each([
  ['identity', { kind: 'identity' }],
  ['log', { kind: 'log', share: 0.1 }],
] as const)('%s', (_, transform) => {
  it('standardises, and comes back', () => {
    const { forward, inverse } = createScale(transform, losses);
    const z = losses.map(forward);
    expect(z.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 10);
    expect(z.reduce((sum, value) => sum + value * value, 0) / z.length).toBeCloseTo(1, 10);
    for (const y of [...losses, -4, 0.2, 40]) expect(inverse(forward(y))).toBeCloseTo(y, 8);
  });

  it('has the slope that differences have', () => {
    const { forward, slope } = createScale(transform, [...losses, 80, -30]);
    for (const y of [1, 2.5, 60, 0.8]) {
      expect(slope(y)).toBeCloseTo((forward(y + 1e-6) - forward(y - 1e-6)) / 2e-6, 5);
    }
  });

  it('keeps the order, whatever comes, and one diverged loss does not flatten the rest', () => {
    const { forward } = createScale(transform, [...losses, 1e150]);
    const sorted = [...losses].sort((a, b) => a - b);
    const z = [-1e150, ...sorted, 1e9, 1e150].map(forward);
    expect([...z].sort((a, b) => a - b)).toEqual(z);
    expect(new Set(z.slice(0, -1)).size).toBe(z.length - 1);
    expect(z.every(Number.isFinite)).toBe(true);
    expect(forward(3) - forward(0.5)).toBeGreaterThan(0.02);
  });
});

it('equal losses are no trouble', () => {
  for (const transform of [{ kind: 'identity' }, { kind: 'log', share: 1 }] as const) {
    const { forward, logJacobian } = createScale(transform, [2, 2, 2]);
    expect(forward(2)).toBe(0);
    expect(Number.isFinite(logJacobian)).toBe(true);
  }
  expect(candidateTransforms([2, 2, 2], 0)).toEqual([{ kind: 'identity' }]);
});

it('the steepest logarithm is no candidate where there is noise', () => {
  expect(candidateTransforms(losses, 0).length).toBe(candidateTransforms(losses, 0.1).length + 1);
});
