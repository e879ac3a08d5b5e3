/** A sweep ends by itself once its search is over, nothing is ready and nothing runs. */
import type { SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { searchIsOver } from './search.ts';
import { configOf } from './sweep-config.ts';

/**
 * W&B's local controller looks every 5 s and leaves without a last word where it finds the sweep finished. So it is to find the end
 * of the last run first, at leisure.
 */
const controllerLooksMs = 8_000;

/**
 * Called inside a unit after everything that may have been the last thing: a run's end, an ask that found nothing.
 * @param sweep as it is stored now
 */
export function settleSweep(service: Service, unit: Unit, sweep: SweepRow | undefined, now: number): void {
  const { store } = service;
  if (sweep?.state !== 'running') return;
  const sweepId = sweep.id;
  const reason = searchIsOver(sweep);
  if (reason === null || store.suggestions.hasReady(sweepId) || store.leases.liveCount(sweepId) > 0) return;
  if (configOf(sweep).controller === 'local' && now < (store.runs.lastEnd(sweepId) ?? 0) + controllerLooksMs) return;
  if (store.sweeps.move(sweepId, 'running', 'finished', { stateReason: reason, endedAt: now, updatedAt: now })) {
    unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId }));
  }
}

/** Ends what a local controller is done with: it may say so after the last agent has left. */
export function settleControlled(service: Service, unit: Unit, now: number): void {
  for (const sweep of service.store.sweeps.controlled()) settleSweep(service, unit, sweep, now);
}
