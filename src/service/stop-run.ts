/** Stopping and deleting single runs. */
import { notFound } from '../domain/errors.ts';
import { isLive, type RunState, runMayMove } from '../domain/run.ts';
import type { RunRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { endRun } from './end-run.ts';
import { requestStop } from './request-stop.ts';
import { forgetRun } from './rung-memory.ts';
import { forgetResult } from './search-results.ts';

/**
 * Asks a run to stop. The program hears of it with its next report, the agent after a grace (or at once); the run ends killed.
 * @throws SweepdError `run_not_found`
 */
export function stopRun(service: Service, runId: number, reason: string, atOnce = false): Promise<RunRow> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const run = store.runs.byId(runId);
    if (run === undefined) throw notFound('run', String(runId));
    const asked = requestStop(service, unit, run, reason, now, atOnce);
    if (asked === run || asked.state !== 'pending') return asked;
    return endRun(service, unit, asked, 'killed', null, now) ?? asked;
  });
}

/** Deletes a run with its streams and the records of its files. A grid point whose last run it was is free again, as at W&B. */
export function deleteRun(service: Service, runId: number): Promise<void> {
  const { store } = service;
  return store.writer.write((unit) => {
    const run = store.runs.byId(runId);
    if (run === undefined) throw notFound('run', String(runId));
    const { sweepId, suggestionId } = run;
    forgetRun(service, run);
    store.runs.delete(run.id);
    forgetResult(service, unit, run.id);
    if (suggestionId !== null && store.runs.latestOfSuggestion(suggestionId) === undefined) {
      store.suggestions.move(suggestionId, 'taken', 'ready');
    }
    unit.afterCommit(() => service.notify({ kind: 'run', runId, sweepId }));
    if (sweepId !== null) unit.afterCommit(() => service.notify({ kind: 'work', sweepId }));
  });
}

/**
 * Ends a run from outside, where the state machine has the edge. To life only its program or an agent can bring it: nobody else would
 * keep its lease. @returns whether it did
 */
export function setRunState(service: Service, runId: number, to: RunState): Promise<boolean> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const run = store.runs.byId(runId);
    if (run === undefined) throw notFound('run', String(runId));
    if (run.state === to) return true;
    if (isLive(to) || run.supersededAt !== null || !runMayMove(run.state, to)) return false;
    return endRun(service, unit, run, to, null, now) !== undefined;
  });
}
