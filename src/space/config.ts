/** What a sweep config means once it is checked. Everything here is plain data, made by parseSweepConfig alone. */
import type { Problem } from '../domain/errors.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';

/** A point of the space: `{name: value}`, nested as the parameters are, constants included; a whole float is a WholeFloat. */
export type Point = JsonObject;

/** Quantisation: values are multiples of `step`, counted from 0; integers where `step` was written without a point. */
export interface Quantum {
  step: number;
  isInteger: boolean;
}

/** What a value is drawn from. The eighteen names of the config reduce to these laws; `q` is null where nothing is rounded. */
export type Distribution =
  | { kind: 'constant'; value: JsonValue }
  /** Equally likely, in the order given; repeated values keep their share. */
  | { kind: 'categorical'; values: JsonValue[] }
  /** `probabilities` as given: non-negative, divided by their sum when they are used. */
  | { kind: 'categorical_w_probabilities'; values: JsonValue[]; probabilities: number[] }
  /** Both ends included. `first` and `count` are exact where the doubles `min` and `max` are not. */
  | { kind: 'int_uniform'; min: number; max: number; first: bigint; count: bigint }
  /** `hasIntegerBounds`: both bounds were written without a point, which makes the values of a grid integers. */
  | { kind: 'uniform'; min: number; max: number; hasIntegerBounds: boolean; q: Quantum | null }
  /** The logarithm is uniform on [logMin, logMax]; `min` and `max` are the bounds of the value itself. */
  | { kind: 'log_uniform'; min: number; max: number; logMin: number; logMax: number; q: Quantum | null }
  | { kind: 'normal'; mu: number; sigma: number; q: Quantum | null }
  /** The logarithm is normal with `mu` and `sigma`. */
  | { kind: 'log_normal'; mu: number; sigma: number; q: Quantum | null }
  | { kind: 'beta'; a: number; b: number; q: Quantum | null };

/** One leaf of the parameter tree. */
export interface Parameter {
  /** From the outermost name inwards; one name where nothing is nested. A dot in a name does not nest. */
  path: string[];
  /** The path joined by "/", as messages and the conformance vectors have it. */
  name: string;
  /** W&B's name of the distribution, as written or inferred, e.g. `q_log_uniform_values`. */
  form: string;
  distribution: Distribution;
}

export interface SearchSpace {
  /** All leaves in grid order: names sorted by code point at every level, sub-trees in place. */
  parameters: Parameter[];
  /** Those that are not constants, in the same order: the coordinates of `encode`, the digits of `gridPoint`. */
  searchable: Parameter[];
}

export interface Metric {
  name: string;
  goal: 'minimize' | 'maximize';
  target: number | null;
  impute: 'worst' | 'best' | 'latest';
  imputeWhileRunning: 'false' | 'worst' | 'best' | 'latest';
}

/** Hyperband as W&B has it; `maxIter` wins over `minIter` and then `s` is set. */
export interface EarlyTerminate {
  type: 'hyperband';
  minIter: number | null;
  maxIter: number | null;
  s: number | null;
  eta: number;
  strict: boolean;
}

/** `sweepd.objective`: which of a run's metric values judges it. `k` counts rows. */
export type Objective = { kind: 'best' } | { kind: 'last' } | { kind: 'mean_last_k'; k: number };

/** `sweepd.stop`: what ends a run (median, divergence, time_limit, silence) or the sweep (plateau, budget, failures). */
export type StopRule =
  /** A run that after `minSteps` rows is worse than the median of at least `minRuns` others at the same row. */
  | { type: 'median'; minSteps: number; minRuns: number }
  /** A metric that is NaN or infinite for `rows` rows in a row, or whose magnitude passes `above`. */
  | { type: 'divergence'; rows: number; above: number | null }
  /** A run that takes longer than this. */
  | { type: 'time_limit'; seconds: number }
  /** A run that has not logged the metric for this long. */
  | { type: 'silence'; seconds: number }
  /** The sweep, once the last `runs` finished runs have not improved the best value by more than `minDelta`. */
  | { type: 'plateau'; runs: number; minDelta: number }
  /** The sweep, once its runs together took `runSeconds`, or `seconds` have passed since it began. */
  | { type: 'budget'; runSeconds: number | null; seconds: number | null }
  /** The sweep, once `consecutive` runs failed or crashed one after the other. */
  | { type: 'failures'; consecutive: number };

/** `sweepd.prior`: what is known before the first run: another sweep's runs, or a point with its value where it has one. */
export type Prior = { sweep: string } | { config: Point; value: number | null };

/** Everything under the top-level key `sweepd`; null where the user said nothing. */
export interface SweepdExtensions {
  seed: bigint | null;
  maxAttempts: number | null;
  priority: number | null;
  pool: string | null;
  tags: string[];
  /** Runs at a time, null: no limit. */
  maxParallel: number | null;
  stop: StopRule[];
  /** Method random: no point twice. A finite space is then exhausted after its last point. */
  unique: boolean;
  /** Method grid: `sorted` is W&B's order, `random` a seeded permutation of it. */
  order: 'sorted' | 'random';
  /** Method random: independent draws, or a scrambled low-discrepancy sequence that fills the space evenly. */
  sampler: 'random' | 'quasi_random';
  objective: Objective;
  prior: Prior[];
}

export interface SweepConfig {
  method: 'grid' | 'random' | 'bayes' | 'custom';
  name: string | null;
  description: string | null;
  project: string | null;
  entity: string | null;
  program: string | null;
  /** As given; a list where it is valid. */
  command: JsonValue | null;
  metric: Metric | null;
  runCap: number | null;
  earlyTerminate: EarlyTerminate | null;
  controller: 'cloud' | 'local';
  extensions: SweepdExtensions;
  space: SearchSpace;
  /** The config as given, lossless, unknown keys and all: what is stored and shown again. */
  document: JsonObject;
}

export interface ParseResult {
  /** The sweep cannot be created: there would be no first suggestion, or its runs would be wasted. */
  errors: Problem[];
  /** W&B's schema complains, but its server creates the sweep. */
  violations: Problem[];
  /** Deprecated forms, and guesses at what was meant. */
  warnings: Problem[];
  /** Null exactly where there are errors. */
  config: SweepConfig | null;
  /** Path of each understood leaf to W&B's name of its distribution. */
  types: Record<string, string>;
  /** What the text says, also where it is refused; null where it is not readable. */
  document: JsonValue | null;
}
