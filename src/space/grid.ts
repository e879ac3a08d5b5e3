/** A grid's points by number: mixed-radix digits over the sorted parameters, the last of which varies fastest. */
import type { JsonValue } from '../domain/json.ts';
import { type Axis, gridAxis, supportAxis } from './axes.ts';
import type { Parameter, Point, SearchSpace, SweepConfig } from './config.ts';
import { permute } from './permutation.ts';
import { buildPoint, valueAt } from './point.ts';

const gridAxes = new WeakMap<SearchSpace, Axis[] | null>();
const supportAxes = new WeakMap<SearchSpace, Axis[] | null>();

function axesOf(
  space: SearchSpace,
  of: (leaf: Parameter) => Axis | null,
  kept: WeakMap<SearchSpace, Axis[] | null>,
): Axis[] | null {
  const known = kept.get(space);
  if (known !== undefined) return known;
  const axes: Axis[] = [];
  for (const leaf of space.searchable) {
    const axis = of(leaf);
    if (axis !== null) axes.push(axis);
  }
  const complete = axes.length === space.searchable.length ? axes : null;
  kept.set(space, complete);
  return complete;
}

const product = (axes: readonly Axis[] | null): bigint | null =>
  axes === null ? null : axes.reduce((size, axis) => size * axis.size, 1n);

/** The axes of a search that visits every point once; null where it draws for ever. */
function finiteAxes(config: SweepConfig): Axis[] | null {
  if (config.method === 'grid') return axesOf(config.space, gridAxis, gridAxes);
  if (config.method !== 'random' || !config.extensions.unique) return null;
  return axesOf(config.space, (leaf) => supportAxis(leaf.distribution), supportAxes);
}

/** Number of distinct points of the space; null where it is not finite. */
export function spaceSize(config: SweepConfig): bigint | null {
  if (config.method === 'grid') return gridSize(config);
  return product(axesOf(config.space, (leaf) => supportAxis(leaf.distribution), supportAxes));
}

/**
 * Number of points after which the search is exhausted: of a grid, and of a random search with `sweepd.unique` on a finite space.
 * Null where the search does not end by itself. Takes no time that grows with the number.
 */
export const gridSize = (config: SweepConfig): bigint | null => product(finiteAxes(config));

/** The seed of the shuffle, where the order is one; null for W&B's order. */
export function shuffleSeed(config: SweepConfig, seed: bigint | number | null): bigint | number | null {
  const isShuffled = config.method === 'random' || config.extensions.order === 'random';
  return isShuffled ? (config.extensions.seed ?? seed ?? 0) : null;
}

/**
 * The n-th point of a search that gridSize counts, in W&B's order: names sorted at every level, the last varies fastest, values as
 * listed. With `sweepd.order: random` (and for unique random search) in an order given by the seed; each point comes once.
 * @param n in 0..gridSize-1
 * @param seed used where the config names none
 * @throws RangeError where there is no such point
 */
export function gridPoint(config: SweepConfig, n: bigint, seed: bigint | number | null = null): Point {
  const axes = finiteAxes(config);
  const size = product(axes);
  if (axes === null || size === null || n < 0n || n >= size) throw new RangeError(`There is no grid point ${n}`);
  const shuffle = shuffleSeed(config, seed);
  return pointOfDigits(config.space, axes, shuffle === null ? n : permute(n, size, shuffle));
}

function pointOfDigits(space: SearchSpace, axes: readonly Axis[], rank: bigint): Point {
  const values = new Map<Parameter, JsonValue>();
  let rest = rank;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i];
    const leaf = space.searchable[i];
    if (!axis || !leaf) continue;
    values.set(leaf, axis.at(rest % axis.size));
    rest /= axis.size;
  }
  return buildPoint(space.parameters, (leaf) =>
    leaf.distribution.kind === 'constant' ? leaf.distribution.value : (values.get(leaf) ?? null),
  );
}

/**
 * The rank, in W&B's order, of the point that a run's config stands for; null where a value is missing or not of the grid. Constants
 * and other keys do not count.
 */
export function rankOf(config: SweepConfig, point: Point): bigint | null {
  const axes = finiteAxes(config);
  if (axes === null) return null;
  let rank = 0n;
  for (const [i, axis] of axes.entries()) {
    const value = valueAt(point, config.space.searchable[i]?.path ?? []);
    const digit = value === undefined ? null : axis.indexOf(value);
    if (digit === null) return null;
    rank = rank * axis.size + digit;
  }
  return rank;
}

/**
 * The first `count` points of the search that are not in `taken`, in the order of gridPoint; fewer where no more are left.
 * @param taken ranks, see rankOf
 */
export function freePoints(
  config: SweepConfig,
  taken: ReadonlySet<bigint>,
  count: number,
  shuffle: bigint | number | null,
): Point[] {
  const axes = finiteAxes(config);
  const size = product(axes);
  const points: Point[] = [];
  if (axes === null || size === null) return points;
  for (let n = 0n; n < size && points.length < count; n++) {
    const rank = shuffle === null ? n : permute(n, size, shuffle);
    if (!taken.has(rank)) points.push(pointOfDigits(config.space, axes, rank));
  }
  return points;
}
