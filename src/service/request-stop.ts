/** Marks a run as one that is to end; stop-run.ts says how it hears of that. */
import { isLive } from '../domain/run.ts';
import type { RunRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';

/**
 * Runs inside a unit. A run that has ended, or was asked before, stays as it is.
 * @param run as it is stored now
 * @param reason shown with the run
 * @param atOnce its agent ends the process without a grace for its last report
 * @returns the run as it is after that
 */
export function requestStop(
  service: Service,
  unit: Unit,
  run: RunRow,
  reason: string,
  now: number,
  atOnce = false,
): RunRow {
  if (!isLive(run.state) || run.stopRequestedAt !== null) return run;
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return service.store.runs.update(run.id, { stopRequestedAt: now, stopReason: reason, stopAtOnce: atOnce }) ?? run;
}

/** A stop by a rule that compares no runs: it is a decision, too. @param numbers seconds, for rules about time */
export function stopByRule(
  service: Service,
  unit: Unit,
  run: RunRow,
  rule: string,
  why: string,
  now: number,
  numbers: { value: number; threshold: number } | null = null,
): RunRow {
  if (!isLive(run.state) || run.stopRequestedAt !== null) return run;
  service.store.decisions.put({
    runId: run.id,
    rule,
    rung: 0,
    verdict: 'stop',
    value: numbers?.value ?? null,
    threshold: numbers?.threshold ?? null,
    rank: null,
    runs: null,
    among: null,
    text: `stopped: ${why}`,
    decidedAt: now,
  });
  return requestStop(service, unit, run, `${rule}: ${why}`, now);
}
