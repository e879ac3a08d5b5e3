/** Stop rules that look at the clock: a run's time limit, a run without values, a sweep's budget. Driven by the timer of the reaper. */
import type { SweepRules } from '../domain/stop.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { shortNumber } from './decision-words.ts';
import { stopByRule } from './request-stop.ts';
import { stopRulesOf } from './sweep-config.ts';
import { finishSweep } from './sweep-progress.ts';

/** Judges every sweep that has such a rule. Without one it only reads. */
export async function judgeTime(service: Service): Promise<void> {
  const { store } = service;
  if (store.sweeps.timed().length === 0) return;
  await store.writer.write((unit) => {
    const now = service.clock.now();
    for (const sweep of store.sweeps.timed()) {
      const rules = stopRulesOf(service, sweep);
      stopOverdue(service, unit, sweep, rules, now);
      judgeBudget(service, unit, sweep, rules, now);
    }
  });
}

function stopOverdue(service: Service, unit: Unit, sweep: SweepRow, rules: SweepRules, now: number): void {
  const { timeLimit, silence } = rules;
  if (timeLimit === null && silence === null) return;
  const by = (seconds: number | null) => (seconds === null ? null : now - seconds * 1000);
  for (const run of service.store.runs.overdue(sweep.id, by(timeLimit), by(silence))) {
    const [ran, quiet] = secondsOf(run, now);
    if (timeLimit !== null && ran >= timeLimit) {
      const why = `ran for ${shortNumber(ran)} s, the limit is ${shortNumber(timeLimit)} s`;
      stopByRule(service, unit, run, 'time_limit', why, now, { value: ran, threshold: timeLimit });
    } else if (silence !== null) {
      const why = `no value of ${sweep.metricName} for ${shortNumber(quiet)} s, the limit is ${shortNumber(silence)} s`;
      stopByRule(service, unit, run, 'silence', why, now, { value: quiet, threshold: silence });
    }
  }
}

/** Seconds since the run began, or was begun again, and since its last value of the metric. */
function secondsOf(run: RunRow, now: number): [ran: number, quiet: number] {
  const begun = Math.max(run.begunAt ?? now, run.resumedAt ?? 0);
  return [(now - begun) / 1000, (now - Math.max(begun, run.metricAt ?? 0)) / 1000];
}

function judgeBudget(service: Service, unit: Unit, sweep: SweepRow, { budget }: SweepRules, now: number): void {
  if (budget === null || sweep.state !== 'running') return;
  const { runSeconds, seconds } = budget;
  const all = (now - sweep.createdAt) / 1000;
  if (seconds !== null && all >= seconds) {
    finishSweep(service, unit, sweep, `budget: ${shortNumber(seconds)} s since the sweep began are over`, now);
    return;
  }
  if (runSeconds === null) return;
  const spent = service.store.rungs.runTime(sweep.id, now) / 1000;
  if (spent < runSeconds) return;
  const why = `the runs took ${shortNumber(spent)} s together, the budget is ${shortNumber(runSeconds)} s`;
  finishSweep(service, unit, sweep, `budget: ${why}`, now);
}
