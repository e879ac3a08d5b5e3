/** A run as the engine's pipe and recorded sweeps give it: its state, its rows, its summary. */
import { isObject, type JsonObject, type JsonValue, numberOf } from '../../domain/json.ts';

export interface RunRecord {
  name: string;
  state: string;
  /** Finite values of the metric in the history, in order, as they were logged. */
  values: number[];
  /** The same with NaN and the infinities, which count for divergence. */
  allValues: number[];
  /** The summary's value where it is a finite number. */
  summary: number | null;
}

const notFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** The metric in a row: NaN and the infinities may be texts; null where it is no number. */
export function metricIn(row: JsonValue | undefined, metric: string): number | null {
  if (!isObject(row) || !Object.hasOwn(row, metric)) return null;
  const value = row[metric];
  if (typeof value === 'string') return Object.hasOwn(notFinite, value) ? (notFinite[value] ?? null) : null;
  return numberOf(value);
}

/** @param run `{name, state, history or sampledHistory, summary or summaryMetrics}`; what is missing is empty */
export function runRecord(run: JsonObject, metric: string | null): RunRecord {
  const rows = run.history ?? run.sampledHistory;
  const summary = run.summary ?? run.summaryMetrics ?? run.summary_metrics;
  const allValues =
    metric === null || !Array.isArray(rows)
      ? []
      : rows.map((row) => metricIn(row, metric)).filter((value) => value !== null);
  const last = metric === null ? null : metricIn(summary, metric);
  return {
    name: typeof run.name === 'string' ? run.name : '',
    state: typeof run.state === 'string' ? run.state : 'finished',
    values: allValues.filter(Number.isFinite),
    allValues,
    summary: last !== null && Number.isFinite(last) ? last : null,
  };
}

/** The least loss over history and summary; null where there is no finite value. */
export function bestLoss({ values, summary }: RunRecord, sign: 1 | -1): number | null {
  const losses = (summary === null ? values : [...values, summary]).map((value) => sign * value);
  return losses.length === 0 ? null : losses.reduce((best, loss) => Math.min(best, loss));
}
