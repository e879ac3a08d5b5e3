/** Points as vectors of the unit cube, one coordinate for each searchable parameter in grid order, and back. */
import { type JsonValue, numberOf } from '../domain/json.ts';
import { categoryIndex } from './categories.ts';
import type { Distribution, Point, SearchSpace } from './config.ts';
import { latticeBounds, latticeIndex, quantile, realCdf } from './distributions.ts';
import { buildPoint, valueAt } from './point.ts';

/** Nearest to 0 and 1 that a coordinate comes: the laws without bounds stay finite there. */
const margin = 2 ** -53;

/**
 * A value's coordinate: its probability under the law, so that a decoded coordinate gives the value again. Categories, integers and
 * multiples of q have the middle of their share. Numbers outside the bounds lie on the edge.
 * @returns null where the value is none of the parameter's: not listed, or no number
 */
export function encodeValue(law: Distribution, value: JsonValue | undefined): number | null {
  if (value === undefined || law.kind === 'constant') return null;
  if (law.kind === 'categorical' || law.kind === 'categorical_w_probabilities') {
    const index = categoryIndex(law, value);
    if (index === null) return null;
    if (law.kind === 'categorical') return (index + 0.5) / law.values.length;
    const total = law.probabilities.reduce((sum, p) => sum + p, 0);
    const below = law.probabilities.slice(0, index).reduce((sum, p) => sum + p, 0);
    return (below + (law.probabilities[index] ?? 0) / 2) / total;
  }
  const x = numberOf(value);
  if (x === null || Number.isNaN(x)) return null;
  if (law.kind === 'int_uniform') {
    const offset = typeof value === 'bigint' ? Number(value - law.first) : x - law.min;
    return clip((Math.round(offset) + 0.5) / Number(law.count));
  }
  if (law.q === null) return clip(realCdf(law, x));
  const { low, high } = latticeBounds(law, law.q);
  const k = latticeIndex(law, law.q, x);
  if (k === null) return clip(realCdf(law, x));
  const from = k <= low ? 0 : realCdf(law, (k - 0.5) * law.q.step);
  const to = k >= high ? 1 : realCdf(law, (k + 0.5) * law.q.step);
  return clip((from + to) / 2);
}

const clip = (u: number): number => Math.min(Math.max(u, margin), 1 - margin);

/** A point's vector; null where one of its values is missing or not of the space (see encodeValue). */
export function encode(space: SearchSpace, point: Point): number[] | null {
  const unit: number[] = [];
  for (const { distribution, path } of space.searchable) {
    const u = encodeValue(distribution, valueAt(point, path));
    if (u === null) return null;
    unit.push(u);
  }
  return unit;
}

/** The point at a vector of the unit cube, constants included. Coordinates outside [0, 1] are taken to the edge. */
export function decode(space: SearchSpace, unit: readonly number[]): Point {
  let dimension = 0;
  return buildPoint(space.parameters, ({ distribution }) =>
    distribution.kind === 'constant' ? distribution.value : quantile(distribution, clip(unit[dimension++] ?? 0.5)),
  );
}
