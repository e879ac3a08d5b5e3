/**
 * What nobody asks for but time: leases that ran out, runs that their agent no longer names, the end of a local controller's sweep.
 * Driven by a timer in `runtime/` and by tests, always with the clock of the service.
 */
import { missingGraceMs } from '../domain/lease.ts';
import { isLive } from '../domain/run.ts';
import type { LeaseRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { endRun } from './end-run.ts';
import { settleControlled } from './settle-sweep.ts';

/** Ends what is overdue. @returns how many runs it ended */
export function reap(service: Service): Promise<number> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const overdue = [...store.leases.expiredAt(now), ...store.leases.missingBefore(now - missingGraceMs)];
    let ended = 0;
    for (const lease of overdue) if (giveUp(service, unit, lease, now)) ended++;
    settleControlled(service, unit, now);
    return ended;
  });
}

/** A run that was told to stop and went silent was killed; any other is crashed, and its point may be tried again. */
export function giveUp(service: Service, unit: Unit, lease: LeaseRow, now: number): boolean {
  const { store } = service;
  const run = store.runs.byId(lease.runId);
  if (run === undefined || !isLive(run.state)) {
    store.leases.release(lease.runId, 'ended');
    return false;
  }
  const to = run.stopRequestedAt !== null ? 'killed' : run.state === 'preempting' ? 'preempted' : 'crashed';
  return endRun(service, unit, run, to, null, now) !== undefined;
}

/** At start: a server that was down heard nobody, so every live lease gets a whole period before it may end. */
export function graceAtStart(service: Service): Promise<number> {
  return service.store.writer.write(() =>
    service.store.leases.refreshAll(service.clock.now() + service.settings.leaseMs),
  );
}
