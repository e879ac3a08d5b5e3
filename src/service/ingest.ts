/**
 * What a run reports, in one transaction: lines, the objective's values, the summary, a sign of life, and perhaps its end. Every
 * part is idempotent, since clients send a request again until it is answered.
 */
import { begun, ended, endState, isLive } from '../domain/run.ts';
import type { RunRow, Stream, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { settleEnd } from './end-run.ts';
import { judgeReport } from './judge-report.ts';
import { type Lines, type MetricRows, storeMetric } from './metric-rows.ts';
import { beginOrRevive } from './revive-run.ts';
import { forgetRun } from './rung-memory.ts';
import { prepareProgress } from './sweep-progress.ts';

export type { Lines } from './metric-rows.ts';

export interface Report {
  history?: Lines;
  events?: Lines;
  log?: Lines;
  /** The whole summary as raw JSON text. */
  summary?: string;
  preempting?: boolean;
  /** Set with the last report. */
  exitCode?: number;
}

export interface ReportAnswer {
  run: RunRow;
  /** The program should end: it was told to stop, or its point belongs to another run by now. */
  stop: boolean;
}

/** @returns null where the run does not exist */
export function ingest(service: Service, runId: number, report: Report): Promise<ReportAnswer | null> {
  return service.store.writer.write((unit) => {
    const run = service.store.runs.byId(runId);
    return run === undefined ? null : applyReport(service, unit, run, report, service.clock.now());
  });
}

/** The same inside a unit that has more to do. The run is written once, whatever the report changes about it. */
export function applyReport(service: Service, unit: Unit, given: RunRow, report: Report, now: number): ReportAnswer {
  const { store } = service;
  let stored = given;
  if (stored.restarted && (report.history || report.events || report.log || report.summary)) {
    stored = clearRun(service, stored);
  }
  const sweep = sweepToJudge(service, stored, report);
  if (sweep !== undefined && prepareProgress(service, unit, sweep, now)?.isNew) {
    stored = store.runs.byId(stored.id) ?? stored;
  }
  if (stored.state !== 'pending') stored = beginOrRevive(service, unit, stored, now);
  let run = stored.state === 'pending' ? begun(stored, now) : stored;
  if (report.preempting && run.state === 'running') {
    // Two moves that the state machine knows, and so two statements.
    saveRun(service, stored, run);
    stored = run;
    run = { ...run, state: 'preempting' };
    saveRun(service, stored, run);
    stored = run;
  }
  const before = run;
  const { run: reported, metric } = withLines(service, sweep, run, report, now);
  run = reported;
  const ends = isLive(run.state) && report.exitCode !== undefined;
  if (ends) run = ended(run, endState(run, report.exitCode ?? 0), report.exitCode ?? null, now);
  saveRun(service, stored, run);
  if (ends) settleEnd(service, unit, stored, run, now);
  else if (isLive(run.state)) store.leases.extend(run.id, now + service.settings.leaseMs);
  if (sweep !== undefined) run = judgeReport(service, unit, sweep, before, run, metric, now);
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return { run, stop: run.stopRequestedAt !== null || run.supersededAt !== null };
}

function saveRun(service: Service, stored: RunRow, run: RunRow): void {
  if (!service.store.runs.save(stored, run)) throw new Error(`Run ${run.name} left its state inside a transaction.`);
}

/** The sweep whose metric the report may move. An end without rows is judged with the end (end-run.ts), which knows the sweep. */
function sweepToJudge(service: Service, run: RunRow, report: Report): SweepRow | undefined {
  const says = report.history !== undefined || (report.summary !== undefined && report.exitCode === undefined);
  return says && run.sweepId !== null ? service.store.sweeps.byId(run.sweepId) : undefined;
}

/** Drops all that the run logged; whoever copies it begins at the beginning. */
export function clearRun(service: Service, run: RunRow): RunRow {
  const { store } = service;
  forgetRun(service, run);
  store.streams.clear(run.id);
  const lines = { historyLines: 0, eventsLines: 0, logLines: 0, lastStep: null };
  const metric = { bestValue: null, iterations: 0, metricAt: null, oddStreak: 0 };
  const generation = run.generation + 1;
  return store.runs.update(run.id, { generation, restarted: false, ...lines, ...metric, summary: '{}' }) ?? run;
}

/** Stores the lines. @returns the run with what follows from them, not stored yet, and what they say about the metric */
function withLines(
  service: Service,
  sweep: SweepRow | undefined,
  run: RunRow,
  report: Report,
  now: number,
): { run: RunRow; metric: MetricRows | null } {
  const { store } = service;
  let isNews = false;
  const append = (stream: Stream, lines: Lines | undefined, known: number) => {
    if (lines === undefined || lines.lines.length === 0) return known;
    const isStored = store.streams.append(run.id, stream, lines.offset, lines.lines);
    if (stream === 'history') isNews = isStored;
    return Math.max(known, lines.offset + lines.lines.length);
  };
  const historyLines = append('history', report.history, run.historyLines);
  // Lines that were sent once more change nothing about the metric either.
  const metric =
    isNews && report.history && sweep?.metricName != null ? storeMetric(service, sweep, run, report.history) : null;
  const { iterations, bestValue } = metric ?? run;
  const reported = {
    ...run,
    historyLines,
    eventsLines: append('events', report.events, run.eventsLines),
    logLines: append('log', report.log, run.logLines),
    lastStep: report.history ? highestStep(report.history.lines, run.lastStep) : run.lastStep,
    summary: report.summary ?? run.summary,
    bestValue,
    iterations,
    metricAt: metric?.values.some(Number.isFinite) ? now : run.metricAt,
    heartbeatAt: now,
    updatedAt: now,
  };
  return { run: reported, metric };
}

// In a JSON text a key inside a string has its quotes escaped, so this finds keys only; nested ones are never called `_step`.
const stepKey = /"_step"\s*:\s*(\d{1,15})(?!\d)/;

function highestStep(lines: readonly string[], known: number | null): number | null {
  let highest = known;
  for (const line of lines) {
    const step = stepKey.exec(line)?.[1];
    if (step !== undefined && (highest === null || Number(step) > highest)) highest = Number(step);
  }
  return highest;
}
