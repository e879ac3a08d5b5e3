/**
 * Rules that compare a run with all others that came as far: Hyperband and the median.
 *
 * A value that enters a rung moves the threshold there, and every running run that stands at the rung (it is its last) is judged
 * again. Those that the new threshold condemns are found by an index and stopped; the numbers in the others' decisions follow with
 * their own next report. So a report costs its new rows, however many runs there are.
 */
import type { SortedValues } from '../domain/sorted-values.ts';
import type { Ladder, SweepRules, Verdict } from '../domain/stop.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { comparisonWords, decisionText } from './decision-words.ts';
import type { MetricRows } from './metric-rows.ts';
import { requestStop } from './request-stop.ts';
import { rungMemory } from './rung-memory.ts';
import { configOf } from './sweep-config.ts';

/** What a judgement is about, handed down through this file. */
interface Bench {
  service: Service;
  unit: Unit;
  sweep: SweepRow;
  sign: 1 | -1;
  ladder: Ladder;
  now: number;
}

/** As W&B has it: one that is about to be preempted, or waits to be resumed, is judged when it runs again. */
const mayBeStopped = (run: RunRow): boolean => run.state === 'running' && run.stopRequestedAt === null;

/**
 * Runs inside a unit, after the report's rows are stored.
 * @param before the run as it was before the report. @param run as it is stored now
 * @returns it as it is after that
 */
export function judgeLadder(bench: Bench, before: RunRow, run: RunRow, metric: MetricRows): RunRow {
  const { service, ladder } = bench;
  const { rungs } = service.store;
  const losses = new Map<number, number>();
  // Where the run as a whole is judged by another value than its best, the best so far is in its rows alone.
  const changed =
    metric.isRewrite || (ladder.leaves === 'best' && !metric.isBest)
      ? rewriteRungs(bench, run, losses)
      : climbRungs(bench, before, run, metric.values, losses);
  let judged = run;
  const last = ladder.lastRung(run.iterations);
  if (changed.length > 0 || !mayBeStopped(run)) rungs.leave(run.id, ladder.name);
  if (last !== null) {
    const known = losses.has(last) && changed.length > 0 ? null : rungs.at(run.id, ladder.name, last);
    if (known !== null) losses.set(last, known.loss);
    const best = ladder.stakes === 'best' ? bestLoss(bench, run) : null;
    const stakeAt = (rung: number) => best ?? losses.get(rung) ?? Number.NaN;
    for (const rung of changed) if (rung < last) recordOwn(bench, run, rung, stakeAt(rung), false);
    judged = recordOwn(bench, run, last, stakeAt(last), mayBeStopped(run));
    // Not there yet, or no longer: it has just come, its best value has moved, or it was given up and is back.
    if (mayBeStopped(judged) && known?.stake !== stakeAt(last)) {
      rungs.stand(run.id, ladder.name, last, stakeAt(last));
    }
  }
  for (const rung of changed) judgeStanding(bench, rung, run.id);
  if (judged !== run) rungs.leave(run.id, ladder.name);
  return judged;
}

/** The best of all values of a run that has one. */
function bestLoss({ service, sweep, sign }: Bench, run: RunRow): number {
  const isKept = configOf(sweep).extensions.objective.kind === 'best';
  const best = isKept ? run.bestValue : service.store.streams.bestObjective(run.id, sign === -1);
  return sign * (best ?? Number.NaN);
}

/** @returns the rungs that the new rows reach */
function climbRungs(
  { service, sweep, ladder, sign }: Bench,
  from: RunRow,
  to: RunRow,
  values: readonly number[],
  left: Map<number, number>,
): number[] {
  const reached = ladder.rungs(from.iterations, to.iterations);
  if (reached.length === 0) return reached;
  const memory = rungMemory(service, sweep.id);
  const fresh = values.filter(Number.isFinite).map((value) => sign * value);
  let best = from.bestValue === null ? Number.POSITIVE_INFINITY : sign * from.bestValue;
  let seen = from.iterations;
  for (const rung of reached) {
    for (; seen < rung; seen++) best = Math.min(best, fresh[seen - from.iterations] ?? Number.POSITIVE_INFINITY);
    const loss = ladder.leaves === 'best' ? best : (fresh[rung - from.iterations - 1] ?? Number.NaN);
    left.set(rung, loss);
    memory.put(to.id, ladder.name, rung, loss, null);
  }
  return reached;
}

/** A run wrote rows again: what it left at its rungs is made anew from its own values. @returns the rungs where that differs */
function rewriteRungs(bench: Bench, run: RunRow, losses: Map<number, number>): number[] {
  const { service, sweep, ladder } = bench;
  const known = new Map(service.store.rungs.ofRun(run.id, ladder.name).map(({ rung, loss }) => [rung, loss]));
  const now = lossesOf(bench, run);
  const memory = rungMemory(service, sweep.id);
  const changed: number[] = [];
  for (const [rung, loss] of now) {
    losses.set(rung, loss);
    if (known.get(rung) === loss) continue;
    memory.put(run.id, ladder.name, rung, loss, known.get(rung) ?? null);
    changed.push(rung);
  }
  for (const [rung, loss] of known) {
    if (now.has(rung)) continue;
    memory.drop(run.id, ladder.name, rung, loss);
    changed.push(rung);
  }
  return changed;
}

/** What a run leaves at its rungs, from all of its values. */
function lossesOf({ service, ladder, sign }: Bench, run: RunRow): Map<number, number> {
  const values = service.store.streams.objectivesOf(run.id).map(({ value }) => sign * value);
  const left = new Map<number, number>();
  let best = Number.POSITIVE_INFINITY;
  let seen = 0;
  for (const rung of ladder.rungs(0, values.length)) {
    for (; seen < rung; seen++) best = Math.min(best, values[seen] ?? Number.POSITIVE_INFINITY);
    left.set(rung, ladder.leaves === 'best' ? best : (values[rung - 1] ?? Number.NaN));
  }
  return left;
}

/** Judges the run that reports, at a rung, and keeps the decision. @param counts the verdict is carried out */
function recordOwn(bench: Bench, run: RunRow, rung: number, stake: number, counts: boolean): RunRow {
  const { service, ladder } = bench;
  const losses = rungMemory(service, bench.sweep.id).losses(ladder.name, rung);
  const { stop } = ladder.compare(losses, stake);
  const verdict: Verdict = stop ? (counts ? 'stop' : 'passed') : 'keep';
  const why = record(bench, run, rung, stake, losses, verdict);
  return verdict === 'stop' ? stopFor(bench, run, why) : run;
}

const stopFor = ({ service, unit, ladder, now }: Bench, run: RunRow, why: string): RunRow =>
  requestStop(service, unit, run, `${ladder.name}: ${why}`, now);

/** Stops those who stand at a rung and are condemned by its losses as they are now. */
function judgeStanding(bench: Bench, rung: number, except: number): void {
  const { service, sweep, ladder } = bench;
  const { rungs, runs } = service.store;
  const losses = rungMemory(service, sweep.id).losses(ladder.name, rung);
  if (losses.length === 0) return;
  for (const { runId, stake } of rungs.standingAbove(sweep.id, ladder.name, rung, ladder.spared(losses))) {
    const run = runId === except ? undefined : runs.byId(runId);
    if (run === undefined) continue;
    const may = mayBeStopped(run);
    if (may && !ladder.compare(losses, stake).stop) continue;
    // Ended runs are not taken off their rung when they end, but here, once, when they are first met.
    rungs.leave(runId, ladder.name);
    if (may) stopFor(bench, run, record(bench, run, rung, stake, losses, 'stop'));
  }
}

/** Keeps a decision where it says something new. @returns why it is so, in words */
function record(
  { service, sweep, ladder, sign, now }: Bench,
  run: RunRow,
  rung: number,
  stake: number,
  losses: SortedValues,
  verdict: Verdict,
): string {
  const { decisions } = service.store;
  const comparison = ladder.compare(losses, stake);
  const value = sign * stake;
  const threshold = comparison.threshold === null ? null : sign * comparison.threshold;
  const why = comparisonWords(comparison, rung, sweep.metricName ?? '', value, threshold);
  const text = decisionText(verdict, why);
  const known = decisions.at(run.id, ladder.name, rung);
  const { rank, runs, among } = comparison;
  const isKnown = known !== undefined && known.text === text && known.threshold === threshold && known.value === value;
  // What ended the run stays as it was decided, whatever rows still come.
  const isOver = known?.verdict === 'stop' && !mayBeStopped(run);
  if (!isKnown && !isOver) {
    const row = { runId: run.id, rule: ladder.name, rung, verdict, value, threshold, rank, runs, among, text };
    decisions.put({ ...row, decidedAt: now });
  }
  return why;
}

/**
 * Fills the table for rules that it was not kept for: ones that were edited into the sweep while it ran. Reads every value of the
 * sweep once, and judges who stands where.
 */
export function rebuildLadders(service: Service, unit: Unit, sweep: SweepRow, rules: SweepRules, now: number): void {
  const { rungs, runs } = service.store;
  rungs.clearSweep(sweep.id);
  const ids = rungs.countIterations(sweep.id);
  for (const ladder of rules.ladders) {
    const bench: Bench = { service, unit, sweep, sign: rules.sign, ladder, now };
    const reached = new Set<number>();
    for (const id of ids) {
      const run = runs.byId(id);
      if (run === undefined) continue;
      const left = lossesOf(bench, run);
      for (const [rung, loss] of left) {
        reached.add(rung);
        rungs.put({ runId: id, sweepId: sweep.id, rule: ladder.name, rung, loss });
      }
      const last = ladder.lastRung(run.iterations);
      const stake = ladder.stakes === 'best' ? bestLoss(bench, run) : left.get(last ?? 0);
      if (last !== null && stake !== undefined && mayBeStopped(run)) rungs.stand(id, ladder.name, last, stake);
    }
    for (const rung of reached) judgeStanding(bench, rung, 0);
  }
}
