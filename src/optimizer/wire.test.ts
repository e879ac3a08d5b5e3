import { expect, it } from 'vitest';
import { parseSweepConfig } from '../space/index.ts';
import { readAnswer, readSnapshot, suggest, writeAnswer, writeSnapshot } from './index.ts';
import type { Snapshot } from './types.ts';

const text = `method: bayes
metric: {name: l}
sweepd: {seed: 12345678901234567890}
parameters:
  big: {min: 9007199254740993, max: 9007199254741993}
  whole: {values: [1.0, 2.0, 3.5]}
  nested: {parameters: {x: {min: 0.0, max: 1.0}, list: {values: [[1, 2], null]}}}
`;

function example(): Snapshot {
  const { config } = parseSweepConfig(text);
  if (config === null) throw new Error('refused');
  const snapshot: Snapshot = { config, seed: 3n, made: 0, width: 2, results: [], pending: [], model: null };
  const points = suggest(snapshot, 9).suggestions.map((one) => one.point);
  const results = points
    .slice(0, 8)
    .map((point, i) => ({ point, value: i === 3 ? Number.NaN : i, state: 'finished' as const }));
  return { ...snapshot, made: 9, results, pending: points.slice(8), taken: ['{"a":1}'], prior: results.slice(0, 2) };
}

it('a snapshot on the wire decides the same, to the bit', () => {
  const snapshot = example();
  const back = readSnapshot(writeSnapshot(snapshot));
  expect(back).toEqual({ ...snapshot, seed: 3 });
  expect(writeAnswer(suggest(back, 3))).toBe(writeAnswer(suggest(snapshot, 3)));
});

it('an answer comes back whole', () => {
  const answer = suggest(example(), 2);
  expect(answer.model).not.toBeNull();
  expect(readAnswer(writeAnswer(answer))).toEqual(answer);
  expect(writeAnswer({ suggestions: [], model: answer.model }).length).toBeLessThan(2000);
});

it('what is no snapshot is refused', () => {
  expect(() => readSnapshot('[]')).toThrow(SyntaxError);
  expect(() => readSnapshot('{"document": {"method": "bayes"}}')).toThrow(/config/);
});
