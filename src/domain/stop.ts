/**
 * The words between the stop rules and those who apply them. The rules themselves are arithmetic (`optimizer/stop/`); what they
 * are applied to, and what follows, is `service/`.
 *
 * Losses: values of the metric with the sign of a goal to minimise, so that less is better under either goal. A rung is a number of
 * finite values that a run has logged (W&B: a band, an iteration), from 1.
 */
import type { SortedValues } from './sorted-values.ts';

/** What came of comparing a run with the others at a rung. */
export interface Comparison {
  /** The run is to end. */
  stop: boolean;
  /** The loss up to which runs go on; null where there is nothing to compare with. */
  threshold: number | null;
  /** 1 for the best; runs with equal losses share the better rank. */
  rank: number;
  /** How many runs reached the rung, this one included. */
  runs: number;
  /** How many of them go on, apart from ties; null where the rule does not count so. */
  among: number | null;
}

/** A rule that compares a run with all others that came as far. */
export interface Ladder {
  /** Its name in decisions: the type, with a number from the second rule of a type on. */
  name: string;
  /** All its settings as text: another text means that what was kept for it is worthless. */
  key: string;
  /** The loss that a run leaves at a rung: the one there, or its best up to there. */
  leaves: 'there' | 'best';
  /** With what a run is compared to those losses: what it left at the rung, or its best ever. */
  stakes: 'rung' | 'best';
  /** @returns the rungs above `after` and up to `upTo`, ascending */
  rungs(after: number, upTo: number): number[];
  /** @returns the last rung up to `upTo`; null below the first */
  lastRung(upTo: number): number | null;
  /** @param losses of all runs that reached the rung, the judged one's own among them. @param stake the judged run's loss */
  compare(losses: SortedValues, stake: number): Comparison;
  /** A loss at or below which no run is stopped at this rung; above it `compare` decides. Infinity spares all, -Infinity none. */
  spared(losses: SortedValues): number;
}

/** Why a metric's rows mean that a run has diverged. */
export type Divergence = { kind: 'not_finite'; rows: number } | { kind: 'above'; value: number; limit: number };

/** How far the search of a sweep has come without getting better. Losses. */
export interface Progress {
  /** The loss that the next ones are measured by: the last that was better by more than min_delta. */
  best: number | null;
  /** Runs that ended since. */
  runsSince: number;
}

/** The rules of one sweep, as arithmetic: what is null the sweep does not ask for. */
export interface SweepRules {
  /** No rule at all: nothing is to be looked at, ever. */
  isEmpty: boolean;
  /** -1 for a goal to maximise: a loss is the sign times the value. */
  sign: 1 | -1;
  ladders: readonly Ladder[];
  /** Changes with whatever decides about values that are there already. */
  key: string;
  target: number | null;
  /**
   * @param streak rows in a row, up to the ones given, whose value was not finite
   * @param values of the metric's rows in order, NaN and infinities too
   */
  divergence: ((streak: number, values: readonly number[]) => { streak: number; found: Divergence | null }) | null;
  /** Seconds that a run may take. */
  timeLimit: number | null;
  /** Seconds that a run may go on without a finite value. */
  silence: number | null;
  plateau: { runs: number; after(progress: Progress, loss: number | null): Progress } | null;
  /** Runs that fail one after the other until the sweep pauses. */
  failures: number | null;
  /** Seconds: of all runs together, and since the sweep began. */
  budget: { runSeconds: number | null; seconds: number | null } | null;
}

/** `keep`, `stop`, or `passed`: it would have been stopped, but was past the rung, told to stop or over by then. */
export const verdicts = ['keep', 'stop', 'passed'] as const;
export type Verdict = (typeof verdicts)[number];
