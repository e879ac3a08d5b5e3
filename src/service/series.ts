/**
 * A run's metrics as curves. What a long run logged first stands reduced in the database; the rest, and all of a short run, is read
 * from its lines: two thousand of them take some milliseconds.
 */
import { flatReader } from '../domain/flat-row.ts';
import { isObject, type JsonValue, numberOf, parseJson } from '../domain/json.ts';
import type { RunRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { addPoint, type Bucket, type Curve, decodeCurve, emptyCurve, encodeCurve, reduced } from './series-buckets.ts';

/** Lines that are reduced at once; fewer are quicker read than kept twice. */
const linesAtOnce = 2_000;
const mostKeys = 2_000;
const deepest = 5;

/** The curves of the metrics, at most `points` points each; a metric without any finite value has none. */
export function readSeries(
  service: Service,
  run: RunRow,
  keys: readonly string[],
  points: number,
): Map<string, Bucket[]> {
  const { store } = service;
  const from = store.series.lines(run.id);
  const wanted = new Set(keys);
  const curves = new Map<string, Curve>();
  for (const key of wanted) {
    const kept = from === 0 ? undefined : store.series.find(run.id, key);
    if (kept !== undefined) curves.set(key, decodeCurve(kept));
  }
  for (let at = from; at < run.historyLines; at += linesAtOnce) {
    addLines(curves, store.streams.read(run.id, 'history', at, at + linesAtOnce), at, wanted);
  }
  return new Map([...curves].map(([key, curve]) => [key, reduced(curve, points)]));
}

/**
 * Reduces the next lines of a run, if there are enough of them.
 * @returns whether there may be more to do
 */
export function extendSeries(service: Service, runId: number): Promise<boolean> {
  const { store } = service;
  return store.writer.write(() => {
    const run = store.runs.byId(runId);
    const from = store.series.lines(runId);
    if (run === undefined || run.historyLines - from < linesAtOnce) return false;
    const curves = new Map<string, Curve>();
    if (from === 0) store.series.clear(runId);
    else for (const { key, points } of store.series.all(runId)) curves.set(key, decodeCurve(points));
    addLines(curves, store.streams.read(runId, 'history', from, from + linesAtOnce), from, null);
    const encoded = new Map([...curves].map(([key, curve]) => [key, encodeCurve(curve)]));
    store.series.put(runId, from + linesAtOnce, encoded);
    return true;
  });
}

function addLines(
  curves: Map<string, Curve>,
  lines: readonly (string | undefined)[],
  from: number,
  wanted: ReadonlySet<string> | null,
): void {
  const read = wanted === null ? numbersIn : numbersReader(wanted);
  for (const [i, line] of lines.entries()) {
    if (line === undefined) continue;
    const values = read(line);
    const step = values.get('_step') ?? from + i;
    for (const [key, value] of values) {
      if (wanted !== null ? !wanted.has(key) : key === '_step') continue;
      let curve = curves.get(key);
      if (curve === undefined) {
        if (curves.size >= mostKeys) continue;
        curve = emptyCurve();
        curves.set(key, curve);
      }
      addPoint(curve, from + i, step, value);
    }
  }
}

/** The wanted numbers and `_step`: of most lines without parsing them. */
function numbersReader(wanted: ReadonlySet<string>): (line: string) => Map<string, number> {
  const readers = [...new Set([...wanted, '_step'])].map((key) => ({ key, read: flatReader(key) }));
  const heads = [...wanted].map((key) => `"${key.split('.')[0]}`);
  return (line) => {
    const found = new Map<string, number>();
    if (line.includes('\\') || line.includes('"_type"')) return numbersIn(line);
    if (!heads.some((head) => line.includes(head))) return found;
    // A path leads into objects, which a row without them does not have.
    const isFlat = !line.includes('{', 1);
    for (const { key, read } of readers) {
      const number = isFlat || !key.includes('.') ? read(line) : undefined;
      if (number === undefined) return numbersIn(line);
      if (number !== null) found.set(key, number);
    }
    return found;
  };
}

/** Finite numbers by their dotted path; media and lists have none. */
function numbersIn(line: string): Map<string, number> {
  const found = new Map<string, number>();
  const collect = (value: JsonValue | undefined, path: string, depth: number): void => {
    const number = numberOf(value);
    if (number !== null) {
      if (Number.isFinite(number)) found.set(path, number);
    } else if (isObject(value) && depth < deepest && value._type === undefined) {
      for (const [key, inner] of Object.entries(value)) collect(inner, path === '' ? key : `${path}.${key}`, depth + 1);
    }
  };
  try {
    collect(readLine(line), '', 0);
  } catch {
    // A line that is no JSON has no numbers.
  }
  return found;
}

/** The fast reader first: only bare NaN and the infinities need ours. */
function readLine(line: string): JsonValue {
  try {
    return JSON.parse(line) as JsonValue;
  } catch {
    return parseJson(line);
  }
}
