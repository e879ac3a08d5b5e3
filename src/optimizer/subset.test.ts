import { expect, it } from 'vitest';
import { drawPoint, parseSweepConfig } from '../space/index.ts';
import type { Observation } from './history.ts';
import { chooseSubset } from './subset.ts';
import { suggest } from './suggest.ts';

const observation = (loss: number): Observation => ({ row: Float64Array.of(loss), loss, variance: 0 });

it('keeps the best, the latest and some of all others, in their order', () => {
  const all = Array.from({ length: 3000 }, (_, i) => observation((i * 7919) % 3000));
  const kept = chooseSubset(all);
  expect(kept).toHaveLength(400);
  const losses = kept.map((one) => one.loss);
  expect(losses.filter((loss) => loss < 200)).toHaveLength(200);
  expect(kept.slice(-90)).toEqual(all.slice(-90));
  expect(losses.filter((loss) => loss > 1500).length).toBeGreaterThan(60);
  expect(kept.map((one) => all.indexOf(one))).toEqual(kept.map((one) => all.indexOf(one)).sort((a, b) => a - b));
  expect(chooseSubset(all.slice(0, 400))).toHaveLength(400);
});

it('a thousand results of twenty parameters still teach', () => {
  const names = Array.from({ length: 20 }, (_, j) => `"x${String(j).padStart(2, '0')}": {"min": 0.0, "max": 1.0}`);
  const { config } = parseSweepConfig(
    `{"method": "bayes", "metric": {"name": "l"}, "parameters": {${names.join(', ')}}}`,
  );
  if (config === null) throw new Error('refused');
  const results = Array.from({ length: 1000 }, (_, n) => {
    const point = drawPoint({ ...config, method: 'random' }, 1, n);
    const value = (Number(point.x00) - 0.3) ** 2 + (Number(point.x07) - 0.9) ** 2;
    return { point, value, state: 'finished' as const };
  });
  const answer = suggest({ config, seed: 1, made: 1000, width: 1, results, pending: [], model: null }, 1);
  const { point, explanation } = answer.suggestions[0] ?? {};
  expect(explanation?.method).toBe('model');
  expect(Number(point?.x00)).toBeCloseTo(0.3, 1);
  expect(Number(point?.x07)).toBeCloseTo(0.9, 1);
});
