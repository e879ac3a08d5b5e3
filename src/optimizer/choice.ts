/**
 * The point that the model promises most of, and what is averaged over where the results leave the model open.
 *
 * Few results say little about length scales, and one fit of them jumps from result to result; noise that is taken for short length
 * scales traps a search beside one lucky run. There the acquisition is averaged over draws of the hyperparameters.
 */
import { hashText, type Random, randomFromWords, seedWords } from '../space/index.ts';
import { type Acquisition, averaged, createAcquisition, thresholds } from './acquisition.ts';
import { clouds, spread } from './candidates.ts';
import { type Columns, pointOf } from './columns.ts';
import type { Prediction } from './explain.ts';
import type { Feasibility } from './failures.ts';
import { type History, isKnown } from './history.ts';
import { sampleHyperparameters } from './hyperparameter-samples.ts';
import { designOf, type Model } from './model.ts';
import { leastNoise } from './outliers.ts';
import { fantasyDraws } from './pending.ts';
import { createPosterior, createWorkspace, meansAtRows, type Posterior, predict } from './posterior.ts';
import { enumerate, type Found, searchAcquisition } from './search.ts';

/** A finite space of at most this many points is looked through whole. */
const mostEnumerated = 1_500;
/** Under this noise variance (of a standardised objective) a repeat says nothing new. */
const repeatNoise = 0.01;
/** With fewer results than this for each column, while others are pending, the search is early. */
const earlyResults = 4;
/** Where noise was learned, hyperparameters are drawn up to this many results. */
const noisyResults = 60;
/** Hyperparameters drawn. */
const draws = 8;
/** Climbs that are begun from the best candidates. */
const climbs = 5;
/** Expected improvement, of a standardised objective, that is worth a run without a doubt. */
const worthwhile = Math.log(0.01);
/** Every so many suggestions doubt a model that expects nothing. */
export const doubtEvery = 3;
const mostDoubts = 3;
/** While the search is early every second suggestion looks around the two best runs only: runs come back too late to teach more. */
const localEvery = 2;
const localCentres = 2;
const bestCentres = 5;

/** What is known of a sweep beside the model of its objective. */
export interface Knowledge {
  columns: Columns;
  history: History;
  seed: bigint | number;
  feasibility: Feasibility | null;
  /** Points of the space, infinite where a column is continuous. */
  size: number;
}

export interface Chosen {
  row: Float64Array;
  prediction: Prediction;
}

/**
 * The point of the greatest expected improvement. Where the model expects next to nothing any more, every third suggestion doubts
 * it: length scales are capped and halved until there is something to expect. A long length scale that was learned beside the
 * incumbent says little about what lies far away (Bull 2011; Berkenkamp, Schoellig and Krause 2019).
 *
 * @returns null where every point that was looked at is known
 * @throws Error where the covariance of the results is singular
 */
export function chooseByModel(knowledge: Knowledge, model: Model, index: number): Chosen | null {
  const { columns, history, seed } = knowledge;
  const [low, high] = seedWords(seed);
  const random = randomFromWords([low, high, index, hashText('search')]);
  const isEarly = history.pending.length > 0 && model.own < earlyResults * columns.list.length;
  const isOpen = isEarly || (model.noise >= leastNoise && model.own < noisyResults);
  const isLocal = isEarly && index % localEvery === 0;
  let chosen = searchWith(knowledge, model, random, isOpen, isLocal);
  if (chosen === null && isLocal) chosen = searchWith(knowledge, model, random, isOpen, false);
  if (chosen === null || index % doubtEvery !== 0) return chosen;
  for (let turn = 1; turn <= mostDoubts && chosen.prediction.acquisition < worthwhile; turn++) {
    const theta = Float64Array.from(model.theta);
    const { width } = model.observations.design;
    for (let j = 0; j < width; j++) theta[j] = Math.min(theta[j] as number, 0) - turn * Math.LN2;
    chosen = searchWith(knowledge, { ...model, theta }, random, false, false) ?? chosen;
  }
  return chosen;
}

/**
 * @param isOpen whether hyperparameters are drawn
 * @param isLocal whether to look around the best runs only
 */
function searchWith(
  knowledge: Knowledge,
  model: Model,
  random: Random,
  isOpen: boolean,
  isLocal: boolean,
): Chosen | null {
  const { columns, history, feasibility, size } = knowledge;
  const posterior = posteriorWith(model, history, model.theta, random.uint32());
  if (posterior === null) throw new Error(`The covariance of ${model.own} results is singular`);
  const limits = thresholds(posterior, model.own);
  const acquisitionOf = (one: Posterior) => createAcquisition(one, thresholds(one, model.own), feasibility);
  const drawn = isOpen ? drawnPosteriors(model, history, random) : [];
  const acquisition = drawn.length > 0 ? averaged(drawn.map(acquisitionOf)) : acquisitionOf(posterior);
  const mayRepeat = size === Number.POSITIVE_INFINITY && model.noise > repeatNoise;
  const isExcluded = mayRepeat
    ? () => false
    : (row: Float64Array) => isKnown(history, row, () => pointOf(columns, row));
  const lengths = Float64Array.from(model.theta, Math.exp);
  const isListed = size <= mostEnumerated && columns.list.every((column) => column.kind !== 'continuous');
  const candidates = isListed ? enumerate(columns) : candidatesOf(columns, posterior, model, random, isLocal);
  const found: Found | null = searchAcquisition(columns, acquisition, candidates, {
    starts: isListed ? 0 : climbs,
    isExcluded,
    lengths,
  });
  if (found === null) return null;
  return { row: found.row, prediction: predictionAt(posterior, limits, acquisition, feasibility, found.row) };
}

/** One posterior for each draw whose covariance is regular. */
function drawnPosteriors(model: Model, history: History, random: Random): Posterior[] {
  return sampleHyperparameters(model.observations, model.theta, draws, random).flatMap(
    (theta) => posteriorWith(model, history, theta, random.uint32()) ?? [],
  );
}

/** @returns null where no amount of jitter makes the covariance regular */
function posteriorWith(model: Model, history: History, theta: Float64Array, seed: number): Posterior | null {
  const { columns, observations } = model;
  const { design } = observations;
  const pending = designOf(columns, history.pending, []);
  const rows = new Float64Array((design.count + pending.count) * design.width);
  rows.set(design.rows);
  // A task column, where there is one, is 0 for pending points: they are the sweep's own.
  for (const [i, row] of history.pending.entries()) rows.set(row, (design.count + i) * design.width);
  const extended = { ...observations, design: { ...design, rows, count: design.count + pending.count } };
  return createPosterior(extended, theta, fantasyDraws(pending.count, seed));
}

function candidatesOf(
  columns: Columns,
  posterior: Posterior,
  { own }: Model,
  random: Random,
  isLocal: boolean,
): Float64Array[] {
  const { design } = posterior;
  const means = meansAtRows(posterior, 0).subarray(0, own);
  const order = Array.from(means, (_, i) => i).sort((a, b) => (means[a] as number) - (means[b] as number));
  const width = columns.list.length;
  const centres = order.slice(0, bestCentres).map((i) => design.rows.slice(i * design.width, i * design.width + width));
  const count = design.count > 200 ? 250 : 400;
  if (isLocal) return clouds(columns, centres.slice(0, localCentres), 2 * count, random);
  return [...centres, ...clouds(columns, centres, count, random), ...spread(columns, count, random)];
}

function predictionAt(
  posterior: Posterior,
  limits: Float64Array,
  acquisition: Acquisition,
  feasibility: Feasibility | null,
  row: Float64Array,
): Prediction {
  const work = createWorkspace(posterior);
  const full = new Float64Array(posterior.design.width);
  full.set(row);
  predict(posterior, full, work);
  const average = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: average(work.means),
    deviation: Math.sqrt(work.variance),
    threshold: average(limits),
    acquisition: acquisition.evaluate(row, null),
    logFeasible: feasibility?.evaluate(row, null) ?? null,
  };
}
