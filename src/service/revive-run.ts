/**
 * A run that was given up and reports again. If its point was not handed to a successor it goes on as if nothing had been; else
 * it stays crashed and only keeps its rows.
 */
import { begun as begunRun } from '../domain/run.ts';
import type { RunRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';

/** The stop reason of runs whose sweep was cancelled. */
export const canceledReason = 'sweep canceled';

/**
 * Brings a pending, crashed or preempted run to running, inside a unit.
 * @returns the run as it is now; unchanged where it runs already, has ended for good or was superseded
 */
export function beginOrRevive(service: Service, unit: Unit, run: RunRow, now: number): RunRow {
  const { store } = service;
  if (run.state !== 'pending' && run.state !== 'crashed' && run.state !== 'preempted') return run;
  if (run.supersededAt !== null) return run;
  let begun = begunRun(run, now);
  if (!store.runs.save(run, begun)) return run;
  if (run.state !== 'pending') {
    if (run.suggestionId !== null) store.suggestions.keep(run.suggestionId);
    renewLease(service, begun, now);
    begun = stopIfCanceled(service, begun, now);
  }
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return begun;
}

/** A cancel stopped every live run; one that was given up at that moment hears of it when it is back. */
function stopIfCanceled(service: Service, run: RunRow, now: number): RunRow {
  const { store } = service;
  if (run.sweepId === null || store.sweeps.byId(run.sweepId)?.state !== 'canceled') return run;
  const stop = { stopRequestedAt: now, stopReason: canceledReason, stopAtOnce: true };
  return store.runs.update(run.id, stop) ?? run;
}

/** Gives a run a live lease: its last one again, or its first (runs outside sweeps have leases too: that is how they crash). */
export function renewLease(service: Service, run: RunRow, now: number): void {
  const { store } = service;
  const lease = store.leases.ofRun(run.id);
  const expiresAt = now + service.settings.leaseMs;
  if (lease !== undefined) store.leases.revive(lease.id, expiresAt);
  else {
    store.leases.insert({
      runId: run.id,
      sweepId: run.sweepId ?? '',
      agentId: run.agentId ?? '',
      token: service.ids.token(),
      now,
      expiresAt,
      requestId: null,
    });
  }
}
