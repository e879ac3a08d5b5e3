/**
 * What a run reports, in one transaction: lines, the objective's values, the summary, a sign of life, and perhaps its end. Every
 * part is idempotent, since clients send a request again until it is answered.
 */
import { isObject, parseJson } from '../domain/json.ts';
import { begun, ended, endState, isLive } from '../domain/run.ts';
import type { RunRow, Stream, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { settleEnd } from './end-run.ts';
import { judgedValue } from './judged-value.ts';
import { beginOrRevive } from './revive-run.ts';
import { configOf } from './sweep-config.ts';

export interface Lines {
  /** Number of the first line, from 0. */
  offset: number;
  lines: readonly string[];
}

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
  run = withLines(service, run, report, now);
  const ends = isLive(run.state) && report.exitCode !== undefined;
  if (ends) run = ended(run, endState(run, report.exitCode ?? 0), report.exitCode ?? null, now);
  saveRun(service, stored, run);
  if (ends) settleEnd(service, unit, stored, run, now);
  else if (isLive(run.state)) store.leases.extend(run.id, now + service.settings.leaseMs);
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return { run, stop: run.stopRequestedAt !== null || run.supersededAt !== null };
}

function saveRun(service: Service, stored: RunRow, run: RunRow): void {
  if (!service.store.runs.save(stored, run)) throw new Error(`Run ${run.name} left its state inside a transaction.`);
}

function clearRun(service: Service, run: RunRow): RunRow {
  const { store } = service;
  store.streams.clear(run.id);
  const blank = { restarted: false, historyLines: 0, eventsLines: 0, logLines: 0, lastStep: null, bestValue: null };
  return store.runs.update(run.id, { ...blank, summary: '{}' }) ?? run;
}

/** Stores the lines. @returns the run with what follows from them, not stored yet */
function withLines(service: Service, run: RunRow, report: Report, now: number): RunRow {
  const { store } = service;
  const append = (stream: Stream, lines: Lines | undefined, known: number) => {
    if (lines === undefined || lines.lines.length === 0) return known;
    store.streams.append(run.id, stream, lines.offset, lines.lines);
    return Math.max(known, lines.offset + lines.lines.length);
  };
  return {
    ...run,
    historyLines: append('history', report.history, run.historyLines),
    eventsLines: append('events', report.events, run.eventsLines),
    logLines: append('log', report.log, run.logLines),
    lastStep: report.history ? highestStep(report.history.lines, run.lastStep) : run.lastStep,
    summary: report.summary ?? run.summary,
    bestValue: report.history ? storeObjective(service, run, report.history) : run.bestValue,
    heartbeatAt: now,
    updatedAt: now,
  };
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

/** @returns the value by which the run is judged so far */
function storeObjective(service: Service, run: RunRow, history: Lines): number | null {
  const { store } = service;
  const sweep = run.sweepId === null ? undefined : store.sweeps.byId(run.sweepId);
  if (sweep?.metricName == null) return run.bestValue;
  const maximize = sweep.metricGoal === 'maximize';
  const better = maximize ? Math.max : Math.min;
  let best = run.bestValue;
  history.lines.forEach((line, i) => {
    const value = metricValue(line, sweep);
    const at = history.offset + i;
    if (value !== null) {
      store.streams.putObjective(run.id, at, value);
      best = best === null ? value : better(best, value);
    } else if (at < run.historyLines) store.streams.dropObjective(run.id, at);
  });
  // A line that is written again may take back the value that was the best.
  const isNew = history.offset >= run.historyLines && configOf(sweep).extensions.objective.kind === 'best';
  return isNew ? best : judgedValue(store, run.id, sweep);
}

/** The metric in a history line: a finite number under its flat name. Text, booleans, NaN and infinities are no values. */
export function metricValue(line: string, sweep: Pick<SweepRow, 'metricName'>): number | null {
  const name = sweep.metricName;
  // Most lines that lack the name are told apart without parsing; a name beyond ASCII may be spelled with escapes.
  if (name === null || (/^[ -~]+$/.test(name) && !line.includes(JSON.stringify(name).slice(1, -1)))) return null;
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    row = tolerant(line);
  }
  if (row === null || typeof row !== 'object' || !Object.hasOwn(row, name)) return null;
  const value = (row as Record<string, unknown>)[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function tolerant(line: string): unknown {
  try {
    const row = parseJson(line);
    if (!isObject(row)) return null;
    return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, wholeOrSame(value)]));
  } catch {
    return null;
  }
}

const wholeOrSame = (value: unknown) =>
  value !== null && typeof value === 'object' && 'value' in value ? (value as { value: unknown }).value : value;
