/** Which of the listed values a value is: the comparison by which upstream matches a run's config to the grid. */
import { canonicalJson, isObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import type { Distribution } from './config.ts';

export type Categorical = Extract<Distribution, { values: JsonValue[] }>;

interface Index {
  byKey: Map<string, number>;
  /** The keys of all listed mappings: a running program may add others, which are not compared. */
  knownKeys: Set<string>;
}

const indexes = new WeakMap<Categorical, Index>();

function indexOf(law: Categorical): Index {
  const known = indexes.get(law);
  if (known) return known;
  const index: Index = { byKey: new Map(), knownKeys: new Set() };
  for (const [i, value] of law.values.entries()) {
    const key = canonicalJson(value);
    if (!index.byKey.has(key)) index.byKey.set(key, i);
    if (isObject(value)) for (const name of Object.keys(value)) index.knownKeys.add(name);
  }
  indexes.set(law, index);
  return index;
}

/**
 * Position of a value in the list, the first where it is repeated; null where it is not listed. `1` equals `1.0` at every depth,
 * the order of keys does not count, nor do first-level keys that no listed mapping has.
 */
export function categoryIndex(law: Categorical, value: JsonValue): number | null {
  const { byKey, knownKeys } = indexOf(law);
  return byKey.get(canonicalJson(isObject(value) ? withKeys(value, knownKeys) : value)) ?? null;
}

function withKeys(value: JsonObject, keys: ReadonlySet<string>): JsonObject {
  const kept: JsonObject = Object.create(null);
  for (const [key, item] of Object.entries(value)) if (keys.has(key)) kept[key] = item;
  return kept;
}

/** The listed values without repeats: where two spellings are equal, the place of the first and the form of the last. */
export function distinctValues(values: readonly JsonValue[]): JsonValue[] {
  const distinct = new Map<string, JsonValue>();
  for (const value of values) distinct.set(canonicalJson(value), value);
  return [...distinct.values()];
}
