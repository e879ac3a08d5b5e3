/**
 * What a model-based search learns from: an entry for every end of a run, in the transaction that ends it. Entries are only ever added, so
 * the first n of them say for ever what a computation on n entries saw.
 */
import { isObject, numberOf, parseJson, writeJson } from '../domain/json.ts';
import { isLive } from '../domain/run.ts';
import { pointOfWire } from '../space/index.ts';
import type { ResultRow, RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { configOf } from './sweep-config.ts';

/** Whether sweepd's own optimizer chooses the points of a sweep. */
export function isModelBased(sweep: SweepRow): boolean {
  const { method, controller } = configOf(sweep);
  return method === 'bayes' && controller !== 'local';
}

/** Runs inside a unit. @param run as it ended; one whose point goes to another agent is no result */
export function recordResult(service: Service, unit: Unit, sweep: SweepRow, run: RunRow): void {
  if (!isModelBased(sweep) || isLive(run.state) || run.supersededAt !== null) return;
  const entry = resultOf(service, sweep, run);
  if (entry === null) return;
  service.store.results.append(entry);
  unit.afterCommit(() => service.notify({ kind: 'search', sweepId: sweep.id }));
}

/** A run that was deleted counts no more. Runs inside a unit. */
export function forgetResult(service: Service, unit: Unit, runId: number): void {
  const { results } = service.store;
  const known = results.lastOfRun(runId);
  if (known === undefined || known.state === 'deleted') return;
  results.append({ ...known, value: null, state: 'deleted', isStopped: false });
  unit.afterCommit(() => service.notify({ kind: 'search', sweepId: known.sweepId }));
}

/** An ended run as an entry; null for one that was preempted, since it goes on. */
export function resultOf(service: Service, sweep: SweepRow, run: RunRow): Omit<ResultRow, 'number'> | null {
  const { state } = run;
  if (state !== 'finished' && state !== 'failed' && state !== 'crashed' && state !== 'killed') return null;
  const suggestion = run.suggestionId === null ? undefined : service.store.suggestions.byId(run.suggestionId);
  return {
    sweepId: sweep.id,
    runId: run.id,
    parameters: suggestion?.parameters ?? ownParameters(run),
    value: judgedValue(sweep, run),
    state,
    isStopped: run.stopRequestedAt !== null,
  };
}

/** A run that named the sweep by itself has only its config to say what it tried. */
function ownParameters({ config }: RunRow): string {
  const given = parseJson(config);
  return isObject(given) ? writeJson(pointOfWire(given)) : '{}';
}

/** The value that the sweep's `objective` takes from the history; a run that logged no rows may name it in its summary. */
function judgedValue(sweep: SweepRow, run: RunRow): number | null {
  const named = summaryValue(sweep, run);
  if (run.bestValue === null || named === null || configOf(sweep).extensions.objective.kind !== 'best') {
    return run.bestValue ?? named;
  }
  return sweep.metricGoal === 'maximize' ? Math.max(run.bestValue, named) : Math.min(run.bestValue, named);
}

function summaryValue({ metricName }: SweepRow, { summary }: RunRow): number | null {
  if (metricName === null) return null;
  const given = parseJson(summary);
  if (!isObject(given) || !Object.hasOwn(given, metricName)) return null;
  const value = numberOf(given[metricName]);
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Entries of the searches that computed last: they never change, and reading 1,000 of them anew for every fit took 10 ms (2026-11-26). */
const kept = new WeakMap<Service['store'], Map<string, ResultRow[]>>();
/** In all searches together; about a kilobyte each. */
const mostKept = 50_000;

/**
 * All entries of a search so far. Not inside a unit: what it wrote may yet be taken back.
 * @returns the list that is kept: not to be changed, and longer the next time
 */
export function learnedResults({ store }: Pick<Service, 'store'>, sweepId: string): readonly ResultRow[] {
  const bySweep = kept.get(store) ?? new Map<string, ResultRow[]>();
  kept.set(store, bySweep);
  const known = bySweep.get(sweepId) ?? [];
  const last = known.at(-1);
  const rows = store.results.from(sweepId, last?.number ?? 0);
  // A sweep that was deleted may come back under its id, from a bundle. The number of a run never does.
  const isSame = last === undefined || rows[0]?.runId === last.runId;
  const all = isSame ? known : store.results.from(sweepId, 0);
  if (isSame) for (const row of last === undefined ? rows : rows.slice(1)) all.push(row);
  bySweep.delete(sweepId);
  bySweep.set(sweepId, all);
  let size = [...bySweep.values()].reduce((sum, { length }) => sum + length, 0);
  for (const [id, { length }] of bySweep) {
    if (size <= mostKept || id === sweepId) break;
    bySweep.delete(id);
    size -= length;
  }
  return all;
}

/** The entries that count after the first `basis` of them, in the order of their arrival. */
export function standingResults(rows: readonly ResultRow[], basis: number): ResultRow[] {
  const standing = new Map<number, ResultRow>();
  for (const row of rows.slice(0, basis)) {
    // Taken out first, so that an end that replaces another stands where it arrived.
    standing.delete(row.runId);
    if (row.state !== 'deleted') standing.set(row.runId, row);
  }
  return [...standing.values()];
}
