/** The value by which a run is judged: its sweep's `sweepd.objective` over the metric's finite values so far. */
import type { Store } from '../store/store.ts';
import { configOf } from './sweep-config.ts';

type Judged = { metricGoal: string | null } & Parameters<typeof configOf>[0];

/** @returns null while the run has no finite value. Of fewer values than `mean_last_k` takes, the mean of all */
export function judgedValue(store: Store, runId: number, sweep: Judged): number | null {
  const { objective } = configOf(sweep).extensions;
  if (objective.kind === 'best') return store.streams.bestObjective(runId, sweep.metricGoal === 'maximize');
  const last = store.streams.lastObjectives(runId, objective.kind === 'last' ? 1 : objective.k);
  return last.length === 0 ? null : last.reduce((sum, value) => sum + value / last.length, 0);
}

/** Judges all runs of a sweep anew, after its objective changed. */
export function judgeAgain(store: Store, sweep: Judged): void {
  for (const id of store.runs.idsOfSweep(sweep.id)) {
    store.runs.update(id, { bestValue: judgedValue(store, id, sweep) });
  }
}
