/**
 * Rules that end or pause a whole sweep: a target that is reached, a search that gets no better, runs that all fail. What they
 * remember is one row a sweep. After a user resumes the sweep they begin anew.
 */
import type { SweepRules } from '../domain/stop.ts';
import type { RunRow, SweepProgressRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { shortNumber } from './decision-words.ts';
import { rebuildLadders } from './judge-ladder.ts';
import { metricValue } from './metric-rows.ts';
import { forgetSweep } from './rung-memory.ts';
import { stopRulesOf } from './sweep-config.ts';

/**
 * What the rules of a sweep remember; made where there is nothing yet, and made anew where the rules are other ones by now. Before
 * a report's rows are stored.
 * @returns null where the sweep has no rule that remembers anything; `isNew`: rows of runs may have changed
 */
export function prepareProgress(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  now: number,
): { progress: SweepProgressRow; isNew: boolean } | null {
  const rules = stopRulesOf(service, sweep);
  const { ladders, target, plateau, failures } = rules;
  if (ladders.length === 0 && target === null && plateau === null && failures === null) return null;
  const { rungs } = service.store;
  const known = rungs.progress(sweep.id);
  if (known?.rules === rules.key) return { progress: known, isNew: false };
  const nothing = { sweepId: sweep.id, version: 0, plateauBest: null, plateauRuns: 0, failures: 0 };
  const progress = { ...(known ?? nothing), rules: rules.key, version: (known?.version ?? 0) + 1 };
  rungs.saveProgress(progress);
  rebuildLadders(service, unit, sweep, rules, now);
  forgetSweep(service, sweep.id, progress.version);
  if (target !== null) {
    const best = rungs.bestRun(sweep.id, rules.sign === -1);
    if (best !== undefined && reaches(rules, best.value)) finishForTarget(service, unit, sweep, best, target, now);
  }
  return { progress, isNew: true };
}

const reaches = ({ sign, target }: SweepRules, value: number | null): boolean =>
  target !== null && value !== null && Number.isFinite(value) && sign * value <= sign * target;

const summaryValue = (run: RunRow, sweep: SweepRow): number | null => metricValue(run.summary, sweep.metricName);

/**
 * Ends the search once a run's value or its summary reaches the target for the first time; equality reaches it.
 * @param before the run before the report. @param run as it is stored now
 */
export function judgeTarget(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  before: RunRow,
  run: RunRow,
  now: number,
): void {
  const rules = stopRulesOf(service, sweep);
  if (rules.target === null) return;
  const values = (one: RunRow) => [one.bestValue, summaryValue(one, sweep)];
  if (values(before).some((value) => reaches(rules, value))) return;
  const value = values(run).find((one) => reaches(rules, one));
  if (value == null) return;
  finishForTarget(service, unit, sweep, { name: run.name, value }, rules.target, now);
}

function finishForTarget(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  { name, value }: { name: string; value: number },
  target: number,
  now: number,
): void {
  const reason = `target of ${shortNumber(target)} reached by run ${name}: ${shortNumber(value)}`;
  finishSweep(service, unit, sweep, reason, now);
}

/** Counts a run that has just ended. Runs inside a unit. */
export function judgeRunEnd(service: Service, unit: Unit, sweep: SweepRow, run: RunRow, now: number): void {
  const rules = stopRulesOf(service, sweep);
  const { plateau, failures, sign, target } = rules;
  const last = target === null ? null : summaryValue(run, sweep);
  // Its rows were judged as they came; a REST agent may say the one number that counts with the end alone.
  if (target !== null && last !== null && reaches(rules, last) && !reaches(rules, run.bestValue)) {
    finishForTarget(service, unit, sweep, { name: run.name, value: last }, target, now);
  }
  if (plateau === null && failures === null) return;
  const progress = prepareProgress(service, unit, sweep, now)?.progress;
  if (progress === undefined) return;
  const next = { ...progress };
  if (run.state === 'failed' || run.state === 'crashed') next.failures++;
  else if (run.state === 'finished') next.failures = 0;
  if (plateau !== null && (run.state === 'finished' || run.state === 'killed')) {
    const losses = [run.bestValue, summaryValue(run, sweep)]
      .filter((value) => value !== null && Number.isFinite(value))
      .map((value) => sign * Number(value));
    const from = { best: progress.plateauBest, runsSince: progress.plateauRuns };
    const after = plateau.after(from, losses.length === 0 ? null : Math.min(...losses));
    next.plateauBest = after.best;
    next.plateauRuns = after.runsSince;
  }
  service.store.rungs.saveProgress(next);
  if (plateau !== null && next.plateauRuns >= plateau.runs) {
    const best = next.plateauBest === null ? 'no value at all' : `the best is ${shortNumber(sign * next.plateauBest)}`;
    finishSweep(service, unit, sweep, `plateau: ${plateau.runs} runs without an improvement, ${best}`, now);
  }
  if (failures !== null && next.failures >= failures) {
    pauseSweep(
      service,
      unit,
      sweep,
      `${next.failures} runs failed one after the other, the last one is ${run.name}`,
      now,
    );
  }
}

/** A user lets the sweep go on after a rule ended or paused it: what was counted before does not end it again. */
export function restartProgress(service: Service, sweepId: string): void {
  const { rungs } = service.store;
  const known = rungs.progress(sweepId);
  if (known !== undefined) rungs.saveProgress({ ...known, plateauRuns: 0, failures: 0 });
}

/** A rule ends the search: nothing more is handed out, running programs come to their own end. */
export function finishSweep(service: Service, unit: Unit, { id }: SweepRow, reason: string, now: number): void {
  const { sweeps, suggestions } = service.store;
  const values = { stateReason: reason, endedAt: now, updatedAt: now };
  const moved = sweeps.move(id, 'running', 'finished', values) ?? sweeps.move(id, 'paused', 'finished', values);
  if (moved === undefined) return;
  suggestions.moveAll(id, 'ready', 'withdrawn');
  unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId: id }));
}

function pauseSweep(service: Service, unit: Unit, { id }: SweepRow, reason: string, now: number): void {
  const moved = service.store.sweeps.move(id, 'running', 'paused', { stateReason: reason, updatedAt: now });
  if (moved !== undefined) unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId: id }));
}
