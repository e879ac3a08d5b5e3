/** The sweep's metric in the rows that a run reports: its finite values are rows of their own, and the run knows its best. */
import { isObject, numberOf, parseJson } from '../domain/json.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { judgedValue } from './judged-value.ts';
import { configOf } from './sweep-config.ts';

export interface Lines {
  /** Number of the first line, from 0. */
  offset: number;
  lines: readonly string[];
}

/** What a report says about the metric. */
export interface MetricRows {
  /** Values of the rows that hold it, in order; NaN and the infinities too. */
  values: readonly number[];
  /** Rows that were there before were written again, or came late: what was derived from them must be made anew. */
  isRewrite: boolean;
  /** `bestValue` is the best of all values; else the sweep's objective is another one. */
  isBest: boolean;
  /** Of the run, with this report: its finite values. */
  iterations: number;
  /** The value by which the run is judged as a whole. */
  bestValue: number | null;
}

/** Stores the finite values among lines that have just been stored. */
export function storeMetric(service: Service, sweep: SweepRow, run: RunRow, history: Lines): MetricRows {
  const { streams } = service.store;
  const maximize = sweep.metricGoal === 'maximize';
  const better = maximize ? Math.max : Math.min;
  const isRewrite = history.offset < run.historyLines;
  const isBest = configOf(sweep).extensions.objective.kind === 'best';
  const values: number[] = [];
  let { iterations, bestValue } = run;
  history.lines.forEach((line, i) => {
    const value = metricValue(line, sweep.metricName);
    const at = history.offset + i;
    if (value !== null) values.push(value);
    if (value !== null && Number.isFinite(value)) {
      streams.putObjective(run.id, at, value);
      iterations++;
      bestValue = bestValue === null ? value : better(bestValue, value);
    } else if (at < run.historyLines) streams.dropObjective(run.id, at);
  });
  if (!isRewrite) {
    if (!isBest) bestValue = judgedValue(service.store, run.id, sweep);
    return { values, isRewrite, isBest, iterations, bestValue };
  }
  // A line that is written again may take back a value, even the one that was the best.
  return {
    values,
    isRewrite,
    isBest,
    iterations: streams.countObjectives(run.id),
    bestValue: judgedValue(service.store, run.id, sweep),
  };
}

/**
 * The metric in a history line, under its flat name: a number. NaN and the infinities may be bare, or the texts that stand for them
 * in plain JSON. Null where there is none: other texts, booleans and null are no values.
 */
export function metricValue(line: string, name: string | null): number | null {
  // Most lines that lack the name are told apart without parsing; a name beyond ASCII may be spelled with escapes.
  if (name === null || (/^[ -~]+$/.test(name) && !line.includes(JSON.stringify(name).slice(1, -1)))) return null;
  const flat = flatNumber(line, name);
  if (flat !== null) return flat;
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return tolerant(line, name);
  }
  if (row === null || typeof row !== 'object' || !Object.hasOwn(row, name)) return null;
  return asNumber((row as Record<string, unknown>)[name]);
}

const plainNumber = /^\s*(-?\d[\d.eE+-]*)\s*[,}]/;

/**
 * The number behind the name in a row without objects and escapes, where the name in quotes can be nothing but the key: a third of the
 * time that parsing takes (2026-11-25). Of a key that is there twice the last counts, as ever. Null: parsing will tell.
 */
function flatNumber(line: string, name: string): number | null {
  if (line.includes('\\') || line.includes('{', 1) || line.includes('[')) return null;
  const key = `"${name}":`;
  const at = line.lastIndexOf(key);
  if (at < 0) return null;
  const digits = plainNumber.exec(line.slice(at + key.length, at + key.length + 32))?.[1];
  const value = digits === undefined ? Number.NaN : Number(digits);
  return Number.isNaN(value) ? null : value;
}

function tolerant(line: string, name: string): number | null {
  try {
    const row = parseJson(line);
    return isObject(row) && Object.hasOwn(row, name) ? (numberOf(row[name]) ?? asNumber(row[name])) : null;
  } catch {
    return null;
  }
}

const notFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(notFinite, value) ? (notFinite[value] ?? null) : null;
}
