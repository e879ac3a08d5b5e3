/**
 * Points as rows of numbers, the form in which the model sees them.
 *
 * | kind | parameters | number in the row |
 * |---|---|---|
 * | continuous | real laws, integers and multiples of q with more than 64 values | probability under the law, in [0, 1] |
 * | ordered | integers and multiples of q with up to 64 values, lists of numbers | place among the sorted values, first 0, last 1; of a quantised law its probability |
 * | nominal | text, booleans, null, lists, mappings, mixtures | number of the value in the list; only equality counts |
 *
 * Integers and multiples are always seen where they are, never between (Garrido-Merchan and Hernandez-Lobato 2020). Numeric columns
 * come first. Parameters with one value have no column.
 */
import { canonicalJson, type JsonValue, numberOf } from '../domain/json.ts';
import {
  buildPoint,
  encodeValue,
  type Parameter,
  type Point,
  quantile,
  realCdf,
  type SearchSpace,
  supportAxis,
  valueAt,
} from '../space/index.ts';

interface Base {
  parameter: Parameter;
}
export interface ContinuousColumn extends Base {
  kind: 'continuous';
  /** Many whole steps: a coordinate stands for the nearest one. */
  isStepped: boolean;
  low: number;
  high: number;
}
export interface LevelColumn extends Base {
  kind: 'ordered' | 'nominal';
  values: JsonValue[];
  /** The number in a row for each value, ascending. */
  levels: Float64Array;
  index: Map<string, number>;
}
export type Column = ContinuousColumn | LevelColumn;

export interface Columns {
  /** Numeric ones first. */
  list: Column[];
  numeric: number;
  space: SearchSpace;
}

const mostLevels = 64;
/** The laws with tails are searched between these quantiles. */
const tail = 1e-3;

export function columnsOf(space: SearchSpace): Columns {
  const all = space.searchable.flatMap((parameter) => columnOf(parameter) ?? []);
  const numeric = all.filter((column) => column.kind !== 'nominal');
  const nominal = all.filter((column) => column.kind === 'nominal');
  return { list: [...numeric, ...nominal], numeric: numeric.length, space };
}

function columnOf(parameter: Parameter): Column | null {
  const { distribution } = parameter;
  const axis = supportAxis(distribution);
  if (axis !== null && axis.size <= 1n) return null;
  const isListed = distribution.kind === 'categorical' || distribution.kind === 'categorical_w_probabilities';
  if (axis === null || (!isListed && axis.size > BigInt(mostLevels))) {
    const hasTails =
      distribution.kind === 'normal' || distribution.kind === 'log_normal' || distribution.kind === 'beta';
    return {
      kind: 'continuous',
      parameter,
      isStepped: distribution.kind === 'int_uniform' || ('q' in distribution && distribution.q !== null),
      low: hasTails ? tail : 0,
      high: hasTails ? 1 - tail : 1,
    };
  }
  const values = Array.from({ length: Number(axis.size) }, (_, i) => axis.at(BigInt(i)));
  if (!isListed) {
    const last = values.length - 1;
    const isEven = distribution.kind === 'int_uniform' || distribution.kind === 'constant';
    return levelColumn(parameter, 'ordered', values, (value, i) =>
      isEven ? i / last : realCdf(distribution, numberOf(value) ?? 0),
    );
  }
  const numbers = values.map(numberOf);
  if (numbers.every((number) => number !== null && Number.isFinite(number))) {
    const sorted = [...values].sort((a, b) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0));
    return levelColumn(parameter, 'ordered', sorted, (_, i) => i / (sorted.length - 1));
  }
  return levelColumn(parameter, 'nominal', values, (_, i) => i);
}

function levelColumn(
  parameter: Parameter,
  kind: LevelColumn['kind'],
  values: JsonValue[],
  level: (value: JsonValue, i: number) => number,
): LevelColumn {
  const levels = Float64Array.from(values, level);
  // Values whose probabilities coincide (the ends of a law, twice) must stay apart.
  const isAscending = levels.every((at, i) => i === 0 || at > (levels[i - 1] as number));
  if (!isAscending) levels.set(values.map((_, i) => i / (values.length - 1)));
  return { kind, parameter, values, levels, index: new Map(values.map((value, i) => [canonicalJson(value), i])) };
}

/** A value's number; null where it is none of the parameter's. */
function numberFor(column: Column, value: JsonValue | undefined): number | null {
  if (value === undefined) return null;
  const { distribution } = column.parameter;
  if (column.kind === 'continuous') {
    const u = encodeValue(distribution, value);
    return u === null ? null : Math.min(Math.max(u, column.low), column.high);
  }
  const place = column.index.get(canonicalJson(value));
  if (place !== undefined) return column.levels[place] as number;
  const x = numberOf(value);
  if (x === null || Number.isNaN(x) || 'values' in distribution) return null;
  return column.levels[
    nearest(
      column.values.map((one) => numberOf(one) ?? 0),
      x,
    )
  ] as number;
}

/** Index of the number nearest to x; the numbers ascend. */
export function nearest(ascending: ArrayLike<number>, x: number): number {
  let best = 0;
  for (let i = 1; i < ascending.length; i++) {
    if (Math.abs((ascending[i] as number) - x) < Math.abs((ascending[best] as number) - x)) best = i;
  }
  return best;
}

/**
 * The row of a point.
 * @param missing the number for a parameter that the point has no value of: centre for numeric ones, -1 (no category) for nominal
 * @returns null where a value is missing or not of the space and `missing` is false
 */
export function rowOf({ list }: Columns, point: Point, missing = false): Float64Array | null {
  const row = new Float64Array(list.length);
  for (const [j, column] of list.entries()) {
    const number = numberFor(column, valueAt(point, column.parameter.path));
    if (number !== null) row[j] = number;
    else if (missing) row[j] = column.kind === 'nominal' ? -1 : 0.5;
    else return null;
  }
  return row;
}

/** Takes every number of a row to one that stands for a value: inside the bounds, on a level or step. */
export function snap({ list }: Columns, row: Float64Array): Float64Array {
  for (const [j, column] of list.entries()) row[j] = snapped(column, row[j] as number);
  return row;
}

export function snapped(column: Column, x: number): number {
  if (column.kind !== 'continuous') return column.levels[nearest(column.levels, x)] as number;
  const u = Math.min(Math.max(x, column.low), column.high);
  if (!column.isStepped) return u;
  return encodeValue(column.parameter.distribution, quantile(column.parameter.distribution, u)) ?? u;
}

/** The point of a row, constants and parameters with one value included. */
export function pointOf({ list, space }: Columns, row: Float64Array): Point {
  const places = new Map(list.map((column, j) => [column.parameter, j]));
  return buildPoint(space.parameters, (parameter) => {
    const j = places.get(parameter);
    if (j === undefined) return quantile(parameter.distribution, 0.5);
    const column = list[j] as Column;
    if (column.kind === 'continuous') return quantile(parameter.distribution, row[j] as number);
    return column.values[nearest(column.levels, row[j] as number)] ?? null;
  });
}

/** A row from coordinates of the unit cube, one for each column. */
export function rowFromUnit({ list }: Columns, unit: (column: number) => number): Float64Array {
  return Float64Array.from(list, (column, j) => {
    const u = unit(j);
    if (column.kind === 'continuous') return snapped(column, column.low + u * (column.high - column.low));
    return column.levels[Math.min(Math.floor(u * column.levels.length), column.levels.length - 1)] as number;
  });
}

/** Same text for rows that stand for the same point, as far as nine digits tell: encoding a decoded point loses the last ones. */
export function rowKey(row: Float64Array): string {
  let key = '';
  for (const x of row) key += `${Math.round(x * 1e9)} `;
  return key;
}

/** Number of different points, infinite where there is a column without levels or steps. */
export function sizeOf({ list }: Columns): number {
  return list.reduce((size, column) => size * columnSize(column), 1);
}

function columnSize(column: Column): number {
  if (column.kind !== 'continuous') return column.levels.length;
  const axis = supportAxis(column.parameter.distribution);
  return axis === null ? Number.POSITIVE_INFINITY : Number(axis.size);
}
