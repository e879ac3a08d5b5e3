/**
 * What the results say, sorted into what the models take.
 *
 * | symbol | meaning |
 * |---|---|
 * | loss | the objective, turned so that less is better |
 * | variance | known variance of a loss beside the learned noise, in its units squared; null: cautious (see stoppedShare) |
 */
import { type Point, pointKey, type SweepConfig } from '../space/index.ts';
import { type Columns, rowKey, rowOf } from './columns.ts';
import type { Result, Snapshot } from './types.ts';

export interface Observation {
  row: Float64Array;
  loss: number;
  variance: number | null;
}

export interface History {
  observations: Observation[];
  /** Rows that ended in failure of their own making. */
  failures: Float64Array[];
  /** Observations of the prior's runs, in its own units; at most mostPrior. */
  prior: Observation[];
  pending: Float64Array[];
  /** rowKey of every point that was handed out, as far as it can be read. */
  tried: Set<string>;
  /** pointKey of those that are known by key only. */
  taken: ReadonlySet<string>;
}

/** Of the prior's runs as many are used, `bestPrior` of them the best ones, so that the cost stays bounded. */
const mostPrior = 100;
const bestPrior = 30;
/** Values beyond this are as good as infinite: their squares must fit into a double. */
const largest = 1e150;

export function readHistory(columns: Columns, snapshot: Snapshot): History {
  const { config, results, pending } = snapshot;
  const history: History = {
    observations: [],
    failures: [],
    prior: [],
    pending: [],
    tried: new Set(),
    taken: new Set(snapshot.taken ?? []),
  };
  for (const result of results) {
    const row = rowOf(columns, result.point);
    if (row === null) continue;
    history.tried.add(rowKey(row));
    const observation = observationOf(config, result, row);
    if (observation !== null) history.observations.push(observation);
    else if (result.state !== 'killed') history.failures.push(row);
  }
  for (const point of pending) {
    const row = rowOf(columns, point);
    if (row === null) continue;
    history.tried.add(rowKey(row));
    history.pending.push(row);
  }
  history.prior = readPrior(columns, snapshot);
  return history;
}

function observationOf({ metric }: SweepConfig, result: Result, row: Float64Array): Observation | null {
  const { value, state, variance } = result;
  if (state === 'failed' || state === 'crashed') return null;
  if (value === null || !(Math.abs(value) < largest)) return null;
  const loss = metric?.goal === 'maximize' ? -value : value;
  if (variance !== undefined && variance >= 0 && variance < largest) return { row, loss, variance };
  return { row, loss, variance: result.stopped === true || state === 'killed' ? null : 0 };
}

function readPrior(columns: Columns, { config, prior }: Snapshot): Observation[] {
  const all: Observation[] = [];
  for (const result of prior ?? []) {
    const row = rowOf(columns, result.point, true);
    const observation = row === null ? null : observationOf(config, result, row);
    if (observation !== null) all.push(observation);
  }
  if (all.length <= mostPrior) return all;
  const order = all.map((_, i) => i).sort((a, b) => (all[a]?.loss ?? 0) - (all[b]?.loss ?? 0) || a - b);
  const kept = new Set(order.slice(0, bestPrior));
  const rest = order.slice(bestPrior);
  for (let i = 0; i < mostPrior - bestPrior; i++) {
    kept.add(rest[Math.floor(((i + 0.5) * rest.length) / (mostPrior - bestPrior))] ?? 0);
  }
  return all.filter((_, i) => kept.has(i));
}

/** Whether a point was handed out before. */
export function isKnown(history: History, row: Float64Array, point: () => Point): boolean {
  return history.tried.has(rowKey(row)) || (history.taken.size > 0 && history.taken.has(pointKey(point())));
}
