/** Reading a run's history the ways the client asks for it. Rows without a text (a gap that never arrived) are left out. */
import type { RunRow, Views } from '../store/views/views.ts';
import { inline, readObject } from './tolerant-json.ts';

const stepKey = /"_step"\s*:\s*(\d{1,15})(?!\d)/;

interface HistoryLine {
  step: number;
  text: string;
}

/** All lines in order of `_step`; of two with the same step the later line comes second. */
function allLines(views: Views, run: RunRow): HistoryLine[] {
  const rows = views.writtenLines(run.id, 'history').map(({ line, text }): HistoryLine => {
    const step = stepKey.exec(text)?.[1];
    return { step: step === undefined ? line : Number(step), text };
  });
  return rows.sort((a, b) => a.step - b.step);
}

/**
 * `history(minStep, maxStep, samples)`: every row with minStep <= _step < maxStep; without a range `samples` rows, evenly spread.
 */
export function historyTexts(
  views: Views,
  run: RunRow,
  args: { minStep?: number | null; maxStep?: number | null; samples?: number | null },
): string[] {
  const { minStep, maxStep, samples } = args;
  const rows = allLines(views, run).filter(
    (row) => (minStep == null || row.step >= minStep) && (maxStep == null || row.step < maxStep),
  );
  const ranged = minStep != null || maxStep != null;
  return (ranged ? rows : spread(rows, samples ?? 500)).map((row) => row.text);
}

export function eventTexts(views: Views, run: RunRow, samples?: number | null): string[] {
  const lines = views.writtenLines(run.id, 'events');
  return spread(lines, samples ?? 500).map(({ text }) => text);
}

/**
 * `sampledHistory(specs)`: a list per spec. `{keys, minStep, maxStep, samples}`: here maxStep is inclusive; only rows that have all
 * keys, reduced to them.
 */
export function sampledHistory(views: Views, run: RunRow, specs: readonly string[]): unknown[][] {
  const parsed = specs.map((spec) => readObject(spec));
  if (parsed.every((spec) => Object.keys(spec).length === 0)) return parsed.map(() => []);
  const rows = allLines(views, run);
  return parsed.map((spec) => sampleOne(rows, spec));
}

function sampleOne(rows: readonly HistoryLine[], spec: Record<string, unknown>): unknown[] {
  const keys = Array.isArray(spec.keys) ? [...new Set(spec.keys.map(String))] : [];
  const low = typeof spec.minStep === 'number' ? spec.minStep : Number.NEGATIVE_INFINITY;
  const high = typeof spec.maxStep === 'number' ? spec.maxStep : Number.POSITIVE_INFINITY;
  const samples = typeof spec.samples === 'number' ? spec.samples : 500;
  const found: Record<string, unknown>[] = [];
  for (const row of rows) {
    if (row.step < low || row.step > high) continue;
    const values = readObject(row.text);
    if (keys.length === 0) found.push(values);
    else {
      const wanted = keys.map((key) => [key, valueAt(values, key)] as const);
      if (wanted.every(([, value]) => value !== undefined)) found.push(Object.fromEntries(wanted));
    }
  }
  return spread(found, samples).map(inline);
}

/** A key by its flat name, else as a dotted path into nested objects. */
export function valueAt(values: Record<string, unknown>, key: string): unknown {
  if (Object.hasOwn(values, key)) return values[key];
  const dot = key.indexOf('.');
  for (let at = dot; at > 0; at = key.indexOf('.', at + 1)) {
    const inner = Object.hasOwn(values, key.slice(0, at)) ? values[key.slice(0, at)] : undefined;
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      const value = valueAt(inner as Record<string, unknown>, key.slice(at + 1));
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

/** At most `samples` of the rows, evenly spread, the first and the last among them. */
function spread<T>(rows: readonly T[], samples: number): T[] {
  if (rows.length <= samples || samples <= 0) return [...rows];
  if (samples === 1) return rows.slice(-1);
  const step = (rows.length - 1) / (samples - 1);
  return Array.from({ length: samples }, (_, i) => rows[Math.round(i * step)] as T);
}

/** `{lastStep, keys: {name: {typeCounts}}}`: drives the paging of scan_history. */
export function historyKeys(views: Views, run: RunRow): unknown {
  const counts = new Map<string, Map<string, number>>();
  for (const { text } of allLines(views, run)) {
    for (const [key, value] of Object.entries(readObject(text))) {
      const types = counts.get(key) ?? new Map<string, number>();
      counts.set(key, types);
      const type = typeName(value);
      types.set(type, (types.get(type) ?? 0) + 1);
    }
  }
  const keys = Object.fromEntries(
    [...counts].map(([key, types]) => [key, { typeCounts: [...types].map(([type, count]) => ({ type, count })) }]),
  );
  return { lastStep: run.lastStep ?? -1, keys };
}

function typeName(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (value === null) return 'nil';
  return Array.isArray(value) ? 'list' : 'map';
}

/** The last line of a stream as the resume query wants it: JSON text of a list of JSON texts. */
export function tail(views: Views, run: RunRow, stream: 'history' | 'events', lines: number): string {
  const last = lines === 0 ? [] : views.lines(run.id, stream, Math.max(0, lines - 1), lines);
  return JSON.stringify(last.filter((line) => line !== undefined));
}

/** Values of `config` under the given top-level keys, unwrapped (`{name: {value}}`). */
export function wandbConfig(config: string, keys: readonly string[]): string {
  const all = readObject(config)._wandb;
  const value = all !== null && typeof all === 'object' ? ((all as { value?: unknown }).value ?? {}) : {};
  const found = Object.entries(value as Record<string, unknown>).filter(([key]) => keys.includes(key));
  return JSON.stringify(Object.fromEntries(found));
}
