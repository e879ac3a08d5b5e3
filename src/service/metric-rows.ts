/** The sweep's metric in the rows that a run reports: its finite values are rows of their own, and the run knows its best. */
import { flatReader } from '../domain/flat-row.ts';
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
  const objectives: { runId: number; line: number; value: number }[] = [];
  let { iterations, bestValue } = run;
  const read = metricReader(sweep.metricName);
  history.lines.forEach((text, i) => {
    const value = read(text);
    const line = history.offset + i;
    if (value !== null) values.push(value);
    if (value !== null && Number.isFinite(value)) {
      objectives.push({ runId: run.id, line, value });
      iterations++;
      bestValue = bestValue === null ? value : better(bestValue, value);
    } else if (line < run.historyLines) streams.dropObjective(run.id, line);
  });
  streams.putObjectives(objectives);
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
export const metricValue = (line: string, name: string | null): number | null => metricReader(name)(line);

/** The same for many lines. */
export function metricReader(name: string | null): (line: string) => number | null {
  if (name === null) return () => null;
  const flat = flatReader(name);
  return (line) => {
    const number = flat(line);
    return number === undefined ? parsedNumber(line, name) : number;
  };
}

function parsedNumber(line: string, name: string): number | null {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return tolerant(line, name);
  }
  if (row === null || typeof row !== 'object' || !Object.hasOwn(row, name)) return null;
  return asNumber((row as Record<string, unknown>)[name]);
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
