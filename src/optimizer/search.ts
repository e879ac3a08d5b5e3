/**
 * The best point of an acquisition over a mixed space: screen many candidates, then climb from the best few in turns, gradient
 * steps on the continuous columns and one-column sweeps on the others, until neither gains.
 *
 * Source: alternating optimisation of mixed spaces as in Optuna's GPSampler and Daulton et al. 2022 (arXiv:2210.10199).
 */
import type { Acquisition } from './acquisition.ts';
import { type Column, type Columns, type ContinuousColumn, nearest, snap, snapped } from './columns.ts';
import { minimize } from './lbfgs.ts';

export interface Found {
  row: Float64Array;
  value: number;
}

export interface SearchOptions {
  /** Climbs that are begun. */
  starts: number;
  /** Points that may not be the answer. */
  isExcluded: (row: Float64Array) => boolean;
  /** Steps of the climb are measured in these, one for each column. */
  lengths: ArrayLike<number>;
}

const rounds = 3;
const climbIterations = 30;
/** A gain in log expected improvement that is not worth another round. */
const leastGain = 1e-3;
/** Sweeps try every level up to this many, else steps of these widths. */
const mostSwept = 24;
const strides = [1, 2, 3, 5, 8, 13, 21];

/** @returns null where every candidate and what was climbed to is excluded */
export function searchAcquisition(
  columns: Columns,
  acquisition: Acquisition,
  candidates: readonly Float64Array[],
  { starts, isExcluded, lengths }: SearchOptions,
): Found | null {
  const allowed = candidates.filter((row) => !isExcluded(row));
  const values = acquisition.evaluateAll(allowed);
  const screened = allowed
    .map((row, i) => ({ row, value: values[i] as number }))
    .filter(({ value }) => !Number.isNaN(value));
  screened.sort((a, b) => b.value - a.value);
  let best: Found | null = screened[0] ?? null;
  for (const start of diverse(columns, screened, starts, lengths)) {
    const found = climb(columns, acquisition, start, lengths, isExcluded);
    if (best === null || found.value > best.value) best = found;
  }
  return best;
}

/** The best ones that are not beside a better one. */
function diverse({ numeric }: Columns, sorted: readonly Found[], count: number, lengths: ArrayLike<number>): Found[] {
  const chosen: Found[] = [];
  for (const candidate of sorted) {
    if (chosen.length === count) break;
    const isApart = chosen.every(({ row }) => {
      let square = 0;
      for (let j = 0; j < row.length; j++) {
        const difference = (row[j] as number) - (candidate.row[j] as number);
        if (j < numeric) square += (difference / Math.min(lengths[j] as number, 1)) ** 2;
        else if (difference !== 0) square += 1;
      }
      return square > 0.01;
    });
    if (isApart) chosen.push(candidate);
  }
  return chosen;
}

function climb(
  columns: Columns,
  acquisition: Acquisition,
  start: Found,
  lengths: ArrayLike<number>,
  isExcluded: (row: Float64Array) => boolean,
): Found {
  let best = start;
  const hasSmooth = columns.list.some((column) => column.kind === 'continuous');
  for (let round = 0; round < rounds; round++) {
    const before = best.value;
    if (hasSmooth) {
      const row = snap(columns, ascend(columns, acquisition, best.row, lengths));
      const value = acquisition.evaluate(row, null);
      if (value > best.value && !isExcluded(row)) best = { row, value };
    }
    const swept = sweep(columns, acquisition, best, isExcluded);
    const isDone = swept === best || !hasSmooth;
    best = swept;
    if (isDone || best.value - before < leastGain) break;
  }
  return best;
}

/** Gradient steps on the continuous columns, in units of the length scales. */
function ascend(
  { list }: Columns,
  acquisition: Acquisition,
  from: Float64Array,
  lengths: ArrayLike<number>,
): Float64Array {
  const free = list.flatMap((column, j) =>
    column.kind === 'continuous' ? [{ column: column as ContinuousColumn, j }] : [],
  );
  const unit = free.map(({ j }) => Math.min(lengths[j] as number, 1));
  const row = Float64Array.from(from);
  const full = new Float64Array(list.length);
  const place = (x: Float64Array) => {
    for (const [i, { j }] of free.entries()) row[j] = (x[i] as number) * (unit[i] as number);
  };
  const evaluate = (x: Float64Array, gradient: Float64Array) => {
    place(x);
    const value = acquisition.evaluate(row, full);
    for (const [i, { j }] of free.entries()) gradient[i] = -(full[j] as number) * (unit[i] as number);
    return -value;
  };
  const scale = (value: (one: (typeof free)[number]) => number) =>
    Float64Array.from(free, (one, i) => value(one) / (unit[i] as number));
  const found = minimize(
    evaluate,
    scale(({ j }) => from[j] as number),
    { lower: scale(({ column }) => column.low), upper: scale(({ column }) => column.high) },
    { iterations: climbIterations, tolerance: 1e-5, firstStep: 0.2 },
  );
  place(found.x);
  return row;
}

/** One pass over the columns with levels or steps, each set to its best value with the others held. */
function sweep(
  { list }: Columns,
  acquisition: Acquisition,
  start: Found,
  isExcluded: (row: Float64Array) => boolean,
): Found {
  let best = start;
  for (const [j, column] of list.entries()) {
    for (const other of alternatives(column, best.row[j] as number)) {
      const row = Float64Array.from(best.row);
      row[j] = other;
      const value = acquisition.evaluate(row, null);
      if (value > best.value && !isExcluded(row)) best = { row, value };
    }
  }
  return best;
}

function alternatives(column: Column, x: number): number[] {
  if (column.kind === 'continuous') return column.isStepped ? [beside(column, x, -1), beside(column, x, 1)] : [];
  const { levels } = column;
  if (levels.length <= mostSwept || column.kind === 'nominal') return Array.from(levels).filter((level) => level !== x);
  const place = nearest(levels, x);
  return strides.flatMap((stride) => [levels[place - stride] ?? [], levels[place + stride] ?? []]).flat();
}

/** The next step of a stepped column, or x at the end. */
function beside(column: ContinuousColumn, x: number, direction: -1 | 1): number {
  for (let distance = 2 ** -20; distance < 1; distance *= 2) {
    const other = snapped(column, x + direction * distance);
    if (other !== x) return other;
  }
  return x;
}

/** All rows of a finite space, in order of their numbers. */
export function enumerate({ list }: Columns): Float64Array[] {
  let rows: number[][] = [[]];
  for (const column of list) {
    const levels = column.kind === 'continuous' ? [] : Array.from(column.levels);
    rows = rows.flatMap((row) => levels.map((level) => [...row, level]));
  }
  return rows.map((row) => Float64Array.from(row));
}
