/**
 * The next, narrower sweep around the best runs, with this one's runs as prior knowledge: from coarse to fine.
 *
 * The best fifth of the runs (at least 3, at most 10) is taken by the model's mean, which a lucky run does not fool. Of a number's
 * range remains what they span and a margin on both sides, at least a fifth; of a list the values that they have, and for numbers
 * the neighbours. A parameter on which the best runs do not agree keeps its width by itself.
 */
import {
  compareText,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  numberOf,
  writeJson,
} from '../domain/json.ts';
import { quantile, type SweepConfig } from '../space/index.ts';
import { type ContinuousColumn, columnsOf, type LevelColumn, nearest } from './columns.ts';
import { type History, readHistory } from './history.ts';
import { buildModel } from './model.ts';
import { createPosterior, meansAtRows } from './posterior.ts';
import type { Snapshot } from './types.ts';

const share = 0.2;
const [fewest, most] = [3, 10];
/** On a unit axis: added on both sides, and the least width that remains. */
const margin = 0.05;
const leastWidth = 0.2;

export interface Change {
  /** The parameter's name, nested names joined by "/". */
  name: string;
  before: string;
  after: string;
  /** In words: what the best runs have there. */
  reason: string;
}

export interface Refinement {
  /** The new sweep's config. */
  document: JsonObject;
  changes: Change[];
  /** How many runs it was drawn around. */
  best: number;
}

/**
 * @param parent how the new config names this sweep under `sweepd.prior`, e.g. `entity/project/id`; null: it does not
 * @returns null where fewer than three runs have a value
 */
export function refine(snapshot: Snapshot, parent: string | null): Refinement | null {
  const columns = columnsOf(snapshot.config.space);
  const history = readHistory(columns, snapshot);
  if (history.observations.length < fewest) return null;
  const best = bestRows(columns, history, snapshot);
  const document = copy(snapshot.config.document) as JsonObject;
  const changes: Change[] = [];
  for (const [j, column] of columns.list.entries()) {
    const places = best.map((row) => row[j] as number);
    const narrowed = column.kind === 'continuous' ? narrowRange(column, places) : narrowList(column, places);
    if (narrowed === null) continue;
    const before = replaceLeaf(document, column.parameter.path, narrowed.leaf);
    changes.push({
      name: column.parameter.name,
      before: writeJson(before),
      after: writeJson(narrowed.leaf),
      reason: narrowed.reason,
    });
  }
  changes.sort((a, b) => compareText(a.name, b.name));
  nameSuccessor(document, snapshot.config, parent);
  return { document, changes, best: best.length };
}

function bestRows(columns: ReturnType<typeof columnsOf>, history: History, snapshot: Snapshot): Float64Array[] {
  const { observations } = history;
  const model = buildModel(columns, { ...history, prior: [] }, snapshot.model);
  const posterior = model === null ? null : createPosterior(model.observations, model.theta, []);
  const count = Math.min(Math.max(Math.ceil(share * observations.length), fewest), most);
  const width = columns.list.length;
  if (model === null || posterior === null) {
    const sorted = [...observations].sort((a, b) => a.loss - b.loss);
    return sorted.slice(0, count).map((one) => one.row);
  }
  const means = meansAtRows(posterior, 0);
  const order = Array.from(means, (_, i) => i).sort((a, b) => (means[a] as number) - (means[b] as number));
  return order.slice(0, count).map((i) => posterior.design.rows.slice(i * width, (i + 1) * width));
}

interface Narrowed {
  leaf: JsonObject;
  reason: string;
}

/** The interval that remains on the unit axis; null where it is nearly all. */
function interval(places: readonly number[]): [number, number] | null {
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const centre = (first + last) / 2;
  const half = Math.max((last - first) / 2 + margin, leastWidth / 2);
  const low = Math.max(Math.min(centre - half, 1 - 2 * half), 0);
  const high = Math.min(Math.max(centre + half, 2 * half), 1);
  return high - low > 0.9 ? null : [low, high];
}

function narrowRange({ parameter: { distribution } }: ContinuousColumn, places: readonly number[]): Narrowed | null {
  const found = interval(places);
  if (found === null) return null;
  const [min, max] = found.map((u) => numberOf(quantile(distribution, u)) ?? 0) as [number, number];
  if (!(max > min)) return null;
  const [first, last] = [Math.min(...places), Math.max(...places)].map((u) => shown(quantile(distribution, u)));
  const reason = `the best runs lie between ${first} and ${last}`;
  if (distribution.kind === 'int_uniform') {
    return {
      leaf: jsonObject([
        ['distribution', 'int_uniform'],
        ['min', Math.floor(min)],
        ['max', Math.ceil(max)],
      ]),
      reason,
    };
  }
  const isLog = distribution.kind === 'log_uniform' || distribution.kind === 'log_normal';
  const quantum = 'q' in distribution ? distribution.q : null;
  const form = `${quantum === null ? '' : 'q_'}${isLog ? 'log_uniform_values' : 'uniform'}`;
  const entries: [string, JsonValue][] = [
    ['distribution', form],
    ['min', rounded(min, max - min, isLog)],
    ['max', rounded(max, max - min, isLog)],
  ];
  if (quantum !== null) entries.push(['q', quantum.step]);
  return { leaf: jsonObject(entries), reason };
}

/** Three digits that matter: of the number where the axis is logarithmic, else of the width. */
function rounded(x: number, width: number, isLog: boolean): number {
  if (isLog || x === 0) return Number(x.toPrecision(3));
  const digits = Math.min(Math.max(2 - Math.floor(Math.log10(width)), 0), 15);
  return Number(x.toFixed(digits)) || Number(x.toPrecision(3));
}

const shown = (value: JsonValue): string => {
  const number = numberOf(value);
  return number === null ? writeJson(value) : String(Number(number.toPrecision(3)));
};

function narrowList(column: LevelColumn, places: readonly number[]): Narrowed | null {
  const had = new Set(places.map((at) => nearest(column.levels, at)));
  const kept = new Set(had);
  if (column.kind === 'ordered') {
    const [first, last] = [Math.min(...had), Math.max(...had)];
    for (let i = Math.max(first - 1, 0); i <= Math.min(last + 1, column.values.length - 1); i++) kept.add(i);
  }
  if (kept.size === column.values.length) return null;
  const values = column.values.filter((_, i) => kept.has(i));
  const seen = column.values.filter((_, i) => had.has(i)).map(shown);
  const { distribution } = column.parameter;
  const isRange = distribution.kind === 'int_uniform' && values.length > 1;
  const leaf = isRange
    ? jsonObject([
        ['distribution', 'int_uniform'],
        ['min', values[0] ?? 0],
        ['max', values.at(-1) ?? 0],
      ])
    : jsonObject(values.length === 1 ? [['value', values[0] ?? null]] : [['values', values]]);
  return { leaf, reason: `the best runs have ${seen.join(', ')}` };
}

/** Puts the leaf there. @returns what stood there */
function replaceLeaf(document: JsonObject, path: readonly string[], leaf: JsonObject): JsonValue {
  let parent: JsonObject = document;
  for (const name of path.slice(0, -1)) parent = childOf(childOf(parent, 'parameters'), name);
  const parameters = childOf(parent, 'parameters');
  const name = path.at(-1) ?? '';
  const before = parameters[name] ?? null;
  parameters[name] = leaf;
  return before;
}

function childOf(parent: JsonObject, name: string): JsonObject {
  const child = parent[name];
  return isObject(child) ? child : jsonObject();
}

function nameSuccessor(document: JsonObject, { name }: SweepConfig, parent: string | null): void {
  if (name !== null) document.name = `${name}-refined`;
  document.method = 'bayes';
  if (parent === null) return;
  const extensions = isObject(document.sweepd) ? document.sweepd : jsonObject();
  const prior = Array.isArray(extensions.prior) ? extensions.prior : [];
  extensions.prior = [...prior.filter((one) => one !== parent), parent];
  document.sweepd = extensions;
}

function copy(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(copy);
  return isObject(value) ? jsonObject(Object.entries(value).map(([key, item]) => [key, copy(item)])) : value;
}
