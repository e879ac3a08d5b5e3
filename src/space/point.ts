/** Points as trees, as keys, on W&B's wire, and back from a run's config. */
import { canonicalJson, isObject, type JsonObject, type JsonValue, jsonObject } from '../domain/json.ts';
import type { Parameter, Point } from './config.ts';

/** What stands between the names where W&B flattens a nested parameter. */
const delimiter = '.wbnest[599c28ca25da].';

/** A point from one value per leaf. */
export function buildPoint(
  parameters: readonly Parameter[],
  valueFor: (leaf: Parameter, index: number) => JsonValue,
): Point {
  const point = jsonObject();
  for (const [index, leaf] of parameters.entries()) {
    let parent = point;
    for (const name of leaf.path.slice(0, -1)) {
      const child = parent[name];
      if (isObject(child)) parent = child;
      else {
        const made = jsonObject();
        parent[name] = made;
        parent = made;
      }
    }
    parent[leaf.path.at(-1) ?? ''] = valueFor(leaf, index);
  }
  return point;
}

/** The same text for the same point: keys sorted, `1` as `1.0`. */
export const pointKey = (point: Point): string => canonicalJson(point);

/** The point as W&B's wire has it: `{name: {value}}` at the first level. */
export const wireConfig = (point: Point): JsonObject =>
  jsonObject(Object.entries(point).map(([name, value]) => [name, jsonObject([['value', value]])]));

/** The other way: what stands under `value` for every name; names without one are left out. */
export function pointOfWire(config: JsonObject): Point {
  const point = jsonObject();
  for (const [name, entry] of Object.entries(config)) {
    if (isObject(entry) && entry.value !== undefined) point[name] = entry.value;
  }
  return point;
}

/** A leaf's value in a point; undefined where the point has none, or has no mapping on the way to it. */
export function valueAt(point: Point, path: readonly string[]): JsonValue | undefined {
  if (path.length > 1) {
    const flat = point[path.join(delimiter)];
    if (flat !== undefined) return flat;
  }
  let value: JsonValue | undefined = point;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = value[name];
  }
  return value;
}
