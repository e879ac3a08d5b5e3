/** Why a point was suggested, in the metric's own units. */
import type { Columns } from './columns.ts';
import { exploringShare } from './expected-improvement.ts';
import type { Model } from './model.ts';
import type { Scale } from './transform.ts';
import type { Explanation, Snapshot, Transform } from './types.ts';

/** Changes whenever the same snapshot may give another answer. */
export const engine = 'gp-2';

const blank = (snapshot: Snapshot, index: number): Explanation => ({
  method: 'quasi_random',
  fallback: false,
  reason: null,
  mean: null,
  low: null,
  high: null,
  deviation: null,
  acquisition: null,
  exploring: null,
  exploiting: null,
  feasible: null,
  lengthScales: null,
  noise: null,
  transform: null,
  results: snapshot.results.length,
  pending: snapshot.pending.length,
  seed: String(snapshot.config.extensions.seed ?? snapshot.seed),
  index,
  engine,
});

/** @param reason in words, for a person */
export const explainStart = (snapshot: Snapshot, index: number, reason: string, fallback: boolean): Explanation => ({
  ...blank(snapshot, index),
  reason,
  fallback,
});

/** What the model says at the chosen point. */
export interface Prediction {
  /** Mean over fantasies, and deviation, of the standardised loss. */
  mean: number;
  deviation: number;
  threshold: number;
  acquisition: number;
  logFeasible: number | null;
}

export function explainModel(
  snapshot: Snapshot,
  index: number,
  { columns, scale, theta, state, noise }: Model,
  { mean, deviation, threshold, acquisition, logFeasible }: Prediction,
): Explanation {
  const exploring = exploringShare((threshold - mean) / deviation);
  const [first, second] = [mean - deviation, mean + deviation].map((z) => inUnits(snapshot, scale, z));
  return {
    ...blank(snapshot, index),
    method: 'model',
    mean: inUnits(snapshot, scale, mean),
    low: Math.min(first as number, second as number),
    high: Math.max(first as number, second as number),
    deviation,
    acquisition,
    exploring,
    exploiting: 1 - exploring,
    feasible: logFeasible === null ? null : Math.exp(logFeasible),
    lengthScales: lengthScales(columns, theta),
    noise: Math.sqrt(noise),
    transform: transformText(state.transform),
  };
}

/** A standardised loss as the metric's value. */
const inUnits = ({ config }: Snapshot, scale: Scale, z: number): number =>
  (config.metric?.goal === 'maximize' ? -1 : 1) * scale.inverse(z);

const lengthScales = ({ list }: Columns, theta: Float64Array): Record<string, number> =>
  Object.fromEntries(list.map((column, j) => [column.parameter.name, Math.exp(theta[j] as number)]));

const transformText = (transform: Transform): string =>
  transform.kind === 'identity' ? 'identity' : `log above the best, scale ${transform.share}`;
