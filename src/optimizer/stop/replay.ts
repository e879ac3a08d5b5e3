/**
 * What a stop rule would have done to a sweep that ran without it: the recorded values arrive once more, in the order of their times, and
 * a run that the rule stops logs nothing from there on. The other runs keep their times; what a stopped run's place would have been
 * used for is not guessed.
 */
import { createSortedValues, type SortedValues } from '../../domain/sorted-values.ts';
import type { Ladder, SweepRules } from '../../domain/stop.ts';

export interface RecordedRun {
  name: string;
  /** Seconds since the sweep began. */
  begin: number;
  end: number;
  /** Seconds since the sweep began, and the value of the metric: a pair for each row that holds it, ascending by time. */
  at: readonly number[];
  values: readonly number[];
}

export interface ReplayedRun {
  name: string;
  /** Rows of the metric and seconds that the run would have had; those that it had where nothing stops it. */
  rows: number;
  seconds: number;
  /** The rule that stops it; null where none does. */
  stoppedBy: string | null;
}

export interface Replay {
  runs: ReplayedRun[];
  /** What the whole sweep had, and would have had. */
  rows: { had: number; would: number };
  seconds: { had: number; would: number };
  /** The best value of the whole sweep and whose it is; null where no run has a value. */
  best: { name: string; value: number; survives: boolean } | null;
  /** The best value that would have been logged. */
  bestLeft: number | null;
}

interface State {
  run: RecordedRun;
  losses: number[];
  seen: number;
  best: number;
  streak: number;
  stoppedAt: number | null;
  stoppedBy: string | null;
}

/** One ladder's rungs as they fill. */
interface Climb {
  ladder: Ladder;
  rungs: Map<number, SortedValues>;
  /** Where each running run stands, and with what at stake. */
  standing: Map<State, { rung: number; stake: number }>;
}

export function replay(rules: SweepRules, recorded: readonly RecordedRun[]): Replay {
  const states = recorded.map(
    (run): State => ({
      run,
      losses: [],
      seen: 0,
      best: Number.POSITIVE_INFINITY,
      streak: 0,
      stoppedAt: null,
      stoppedBy: null,
    }),
  );
  const climbs = rules.ladders.map((ladder): Climb => ({ ladder, rungs: new Map(), standing: new Map() }));
  for (const { state, value, time } of arrivals(states)) {
    if (state.stoppedAt !== null) continue;
    if (value === null) {
      for (const { standing } of climbs) standing.delete(state);
    } else {
      state.seen++;
      arrive(rules, climbs, state, value, time);
    }
  }
  return summarize(states, rules.sign);
}

/** Values, and ends (null), by time; of one time in the order of the runs, an end last. */
function arrivals(states: readonly State[]) {
  const all = states.flatMap((state, order) => [
    ...state.run.values.map((value, i) => ({
      state,
      value: value as number | null,
      time: state.run.at[i] ?? 0,
      order,
    })),
    { state, value: null, time: Math.max(state.run.end, state.run.at.at(-1) ?? 0), order },
  ]);
  const endsLast = (value: number | null) => (value === null ? 1 : 0);
  return all.sort((a, b) => a.time - b.time || endsLast(a.value) - endsLast(b.value) || a.order - b.order);
}

function arrive(rules: SweepRules, climbs: readonly Climb[], state: State, value: number, time: number): void {
  if (rules.divergence !== null) {
    const { streak, found } = rules.divergence(state.streak, [value]);
    state.streak = streak;
    if (found !== null) stop(climbs, state, time, 'divergence');
  }
  if (!Number.isFinite(value)) return;
  const loss = rules.sign * value;
  state.losses.push(loss);
  state.best = Math.min(state.best, loss);
  for (const climb of climbs) step(climbs, climb, state, loss, time);
}

function step(climbs: readonly Climb[], climb: Climb, state: State, loss: number, time: number): void {
  const { ladder, rungs, standing } = climb;
  const count = state.losses.length;
  const [rung] = ladder.rungs(count - 1, count);
  if (rung !== undefined) {
    const left = ladder.leaves === 'best' ? state.best : loss;
    const losses = rungs.get(rung) ?? createSortedValues();
    rungs.set(rung, losses);
    losses.insert(left);
    if (state.stoppedAt === null) standing.set(state, { rung, stake: ladder.stakes === 'best' ? state.best : left });
    for (const [other, { rung: own, stake }] of [...standing]) {
      if (own === rung && ladder.compare(losses, stake).stop) stop(climbs, other, time, ladder.name);
    }
  } else if (ladder.stakes === 'best') {
    const place = standing.get(state);
    const losses = place === undefined ? undefined : rungs.get(place.rung);
    if (place === undefined || losses === undefined) return;
    place.stake = state.best;
    if (ladder.compare(losses, place.stake).stop) stop(climbs, state, time, ladder.name);
  }
}

function stop(climbs: readonly Climb[], state: State, time: number, rule: string): void {
  state.stoppedAt = time;
  state.stoppedBy = rule;
  for (const { standing } of climbs) standing.delete(state);
}

function summarize(states: readonly State[], sign: 1 | -1): Replay {
  const sum = (of: (state: State) => number) => states.reduce((total, state) => total + of(state), 0);
  const seconds = ({ run, stoppedAt }: State) => (stoppedAt ?? run.end) - run.begin;
  let best: Replay['best'] = null;
  for (const { run, stoppedAt } of states) {
    for (const value of run.values) {
      if (Number.isFinite(value) && (best === null || sign * value < sign * best.value)) {
        best = { name: run.name, value, survives: stoppedAt === null };
      }
    }
  }
  const least = Math.min(...states.map((state) => state.best));
  return {
    runs: states.map((state) => ({
      name: state.run.name,
      rows: state.seen,
      seconds: seconds(state),
      stoppedBy: state.stoppedBy,
    })),
    rows: { had: sum(({ run }) => run.values.length), would: sum(({ seen }) => seen) },
    seconds: { had: sum(({ run }) => run.end - run.begin), would: sum(seconds) },
    best,
    bestLeft: Number.isFinite(least) ? sign * least : null,
  };
}
