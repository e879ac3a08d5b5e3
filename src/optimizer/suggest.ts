/** The next points of a model-based search. */
import { hashText, type Random, randomFromWords, seedWords } from '../space/index.ts';
import { type Acquisition, createAcquisition, thresholds } from './acquisition.ts';
import { clouds, spread } from './candidates.ts';
import { type Columns, columnsOf, pointOf, rowKey, sizeOf } from './columns.ts';
import { explainModel, explainStart, type Prediction } from './explain.ts';
import { createFeasibility, type Feasibility } from './failures.ts';
import { type History, isKnown, readHistory } from './history.ts';
import { buildModel, designOf, type Model } from './model.ts';
import { fantasyDraws } from './pending.ts';
import { createPosterior, createWorkspace, meansAtRows, type Posterior, predict } from './posterior.ts';
import { enumerate, searchAcquisition } from './search.ts';
import { startRow, startSize } from './start-design.ts';
import type { Answer, Snapshot, Suggestion } from './types.ts';

/** A finite space of at most this many points is looked through whole. */
const mostEnumerated = 1_500;
/** Results without which no model is fitted. */
const fewestResults = 2;
/** Under this noise variance (of a standardised objective) a repeat says nothing new. */
const repeatNoise = 0.01;
/**
 * With fewer results than this for each column, while others are pending, the best candidate is taken as it is: climbing from it ends
 * at the edges of the space, where such a model knows nothing, and the runs come back too late to teach it better.
 */
const earlyResults = 4;
/** Climbs that are begun from the best candidates. */
const climbs = 5;
/** Expected improvement, of a standardised objective, that is worth a run without a doubt. */
const worthwhile = Math.log(0.01);
/** Below this the model has nothing left to say, and every third suggestion also goes where the start design would. */
const hopeless = Math.log(1e-3);
const doubtEvery = 3;
const mostDoubts = 3;

/**
 * The next `count` points, different from one another and from all known ones where the space has others left.
 * Depends on its arguments alone, and never throws for what is in them: where the model cannot answer, a quasi-random point comes
 * with the reason.
 */
export function suggest(snapshot: Snapshot, count: number): Answer {
  const columns = columnsOf(snapshot.config.space);
  const history = readHistory(columns, snapshot);
  const session: Session = {
    snapshot,
    columns,
    history,
    seed: snapshot.config.extensions.seed ?? snapshot.seed,
    model: null,
    modelError: null,
    feasibility: null,
    size: sizeOf(columns),
  };
  try {
    if (history.observations.length + history.prior.length >= fewestResults) {
      session.model = buildModel(columns, history, snapshot.model);
    }
    session.feasibility = createFeasibility(columns, history, session.model?.theta ?? null);
  } catch (error) {
    session.modelError = messageOf(error);
  }
  const suggestions: Suggestion[] = [];
  while (suggestions.length < count) {
    const next = suggestOne(session, snapshot.made + suggestions.length);
    if (next === null) break;
    suggestions.push(next.suggestion);
    history.pending.push(next.row);
    history.tried.add(rowKey(next.row));
  }
  return { suggestions, model: session.model?.state ?? snapshot.model };
}

interface Session {
  snapshot: Snapshot;
  columns: Columns;
  history: History;
  seed: bigint | number;
  model: Model | null;
  modelError: string | null;
  feasibility: Feasibility | null;
  size: number;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function suggestOne(session: Session, index: number): { row: Float64Array; suggestion: Suggestion } | null {
  const { snapshot, columns, history, model } = session;
  const seen = history.observations.length + history.pending.length + history.prior.length;
  const isStart = seen < startSize(columns, snapshot.width) && history.failures.length < 2 * startSize(columns, 1);
  let reason = session.modelError;
  let isFallback = !isStart && reason !== null;
  if (model !== null && !isStart && reason === null) {
    try {
      const chosen = chooseByModel(session, model, index);
      const isHopeless = chosen !== null && chosen.prediction.acquisition < hopeless && index % doubtEvery === 1;
      if (chosen !== null && !isHopeless) {
        const explanation = explainModel(snapshot, index, model, chosen.prediction);
        return { row: chosen.row, suggestion: { point: pointOf(columns, chosen.row), explanation } };
      }
      isFallback = !isHopeless;
      reason = isHopeless
        ? 'the model expects nothing more: a point of the even sequence'
        : 'the model found no point that was not tried';
    } catch (error) {
      isFallback = true;
      reason = messageOf(error);
    }
  }
  const { config } = snapshot;
  const row = startRow({ config, columns, history, seed: session.seed, feasibility: session.feasibility }, index);
  if (row === null) return null;
  const words = isStart ? 'start design: points that fill the space evenly' : (reason ?? 'no result to learn from yet');
  const explanation = explainStart(snapshot, index, words, isFallback);
  return { row, suggestion: { point: pointOf(columns, row), explanation } };
}

interface Chosen {
  row: Float64Array;
  prediction: Prediction;
}

/**
 * The point of the greatest expected improvement. Where the model expects next to nothing any more, every third suggestion doubts
 * it: length scales are capped and halved until there is something to expect. A long length scale that was learned beside the
 * incumbent says little about what lies far away (Bull 2011; Berkenkamp, Schoellig and Krause 2019).
 */
function chooseByModel(session: Session, model: Model, index: number): Chosen | null {
  const [low, high] = seedWords(session.seed);
  const random = randomFromWords([low, high, index, hashText('search')]);
  let chosen = searchWith(session, model, random);
  if (chosen === null || index % doubtEvery !== 0) return chosen;
  for (let turn = 1; turn <= mostDoubts && chosen.prediction.acquisition < worthwhile; turn++) {
    const theta = Float64Array.from(model.theta);
    const { width } = model.observations.design;
    for (let j = 0; j < width; j++) theta[j] = Math.min(theta[j] as number, 0) - turn * Math.LN2;
    chosen = searchWith(session, { ...model, theta }, random) ?? chosen;
  }
  return chosen;
}

function searchWith(session: Session, model: Model, random: Random): Chosen | null {
  const { columns, history, feasibility } = session;
  const posterior = posteriorWith(model, history, random.uint32());
  const limits = thresholds(posterior, model.own);
  const acquisition = createAcquisition(posterior, limits, feasibility);
  const mayRepeat = session.size === Number.POSITIVE_INFINITY && model.noise > repeatNoise;
  const isExcluded = mayRepeat
    ? () => false
    : (row: Float64Array) => isKnown(history, row, () => pointOf(columns, row));
  const lengths = Float64Array.from(model.theta, Math.exp);
  const isListed = session.size <= mostEnumerated && columns.list.every((column) => column.kind !== 'continuous');
  const candidates = isListed ? enumerate(columns) : candidatesOf(session, posterior, model, random);
  const isEarly = history.pending.length > 0 && model.own < earlyResults * columns.list.length;
  const starts = isListed || isEarly ? 0 : climbs;
  const found = searchAcquisition(columns, acquisition, candidates, { starts, isExcluded, lengths });
  if (found === null) return null;
  return { row: found.row, prediction: predictionAt(posterior, limits, acquisition, feasibility, found.row) };
}

/** @throws Error where no amount of jitter makes the covariance regular */
function posteriorWith(model: Model, history: History, seed: number): Posterior {
  const { columns, observations, own } = model;
  const { design } = observations;
  const pending = designOf(columns, history.pending, []);
  const rows = new Float64Array((design.count + pending.count) * design.width);
  rows.set(design.rows);
  // A task column, where there is one, is 0 for pending points: they are the sweep's own.
  for (const [i, row] of history.pending.entries()) rows.set(row, (design.count + i) * design.width);
  const extended = { ...observations, design: { ...design, rows, count: design.count + pending.count } };
  const posterior = createPosterior(extended, model.theta, fantasyDraws(pending.count, seed));
  if (posterior === null) throw new Error(`The covariance of ${own} results is singular`);
  return posterior;
}

const bestCentres = 5;

function candidatesOf(session: Session, posterior: Posterior, { own }: Model, random: Random): Float64Array[] {
  const { columns } = session;
  const { design } = posterior;
  const means = meansAtRows(posterior, 0).subarray(0, own);
  const order = Array.from(means, (_, i) => i).sort((a, b) => (means[a] as number) - (means[b] as number));
  const width = columns.list.length;
  const centres = order.slice(0, bestCentres).map((i) => design.rows.slice(i * design.width, i * design.width + width));
  const count = design.count > 200 ? 250 : 400;
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
