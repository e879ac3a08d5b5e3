/**
 * How much each parameter matters, by the model, and how sure that is.
 *
 * | symbol | meaning |
 * |---|---|
 * | f | posterior mean of the (transformed, standardised) objective over the space, uniform on every column |
 * | V | variance of f over the space |
 * | S_j | first-order index: share of V that column j explains by itself |
 * | T_j | total index: share of V that is lost when column j is fixed, with all its interactions |
 * | A, B | two independent sets of N points; A_j is A with column j taken from B |
 * | G | groups of results; the model is fitted again without each of them (delete-a-group jackknife) |
 *
 * T_j = mean (f(A) - f(A_j))^2 / 2V (Jansen 1999), S_j = mean f(B) (f(A_j) - f(A)) / V (Saltelli et al. 2010); the interval is the
 * jackknife's: Quenouille 1956, variance (G - 1) / G times the sum of squares of the deviations.
 */
import { hashText, type Random, randomFromWords, seedWords } from '../space/index.ts';
import { type Columns, columnsOf, rowFromUnit } from './columns.ts';
import { fitHyperparameters } from './fit.ts';
import { type History, type Observation, readHistory } from './history.ts';
import { buildModel, type Model } from './model.ts';
import { createPosterior, createWorkspace, type Posterior, predict } from './posterior.ts';
import type { Snapshot } from './types.ts';

const points = 256;
const groups = 10;
const refitIterations = 6;
/** More results than this would make ten fits slow and the indices hardly better. */
const mostResults = 200;
const fewestResults = 4;
/** Two-sided 90% of the normal law. */
const quantile90 = 1.645;

export interface ParameterImportance {
  name: string;
  /** T_j in 0..1 and its 90% interval; the T_j of interacting parameters add up to more than 1. */
  total: number;
  low: number;
  high: number;
  /** S_j in 0..1. */
  main: number;
}

export interface Importance {
  /** Most important first. Empty where there are too few results, or where they tell nothing. */
  parameters: ParameterImportance[];
  /** Results that the model used. */
  results: number;
  /** Share of the results' variance that the model takes for noise, 0..1; null without a model. */
  noise: number | null;
  /** In words, where there is nothing to say. */
  reason: string | null;
}

const nothing = (results: number, reason: string): Importance => ({ parameters: [], results, noise: null, reason });

/** Depends on its argument alone, and never throws for what is in it. Takes up to a second or two: ten fits. */
export function importance(snapshot: Snapshot): Importance {
  const columns = columnsOf(snapshot.config.space);
  const history = readHistory(columns, snapshot);
  const used = history.observations.slice(-mostResults);
  if (used.length < fewestResults) return nothing(used.length, `fewer than ${fewestResults} results with a value`);
  try {
    const model = buildModel(columns, { ...history, observations: used, prior: [] }, null);
    if (model === null) return nothing(used.length, 'no parameter to search');
    return measure(columns, history, used, model, snapshot);
  } catch (error) {
    return nothing(used.length, error instanceof Error ? error.message : String(error));
  }
}

function measure(
  columns: Columns,
  history: History,
  used: Observation[],
  model: Model,
  snapshot: Snapshot,
): Importance {
  const [low, high] = seedWords(snapshot.seed);
  const sample = drawSample(columns, randomFromWords([low, high, used.length, hashText('importance')]));
  const whole = createPosterior(model.observations, model.theta, []);
  if (whole === null) return nothing(used.length, 'the covariance of the results is singular');
  const all = indices(whole, sample);
  if (all === null)
    return nothing(used.length, 'the results do not depend on the parameters, as far as the model sees');
  const without: Indices[] = [];
  for (let group = 0; group < groups; group++) {
    const part = posteriorWithout(model, group);
    const found = part === null ? null : indices(part, sample);
    if (found !== null) without.push(found);
  }
  const parameters = columns.list.map((column, j) => {
    const total = all.total[j] as number;
    const others = without.map((one) => one.total[j] as number);
    const mean = others.reduce((sum, value) => sum + value, 0) / Math.max(others.length, 1);
    const squares = others.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const error = quantile90 * Math.sqrt((squares * (groups - 1)) / groups);
    return {
      name: column.parameter.name,
      total,
      low: Math.max(total - error, 0),
      high: Math.min(total + error, 1),
      main: all.main[j] as number,
    };
  });
  parameters.sort((a, b) => b.total - a.total);
  return { parameters, results: history.observations.length, noise: model.noise / (1 + model.noise), reason: null };
}

/** The model without every `groups`-th result, its hyperparameters fitted again from where they were. */
function posteriorWithout({ observations, theta }: Model, group: number): Posterior | null {
  const { design, y, variances } = observations;
  const kept = Array.from({ length: design.count }, (_, i) => i).filter((i) => i % groups !== group);
  const rows = new Float64Array(kept.length * design.width);
  for (const [place, i] of kept.entries()) {
    rows.set(design.rows.subarray(i * design.width, (i + 1) * design.width), place * design.width);
  }
  const pick = (values: Float64Array) => Float64Array.from(kept, (i) => values[i] as number);
  const part = { design: { ...design, rows, count: kept.length }, y: pick(y), variances: pick(variances) };
  const fitted = fitHyperparameters(part.design, part.y, part.variances, [theta], refitIterations);
  return createPosterior(part, fitted.theta, []);
}

interface Sample {
  a: Float64Array[];
  b: Float64Array[];
}

function drawSample(columns: Columns, random: Random): Sample {
  const draw = () => Array.from({ length: points }, () => rowFromUnit(columns, () => random.uniform()));
  return { a: draw(), b: draw() };
}

interface Indices {
  total: number[];
  main: number[];
}

/** Null where f does not vary. */
function indices(posterior: Posterior, { a, b }: Sample): Indices | null {
  const work = createWorkspace(posterior);
  const f = (row: Float64Array): number => {
    predict(posterior, row, work);
    return work.means[0] as number;
  };
  const [fa, fb] = [a.map(f), b.map(f)];
  const mean = [...fa, ...fb].reduce((sum, value) => sum + value, 0) / (2 * points);
  const variance = [...fa, ...fb].reduce((sum, value) => sum + (value - mean) ** 2, 0) / (2 * points);
  if (!(variance > 1e-8)) return null;
  const total: number[] = [];
  const main: number[] = [];
  for (let j = 0; j < posterior.design.width; j++) {
    let squares = 0;
    let products = 0;
    for (let i = 0; i < points; i++) {
      const row = Float64Array.from(a[i] as Float64Array);
      row[j] = (b[i] as Float64Array)[j] as number;
      const difference = f(row) - (fa[i] as number);
      squares += difference * difference;
      products += ((fb[i] as number) - mean) * difference;
    }
    total.push(Math.min(squares / (2 * points * variance), 1));
    main.push(Math.min(Math.max(products / (points * variance), 0), 1));
  }
  return { total, main };
}
