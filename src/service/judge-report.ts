/**
 * Early stopping, in the transaction of the report that it follows from: what was acknowledged was judged, and the reply can carry
 * the stop.
 */
import { isLive } from '../domain/run.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { divergenceWords } from './decision-words.ts';
import { judgeLadder } from './judge-ladder.ts';
import { type MetricRows, metricReader } from './metric-rows.ts';
import { stopByRule } from './request-stop.ts';
import { stopRulesOf } from './sweep-config.ts';
import { judgeTarget } from './sweep-progress.ts';

/**
 * Runs inside a unit, after the report's rows and perhaps its end are stored.
 * @param before the run as it was before the report
 * @param run as it is stored now
 * @param metric null where the report held no row of the history
 * @returns the run as it is after that
 */
export function judgeReport(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  before: RunRow,
  run: RunRow,
  metric: MetricRows | null,
  now: number,
): RunRow {
  const rules = stopRulesOf(service, sweep);
  if (rules.isEmpty) return run;
  let judged = run;
  if (metric !== null) {
    judged = judgeDivergence(service, unit, sweep, judged, metric, now);
    for (const ladder of rules.ladders) {
      judged = judgeLadder({ service, unit, sweep, sign: rules.sign, ladder, now }, before, judged, metric);
    }
  }
  judgeTarget(service, unit, sweep, before, judged, now);
  return judged;
}

function judgeDivergence(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  run: RunRow,
  metric: MetricRows,
  now: number,
): RunRow {
  const { divergence } = stopRulesOf(service, sweep);
  if (divergence === null) return run;
  const { streak, found } = metric.isRewrite
    ? divergence(0, allValues(service, sweep, run))
    : divergence(run.oddStreak, metric.values);
  const judged = streak === run.oddStreak ? run : (service.store.runs.update(run.id, { oddStreak: streak }) ?? run);
  if (found === null || !isLive(judged.state)) return judged;
  return stopByRule(service, unit, judged, 'divergence', divergenceWords(sweep.metricName ?? '', found), now);
}

/** Every value of the metric that a run has logged, as its rows are now. */
function allValues(service: Service, sweep: SweepRow, run: RunRow): number[] {
  const read = metricReader(sweep.metricName);
  return service.store.streams
    .written(run.id, 'history')
    .map(({ text }) => read(text))
    .filter((value) => value !== null);
}
