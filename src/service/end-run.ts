/**
 * How a run ends, whoever says so, and what becomes of its point: a lost run's point is ready again while attempts are left, a
 * preempted one's always; everything else has had its turn.
 */
import { ended as endedRun, isLive, type RunState } from '../domain/run.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { recordResult } from './search-results.ts';
import { settleSweep } from './settle-sweep.ts';
import { tellFreed } from './shares.ts';
import { configOf, maxAttempts } from './sweep-config.ts';
import { judgeRunEnd } from './sweep-progress.ts';

/** Runs inside a unit. @returns the ended run, or undefined where the run had left the state it was read in */
export function endRun(
  service: Service,
  unit: Unit,
  run: RunRow,
  to: RunState,
  exitCode: number | null,
  now: number,
): RunRow | undefined {
  const ended = endedRun(run, to, exitCode, now);
  if (!service.store.runs.save(run, ended)) return undefined;
  settleEnd(service, unit, run, ended, now);
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return ended;
}

/** What follows from an end that is stored: the lease is over, the point is given back or kept, perhaps the sweep is done. */
export function settleEnd(service: Service, unit: Unit, before: RunRow, ended: RunRow, now: number): void {
  const { store } = service;
  store.leases.release(ended.id, ended.state === 'crashed' ? 'expired' : 'ended');
  const sweep = ended.sweepId === null ? undefined : store.sweeps.byId(ended.sweepId);
  if (sweep !== undefined && ended.supersededAt === null) {
    const isBack = returnOrKeepPoint(service, unit, sweep, before, ended);
    if (!isBack) recordResult(service, unit, sweep, ended);
  }
  if (sweep !== undefined) judgeRunEnd(service, unit, sweep, ended, now);
  if (sweep !== undefined) tellFreed(service, unit, sweep);
  settleSweep(service, unit, sweep, now);
}

/** @returns whether the point will be tried again */
function returnOrKeepPoint(service: Service, unit: Unit, sweep: SweepRow, before: RunRow, run: RunRow): boolean {
  const { store } = service;
  const { suggestionId } = run;
  if (suggestionId === null) return false;
  if (mayBeTriedAgain(run, maxAttemptsOf(sweep, run.state))) {
    if (store.suggestions.move(suggestionId, 'taken', 'ready')) {
      unit.afterCommit(() => service.notify({ kind: 'work', sweepId: sweep.id }));
    }
    return true;
  }
  if (!isLive(before.state)) {
    // A lost run that came back with its last report: the retry that waits for an agent is not needed any more.
    store.suggestions.keep(suggestionId);
  }
  return false;
}

function maxAttemptsOf(sweep: Parameters<typeof configOf>[0], state: RunState): number {
  return state === 'crashed' || state === 'failed' ? maxAttempts(configOf(sweep), state) : 1;
}

function mayBeTriedAgain(run: RunRow, attempts: number): boolean {
  if (run.state === 'preempted') return true;
  if (run.stopRequestedAt !== null) return false;
  return run.attempt < attempts;
}
