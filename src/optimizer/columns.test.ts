import { expect, it } from 'vitest';
import { parseSweepConfig } from '../space/index.ts';
import { columnsOf, pointOf, rowFromUnit, rowKey, rowOf, sizeOf, snap } from './columns.ts';

function columns(parameters: string) {
  const { config, errors } = parseSweepConfig(
    `method: bayes\nmetric: {name: l}\nparameters:\n${parameters.replace(/^/gm, '  ')}`,
  );
  if (config === null) throw new Error(JSON.stringify(errors));
  return columnsOf(config.space);
}

const mixed = `a: {values: [x, true, null, [1, 2]]}
b: {values: [64, 16, 32]}
c: {min: 1, max: 9}
d: {min: 1, max: 900}
e: {distribution: log_uniform_values, min: 1.0e-5, max: 0.1}
f: {distribution: q_uniform, min: 0.0, max: 0.3, q: 0.01}
g: {value: 7}
h: {distribution: normal, mu: 1.0, sigma: 2.0}
i: {parameters: {j: {values: [1.0, 2.0]}, k: {min: 0.0, max: 1.0}}}`;

it('numbers come first, constants have no column, lists of numbers are in order', () => {
  const { list, numeric } = columns(mixed);
  expect(list.map((column) => `${column.parameter.name} ${column.kind}`)).toEqual([
    'b ordered',
    'c ordered',
    'd continuous',
    'e continuous',
    'f ordered',
    'h continuous',
    'i/j ordered',
    'i/k continuous',
    'a nominal',
  ]);
  expect(numeric).toBe(8);
  const b = list[0];
  expect(b?.kind === 'ordered' && b.values).toEqual([16, 32, 64]);
});

it('a row and its point stand for each other', () => {
  const all = columns(mixed);
  for (let n = 0; n < 200; n++) {
    const row = rowFromUnit(all, (j) => ((n + 1) * (j + 1) * 0.618033988749) % 1);
    const point = pointOf(all, row);
    const back = rowOf(all, point) as Float64Array;
    for (const [j, number] of row.entries()) expect(back[j]).toBeCloseTo(number, 12);
    expect(rowKey(back)).toBe(rowKey(row));
  }
});

it('values that are not of the space make a row impossible, or the middle where that is allowed', () => {
  const all = columns('a: {values: [x, y]}\nb: {min: 0.0, max: 1.0}\nc: {values: [1, 2, 3]}');
  expect(rowOf(all, { a: 'z', b: 0.5, c: 1 })).toBeNull();
  expect(rowOf(all, { a: 'x', c: 1 })).toBeNull();
  expect(rowOf(all, { a: 'x', b: 0.5, c: 7 })).toBeNull();
  expect(rowOf(all, { a: 'z', c: 7 }, true)).toEqual(Float64Array.of(0.5, 0.5, -1));
});

it('snapping keeps bounds, levels and steps', () => {
  const all = columns('a: {min: 1, max: 3}\nb: {min: 0.0, max: 1.0}\nc: {min: 0, max: 999}');
  const row = snap(all, Float64Array.of(0.4, 1.7, 0.12345));
  expect(pointOf(all, row)).toEqual({ a: 2, b: expect.anything(), c: 123 });
  expect(row[1]).toBe(1);
  expect(snap(all, Float64Array.from(row))).toEqual(row);
});

it('knows how many points there are', () => {
  expect(sizeOf(columns('a: {values: [x, y]}\nb: {min: 1, max: 100}'))).toBe(200);
  expect(sizeOf(columns('a: {values: [x, y]}\nb: {min: 0.0, max: 1.0}'))).toBe(Number.POSITIVE_INFINITY);
});
