/**
 * Points without a model: the middle of the space, then a quasi-random sequence all over it. They come before there are results to
 * learn from, and wherever the model cannot answer.
 */
import { gridPoint, quasiRandom, type SweepConfig, spaceSize } from '../space/index.ts';
import { type Columns, pointOf, rowFromUnit, rowOf } from './columns.ts';
import type { Feasibility } from './failures.ts';
import { type History, isKnown } from './history.ts';

/** Draws that may meet known points before all points are looked through. */
const mostTries = 200;
/** Of an infinite space with rounded values: draws after which it counts as used up. */
const mostDraws = 10_000;
/** Known points are passed over by steps of this many, so that the sequence itself stays for later suggestions. */
const stride = 1_009;
/** Candidates among which one is chosen once runs have failed. */
const choice = 32;

/** The start design grows with the agents, a point for each, up to a size after which results teach more than coverage. */
const mostStart = 24;

/** Suggestions before the model: at least two more than columns, and every agent gets a point before the first result counts. */
export function startSize(columns: Columns, width: number): number {
  const alone = Math.min(Math.max(columns.list.length + 2, 4), 8);
  return Math.max(alone, Math.min(width, mostStart));
}

/** Everything that a quasi-random point depends on. */
export interface StartDesign {
  config: SweepConfig;
  columns: Columns;
  history: History;
  seed: bigint | number;
  feasibility: Feasibility | null;
}

/**
 * A point that is not known yet, by the sequence's number n; away from failed runs where there are some.
 * @returns null where the space is used up
 */
export function startRow(design: StartDesign, n: number): Float64Array | null {
  const { columns, history, seed, feasibility } = design;
  const at = (place: number) =>
    place === 0 ? middle(columns) : rowFromUnit(columns, (j) => quasiRandom(seed, place - 1, j));
  const isFree = (row: Float64Array) => !isKnown(history, row, () => pointOf(columns, row));
  const wanted = feasibility === null ? 1 : choice;
  const free: Float64Array[] = [];
  for (let tries = 0; tries < mostTries && free.length < wanted; tries++) {
    const row = at(n + tries * stride);
    if (isFree(row)) free.push(row);
  }
  if (free.length === 0) return lastFree(design, at, isFree, n);
  if (feasibility === null) return free[0] as Float64Array;
  const known = [...history.failures, ...history.observations.map((one) => one.row), ...history.pending];
  const merit = (row: Float64Array) => feasibility.evaluate(row, null) + Math.log(distance(columns, row, known));
  const merits = free.map(merit);
  return free[merits.indexOf(Math.max(...merits))] ?? null;
}

/** The middle of every range and the first of every list: nearest to all other points, and where users begin to look. */
const middle = (columns: Columns): Float64Array =>
  rowFromUnit(columns, (j) => (columns.list[j]?.kind === 'nominal' ? 0 : 0.5));

function distance({ numeric }: Columns, row: Float64Array, others: readonly Float64Array[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const other of others) {
    let square = 1e-6;
    for (let j = 0; j < row.length; j++) {
      const difference = (row[j] as number) - (other[j] as number);
      square += j < numeric ? difference * difference : Number(difference !== 0);
    }
    least = Math.min(least, square);
  }
  return Math.sqrt(least);
}

/** Nearly all points are known: a finite space is looked through in shuffled order. */
function lastFree(
  { config, columns, seed }: StartDesign,
  at: (place: number) => Float64Array,
  isFree: (row: Float64Array) => boolean,
  n: number,
): Float64Array | null {
  const size = spaceSize(config);
  if (size === null) {
    for (let tries = 0; tries < mostDraws; tries++) {
      const row = at(n + (mostTries + tries) * stride);
      if (isFree(row)) return row;
    }
    return null;
  }
  const shuffled: SweepConfig = { ...config, method: 'random', extensions: { ...config.extensions, unique: true } };
  for (let place = 0n; place < size; place++) {
    const row = rowOf(columns, gridPoint(shuffled, place, seed));
    if (row !== null && isFree(row)) return row;
  }
  return null;
}
