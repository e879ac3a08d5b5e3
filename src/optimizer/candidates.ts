/** Where the search for the best acquisition begins: points all over the space, and clouds around the best runs. */
import type { Random } from '../space/index.ts';
import { shiftedSequence } from './additive-recurrence.ts';
import { type Column, type Columns, rowFromUnit, snapped } from './columns.ts';

/** Radii of the clouds on a unit axis, log-uniform: narrow peaks beside the incumbent are rarely hit from afar. */
const [smallest, widest] = [-3, -0.3];
const shareOfColumns = 0.4;

/** `count` points of a low-discrepancy sequence that is shifted anew for every suggestion. */
export function spread(columns: Columns, count: number, random: Random): Float64Array[] {
  const sequence = shiftedSequence(columns.list.length, random);
  return Array.from({ length: count }, (_, i) => rowFromUnit(columns, (j) => sequence(i, j)));
}

/** `count` points near the centres, taken in turn. */
export function clouds(
  columns: Columns,
  centres: readonly Float64Array[],
  count: number,
  random: Random,
): Float64Array[] {
  if (centres.length === 0) return [];
  return Array.from({ length: count }, (_, i) =>
    perturbed(columns, centres[i % centres.length] as Float64Array, random),
  );
}

/** A neighbour: some coordinates moved by a normal step, now and then another category. */
export function perturbed({ list }: Columns, centre: Float64Array, random: Random): Float64Array {
  const radius = 10 ** (smallest + (widest - smallest) * random.uniform());
  const row = Float64Array.from(centre);
  const share = Math.max(shareOfColumns, 1 / list.length);
  let hasMoved = false;
  for (const [j, column] of list.entries()) {
    if (random.uniform() >= share) continue;
    row[j] = moved(column, row[j] as number, radius, random);
    hasMoved = true;
  }
  if (hasMoved) return row;
  const j = random.below(list.length);
  row[j] = moved(list[j] as Column, row[j] as number, radius, random);
  return row;
}

function moved(column: Column, x: number, radius: number, random: Random): number {
  if (column.kind === 'nominal') return column.levels[random.below(column.levels.length)] as number;
  const step = radius * normal(random);
  if (column.kind === 'continuous') return snapped(column, x + step);
  const target = snapped(column, x + step);
  if (target !== x) return target;
  // Too short a step for the next level still takes it.
  const place = column.levels.indexOf(x);
  return (column.levels[place + (step < 0 ? -1 : 1)] ?? x) as number;
}

/** Box and Muller's transform of two uniform numbers. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
