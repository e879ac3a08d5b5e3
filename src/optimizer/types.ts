/** What goes into a suggestion and what comes out. All of it is plain data that writeSnapshot and writeAnswer put on a wire without loss. */
import type { Point, SweepConfig } from '../space/index.ts';

/** One run that ended, as the optimizer sees it. */
export interface Result {
  /** What was handed out; parameters that are missing or that the space does not know make it unusable, never an error. */
  point: Point;
  /** The objective in the metric's own units and direction; null, NaN and infinities: there is none. */
  value: number | null;
  /**
   * finished: the value counts; without a finite value the run counts as failed. failed, crashed: the point fails, whatever the
   * value. killed: nobody's fault; with a value it counts as stopped early, without one it only marks its point as tried.
   */
  state: 'finished' | 'failed' | 'crashed' | 'killed';
  /** Known variance of the value, in its units squared, beside the noise that is learned. */
  variance?: number;
  /** Ended by a stop rule: the value is not final. Without `variance` a cautious one is assumed. */
  stopped?: boolean;
}

/** Everything that decides a suggestion. The same snapshot gives the same answer to the bit. */
export interface Snapshot {
  config: SweepConfig;
  /** Used where the config names none. */
  seed: bigint | number;
  /** Suggestions made so far: the place in the quasi-random sequence, and the number of the random stream. */
  made: number;
  /** Agents that ask at the same time: the start design grows with it. At least 1. */
  width: number;
  /** In order of arrival. */
  results: readonly Result[];
  /** Points that are handed out or ready and have no result. */
  pending: readonly Point[];
  /** Keys (pointKey) of points that were handed out beyond `results` and `pending`; they are not suggested again. */
  taken?: readonly string[];
  /** Another sweep's runs of the same metric and goal, oldest first; parameters are matched by name. */
  prior?: readonly Result[];
  /** What the last answer gave; null at the start, or where it was lost. */
  model: ModelState | null;
}

/** What one fit leaves to the next: a few kB of JSON at most. */
export interface ModelState {
  version: 1;
  /** Searchable parameters for which the numbers below hold; another list makes the state void. */
  parameters: string[];
  /** Usable results when the hyperparameters were last fitted, and when the transform was last chosen. */
  fittedAt: number;
  chosenAt: number;
  transform: Transform;
  /** log l_j for every parameter, then for the prior's task where there is one. */
  logLengths: number[];
  logSignal: number;
  logNoise: number;
}

/** Of the objective (minimised) before it is standardised: none, or log(1 + (y - lowest) / scale), scale in spreads of y. */
export type Transform = { kind: 'identity' } | { kind: 'log'; share: number };

/** Why a point was suggested. */
export interface Explanation {
  /** model: the Gaussian process chose it; quasi_random: the start design, or the fallback. */
  method: 'model' | 'quasi_random';
  /** True where the model should have chosen and could not. */
  fallback: boolean;
  /** In words: why quasi-random; null for a model's choice. */
  reason: string | null;
  /** Predicted objective at the point (median) and its 68% interval, in the metric's units; null without a model. */
  mean: number | null;
  low: number | null;
  high: number | null;
  /** Standard deviation of the prediction in units of the spread of the (transformed) results. */
  deviation: number | null;
  /** Logarithm of the expected improvement in the same units, feasibility included. */
  acquisition: number | null;
  /** Share of the expected improvement that comes from uncertainty, 0 to 1; the rest is the predicted gain. */
  exploring: number | null;
  exploiting: number | null;
  /** Probability that the run does not fail; null before the first failure. */
  feasible: number | null;
  /** Length scale of each parameter on its unit axis: below 1 it matters, far above it does not. */
  lengthScales: Record<string, number> | null;
  /** Standard deviation of the learned noise in units of the spread of the (transformed) results. */
  noise: number | null;
  transform: string | null;
  /** Results and pending points that the model saw. */
  results: number;
  pending: number;
  seed: string;
  /** The suggestion's number, from 0. */
  index: number;
  engine: string;
}

export interface Suggestion {
  point: Point;
  explanation: Explanation;
}

export interface Answer {
  /** Fewer than asked for exactly where the space is used up. */
  suggestions: Suggestion[];
  /** For the next snapshot. Null until a model was fitted. */
  model: ModelState | null;
}
