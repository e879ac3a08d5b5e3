/**
 * Sweeps with `controller: {type: local}`: a program of W&B's client does the searching and writes what it wants into the sweep; the
 * server only hands out and reports back. Never searches by itself.
 *
 * - `controller` (theirs): `{"schedule": [{"id", "data": {"args": {name: {value}} | null}}], "earlystop": [run ids]}`; args null: the
 *   search is over.
 * - `scheduler` (ours): `{"scheduled": [{"id", "runid"}]}`; it grows, and no entry is ever dropped.
 */
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson, writeJson } from '../domain/json.ts';
import { pointKey } from '../space/index.ts';
import type { RunRow, SuggestionRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';

/** The method of a suggestion that came from a local controller. */
export const localMethod = 'local';

interface ScheduleEntry {
  id: string;
  /** null: nothing more will come. */
  args: JsonObject | null;
}

/** Makes suggestions of the entries that have none yet. @returns how many */
export function queueScheduled(service: Service, sweep: SweepRow, now: number): number {
  const known = BigInt(sweep.cursor);
  const fresh = schedule(sweep).filter((entry) => entry.args !== null && !scheduledIds(sweep).has(entry.id));
  let made = 0;
  for (const entry of fresh) {
    const point = unwrap(entry.args ?? jsonObject());
    const ordinal = Number(known) + made;
    // The id rides in the key: it is what the answer to the controller must name.
    const key = `${entry.id} ${pointKey(point)}`;
    service.store.suggestions.insertReady({
      sweepId: sweep.id,
      ordinal,
      parameters: writeJson(point),
      pointKey: key,
      method: localMethod,
      createdAt: now,
    });
    made++;
  }
  if (made > 0) {
    service.store.sweeps.advance(sweep.id, (known + BigInt(made)).toString());
    const entries = fresh.map((entry) => ({ id: entry.id, runid: null }));
    writeScheduled(service, sweep, [...scheduled(sweep), ...entries]);
  }
  return made;
}

/** Tells the controller which run its entry became. */
export function reportScheduled(service: Service, sweepId: string, suggestion: SuggestionRow, run: RunRow): void {
  const sweep = service.store.sweeps.byId(sweepId);
  if (sweep === undefined) return;
  const id = suggestion.pointKey.split(' ')[0] ?? '';
  const entries = scheduled(sweep).map((entry) => (entry.id === id ? { id, runid: run.name } : entry));
  writeScheduled(service, sweep, entries);
}

/** Whether the controller has said that nothing more will come, and everything that it asked for was handed out. */
export function controllerIsDone(sweep: SweepRow): boolean {
  const entries = schedule(sweep);
  const started = new Set(scheduled(sweep).flatMap((entry) => (entry.runid === null ? [] : [entry.id])));
  return (
    entries.some((entry) => entry.args === null) &&
    entries.every((entry) => entry.args === null || started.has(entry.id))
  );
}

/** Asks the runs that the controller wants to end to stop. Runs inside a unit. */
export function stopEarly(service: Service, unit: Unit, sweep: SweepRow, now: number): void {
  const { store } = service;
  const names = read(sweep.controller).earlystop;
  for (const name of Array.isArray(names) ? names : []) {
    const run = typeof name === 'string' ? store.runs.byName(sweep.projectId, name) : undefined;
    if (run === undefined || run.sweepId !== sweep.id || run.stopRequestedAt !== null || run.endedAt !== null) continue;
    store.runs.update(run.id, { stopRequestedAt: now, stopReason: 'stopped by the local controller' });
    unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: sweep.id }));
  }
}

/** The text that the controller reads: without the entries that no agent has taken yet. */
export function schedulerText(sweep: SweepRow): string | null {
  if (sweep.scheduler === null) return null;
  const started = scheduled(sweep).filter((entry) => entry.runid !== null);
  return JSON.stringify({ scheduled: started });
}

function schedule(sweep: SweepRow): ScheduleEntry[] {
  const entries = read(sweep.controller).schedule;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry) => {
    if (!isObject(entry) || !isObject(entry.data)) return [];
    const { args } = entry.data;
    return [{ id: String(entry.id), args: isObject(args) ? args : null }];
  });
}

interface Scheduled {
  id: string;
  runid: string | null;
}

function scheduled(sweep: SweepRow): Scheduled[] {
  const entries = read(sweep.scheduler).scheduled;
  if (!Array.isArray(entries)) return [];
  return entries
    .filter(isObject)
    .map((entry) => ({ id: String(entry.id), runid: typeof entry.runid === 'string' ? entry.runid : null }));
}

const scheduledIds = (sweep: SweepRow) => new Set(scheduled(sweep).map((entry) => entry.id));

function writeScheduled(service: Service, sweep: SweepRow, entries: readonly Scheduled[]): void {
  service.store.sweeps.update(sweep.id, { scheduler: JSON.stringify({ scheduled: entries }) });
}

function read(text: string | null): Record<string, JsonValue> {
  if (text === null) return {};
  try {
    const value = parseJson(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function unwrap(args: JsonObject): JsonObject {
  const point = jsonObject();
  for (const [name, entry] of Object.entries(args)) {
    point[name] = isObject(entry) && 'value' in entry ? (entry.value ?? null) : entry;
  }
  return point;
}
