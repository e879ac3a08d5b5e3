/** From results to a fitted model: which observations, which transform, which hyperparameters; and how much of it the last fit left. */
import type { Columns } from './columns.ts';
import { fitHyperparameters, standardTheta } from './fit.ts';
import type { History, Observation } from './history.ts';
import type { Design } from './kernel.ts';
import { withOutliers } from './outliers.ts';
import type { Observations } from './posterior.ts';
import { chooseSubset } from './subset.ts';
import { candidateTransforms, createScale, type Scale } from './transform.ts';
import type { ModelState, Transform } from './types.ts';

/** Variance of an early-stopped run's value where nobody says better, of a standardised objective with variance 1. */
const stoppedVariance = 0.25;
/** A result with a larger variance says as good as nothing. */
const mostVariance = 1e6;
/** Nats per observation by which a logarithm must beat the plain objective: below that it hid bowls (docs/optimizer.md). */
const transformMargin = 0.15;

export interface Model {
  columns: Columns;
  scale: Scale;
  theta: Float64Array;
  observations: Observations;
  /** Rows of the observations, the prior's left out: those that may be the incumbent. */
  own: number;
  state: ModelState;
  /** Learned noise variance, of a standardised objective. */
  noise: number;
}

/** The rows one under the other, each with the number of its task behind it where there are two. */
export function designOf(columns: Columns, own: readonly Float64Array[], prior: readonly Float64Array[]): Design {
  const hasTask = prior.length > 0;
  const width = columns.list.length + (hasTask ? 1 : 0);
  const count = own.length + prior.length;
  const rows = new Float64Array(count * width);
  for (const [i, row] of [...own, ...prior].entries()) {
    rows.set(row, i * width);
    if (hasTask) rows[i * width + width - 1] = i < own.length ? 0 : 1;
  }
  return { rows, count, width, numeric: columns.numeric };
}

interface Data {
  design: Design;
  own: readonly Observation[];
  prior: readonly Observation[];
}

function observe({ design, own, prior }: Data, transform: Transform): { scale: Scale; observations: Observations } {
  const scale = createScale(
    transform,
    (own.length > 0 ? own : prior).map((one) => one.loss),
  );
  const priorScale =
    prior.length > 0
      ? createScale(
          transform,
          prior.map((one) => one.loss),
        )
      : scale;
  const y = new Float64Array(design.count);
  const variances = new Float64Array(design.count);
  for (const [i, { loss, variance }] of [...own, ...prior].entries()) {
    const { forward, slope } = i < own.length ? scale : priorScale;
    y[i] = forward(loss);
    variances[i] = variance === null ? stoppedVariance : standardised(variance, slope(loss));
  }
  return { scale, observations: { design, y, variances } };
}

/** A variance on the model's scale; losses that differ by 1e-300 have slopes whose squares no double holds. */
const standardised = (variance: number, slope: number): number =>
  variance === 0 ? 0 : Math.min(variance * slope * slope, mostVariance);

const namesOf = (columns: Columns): string[] => columns.list.map((column) => column.parameter.name);

function usable(state: ModelState | null, columns: Columns, width: number): ModelState | null {
  if (state === null || state.version !== 1 || state.logLengths.length !== width) return null;
  const names = namesOf(columns);
  const numbers = [...state.logLengths, state.logSignal, state.logNoise];
  const isWhole = names.length === state.parameters.length && names.every((name, j) => name === state.parameters[j]);
  return isWhole && numbers.every(Number.isFinite) ? state : null;
}

/** Results after which hyperparameters are fitted again, and after which the transform is chosen again. */
const refitAfter = (count: number): number => Math.max(1, Math.floor(count / 50));
const chooseAfter = (count: number): number => (count < 40 ? 4 : Math.max(15, Math.floor(count / 10)));
/** Up to this many results every fit begins anew too; beyond it a few steps from the last one must do. */
const mostThorough = 120;
const [thorough, brief] = [20, 6];

/** @returns null where there is nothing to learn from */
export function buildModel(columns: Columns, history: History, last: ModelState | null): Model | null {
  const total = history.observations.length + history.prior.length;
  if (total === 0 || columns.list.length === 0) return null;
  const own = chooseSubset(history.observations);
  const { prior } = history;
  const rowsOf = (list: readonly Observation[]) => list.map((one) => one.row);
  const data: Data = { design: designOf(columns, rowsOf(own), rowsOf(prior)), own, prior };
  const { width } = data.design;
  const previous = usable(last, columns, width);
  const count = history.observations.length;
  let theta = previous
    ? Float64Array.from([...previous.logLengths, previous.logSignal, previous.logNoise])
    : standardTheta(width);
  let transform: Transform = previous?.transform ?? { kind: 'identity' };
  let { fittedAt, chosenAt } = previous ?? { fittedAt: -1, chosenAt: -1 };
  const isDue = (since: number, after: number) => since < 0 || count < since || count - since >= after;
  if (isDue(chosenAt, chooseAfter(count))) {
    const noise = previous ? Math.exp(previous.logNoise) : 0;
    ({ transform, theta } = chooseTransform(data, noise, theta));
    chosenAt = count;
    fittedAt = count;
  } else if (isDue(fittedAt, refitAfter(count))) {
    const { observations } = observe(data, transform);
    const isThorough = count <= mostThorough;
    const starts = isThorough && count % 5 === 0 ? [theta, standardTheta(width)] : [theta];
    theta = fitted(withOutliers(observations, theta), starts, isThorough ? thorough : 2 * brief).theta;
    fittedAt = count;
  }
  const { scale, observations } = observe(data, transform);
  const state: ModelState = {
    version: 1,
    parameters: namesOf(columns),
    fittedAt,
    chosenAt,
    transform,
    logLengths: Array.from(theta.subarray(0, width)),
    logSignal: theta[width] as number,
    logNoise: theta[width + 1] as number,
  };
  const noise = Math.exp(state.logNoise);
  return { columns, scale, theta, observations: withOutliers(observations, theta), own: own.length, state, noise };
}

/** Hyperparameters are fitted on at most this many results, evenly taken: their number sharpens the posterior, hardly these. */
const mostFitted = 160;

function fitted(
  { design, y, variances }: Observations,
  starts: readonly Float64Array[],
  iterations: number,
): ReturnType<typeof fitHyperparameters> {
  if (design.count <= mostFitted) return fitHyperparameters(design, y, variances, starts, iterations);
  const kept = Array.from({ length: mostFitted }, (_, i) => Math.floor(((i + 0.5) * design.count) / mostFitted));
  const rows = new Float64Array(mostFitted * design.width);
  for (const [place, i] of kept.entries()) {
    rows.set(design.rows.subarray(i * design.width, (i + 1) * design.width), place * design.width);
  }
  const pick = (values: Float64Array) => Float64Array.from(kept, (i) => values[i] as number);
  return fitHyperparameters({ ...design, rows, count: mostFitted }, pick(y), pick(variances), starts, iterations);
}

function chooseTransform(
  data: Data,
  noise: number,
  theta: Float64Array,
): { transform: Transform; theta: Float64Array } {
  const isThorough = data.design.count <= mostThorough;
  const starts = isThorough ? [theta, standardTheta(data.design.width)] : [theta];
  const losses = data.own.map((one) => one.loss);
  let best = { transform: { kind: 'identity' } as Transform, theta, score: Number.POSITIVE_INFINITY };
  for (const transform of candidateTransforms(losses.length > 0 ? losses : data.prior.map((one) => one.loss), noise)) {
    const { scale, observations } = observe(data, transform);
    const found = fitted(observations, starts, isThorough ? thorough : brief);
    // What was fitted on a part of the results stands for all of them.
    const value = found.value * Math.max(1, data.design.count / mostFitted);
    const margin = transform.kind === 'identity' ? 0 : transformMargin * losses.length;
    const score = value - scale.logJacobian + margin;
    if (score < best.score || best.score === Number.POSITIVE_INFINITY) best = { transform, theta: found.theta, score };
  }
  return best;
}
