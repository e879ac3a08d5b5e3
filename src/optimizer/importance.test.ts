import { describe, expect, it } from 'vitest';
import { writeJson } from '../domain/json.ts';
import { drawPoint, parseSweepConfig } from '../space/index.ts';
import { importance, refine } from './index.ts';
import type { Result, Snapshot } from './types.ts';

const text = `method: bayes
name: coarse
metric: {name: l}
parameters:
  lr: {distribution: log_uniform_values, min: 1.0e-6, max: 1.0}
  depth: {min: 1, max: 12}
  batch: {values: [8, 16, 32, 64, 128, 256]}
  optimizer: {values: [sgd, adam, lion]}
  net: {parameters: {dropout: {min: 0.0, max: 1.0}}}
`;

/** 60 random runs of which the learning rate decides most, the optimizer something, dropout nothing. */
function snapshot(count: number, value?: (lr: number, point: Record<string, unknown>) => number): Snapshot {
  const { config } = parseSweepConfig(text);
  if (config === null) throw new Error('refused');
  const results = Array.from({ length: count }, (_, n): Result => {
    const point = drawPoint({ ...config, method: 'random' }, 5, n);
    const lr = Math.log10(Number(point.lr));
    const standard = (lr + 3) ** 2 + (point.optimizer === 'adam' ? 0 : 1);
    return { point, value: value ? value(lr, point) : standard, state: 'finished' };
  });
  return { config, seed: 1, made: count, width: 1, results, pending: [], model: null };
}

describe('importance', () => {
  it('puts parameters in order, with intervals that hold the estimate', () => {
    const { parameters, noise, reason } = importance(snapshot(60));
    expect(reason).toBeNull();
    expect(parameters.map((one) => one.name).slice(0, 2)).toEqual(['lr', 'optimizer']);
    const byName = Object.fromEntries(parameters.map((one) => [one.name, one]));
    expect(byName.lr?.total).toBeGreaterThan(0.8);
    expect(byName['net/dropout']?.total).toBeLessThan(0.05);
    for (const { low, total, high } of parameters) expect(low <= total && total <= high).toBe(true);
    expect(noise).toBeLessThan(0.05);
  });

  it('has wide intervals where there is little to go by, and says where there is nothing', () => {
    const width = (count: number) => {
      const lr = importance(snapshot(count)).parameters.find((one) => one.name === 'lr');
      return (lr?.high ?? 0) - (lr?.low ?? 0);
    };
    expect(width(8)).toBeGreaterThan(width(60));
    expect(importance(snapshot(2))).toMatchObject({ parameters: [], reason: expect.stringContaining('fewer than') });
    expect(importance(snapshot(20, () => 7)).reason).toMatch(/do not depend/);
  });
});

describe('refine', () => {
  it('narrows what the best runs agree on, and nothing else', () => {
    const refined = refine(snapshot(60), 'me/project/abc');
    const { config, errors } = parseSweepConfig(writeJson(refined?.document ?? null));
    expect(errors).toEqual([]);
    const law = config?.space.parameters.find((one) => one.name === 'lr')?.distribution;
    if (law?.kind !== 'log_uniform') throw new Error('no log_uniform');
    expect(law.min).toBeGreaterThan(1e-5);
    expect(law.min).toBeLessThan(1e-3);
    expect(law.max).toBeGreaterThan(1e-3);
    expect(law.max).toBeLessThan(0.1);
    expect(refined?.document).toMatchObject({
      name: 'coarse-refined',
      method: 'bayes',
      sweepd: { prior: ['me/project/abc'] },
    });
    const change = refined?.changes.find((one) => one.name === 'lr');
    expect(change).toMatchObject({
      before: expect.stringContaining('log_uniform_values'),
      reason: expect.stringContaining('best runs'),
    });
    expect(refined?.changes.map((one) => one.name)).not.toContain('net/dropout');
  });

  it('keeps the values that good runs have, and their neighbours where they are numbers', () => {
    const liking = (_: number, point: Record<string, unknown>) =>
      (point.optimizer === 'lion' ? 0 : 20) + 5 * Math.abs(Math.log2(Number(point.batch)) - 3);
    const { document } = refine(snapshot(60, liking), null) ?? {};
    const { optimizer, batch } = (document?.parameters ?? {}) as Record<string, { value?: unknown; values?: number[] }>;
    expect(optimizer).toEqual({ value: 'lion' });
    expect(batch?.values).toContain(8);
    expect(batch?.values).not.toContain(256);
    expect(document?.sweepd).toBeUndefined();
  });

  it('needs three results', () => {
    expect(refine(snapshot(2), null)).toBeNull();
  });
});
