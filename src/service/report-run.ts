/**
 * A program says that it runs (`wandb.init`), or changes what is written about its run. W&B's rule for every field: null means
 * "leave as it is"; `config` replaces the whole config.
 */
import { begun as begunRun, isLive } from '../domain/run.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import { type BranchPoint, copyRows, forkSource } from './branch-run.ts';
import type { Actor, Service } from './context.ts';
import { displayName } from './display-name.ts';
import { beginOrRevive, renewLease } from './revive-run.ts';

export interface RunFields {
  displayName?: string | null;
  notes?: string | null;
  config?: string | null;
  summary?: string | null;
  tags?: readonly string[] | null;
  groupName?: string | null;
  jobType?: string | null;
  host?: string | null;
  gitCommit?: string | null;
  gitRemote?: string | null;
  program?: string | null;
}

export interface ReportRun {
  entity?: string | null;
  project?: string | null;
  name: string;
  sweepId?: string | null;
  fields: RunFields;
  /** The program begins (it names its host), as against a later change of single fields. */
  begins: boolean;
  /** It goes on with what it had logged before (`resume=`). */
  resumes: boolean;
  /** A new run that begins with a copy of another's rows. */
  fork?: BranchPoint | null;
}

export function reportRun(
  service: Service,
  actor: Actor,
  input: ReportRun,
): Promise<{ run: RunRow; inserted: boolean }> {
  const { store, settings } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const project = store.projects.ensure(input.entity || settings.entity, input.project || 'uncategorized', now);
    const known = store.runs.byName(project.id, input.name);
    if (known !== undefined) return { run: updateRun(service, unit, known, input, now), inserted: false };
    const sweep = input.sweepId ? store.sweeps.byId(input.sweepId) : undefined;
    const source = input.fork ? forkSource(service, project.id, input.fork) : undefined;
    const run = insertRun(service, unit, actor, project.id, sweep, input, now);
    if (source === undefined || !input.fork) return { run, inserted: true };
    return { run: copyRows(service, unit, source, input.fork.step, run, now), inserted: true };
  });
}

/** A run that no suggestion of ours made: outside any sweep, or a program that named the sweep by itself. */
function insertRun(
  service: Service,
  unit: Unit,
  actor: Actor,
  projectId: number,
  sweep: SweepRow | undefined,
  input: ReportRun,
  now: number,
): RunRow {
  const { store } = service;
  const run = store.runs.insert({
    projectId,
    name: input.name,
    sweepId: sweep?.projectId === projectId ? sweep.id : null,
    userName: actor.userName,
    state: 'running',
    createdAt: now,
    updatedAt: now,
    begunAt: now,
    heartbeatAt: now,
    ...columns(input.fields),
    displayName: input.fields.displayName || displayName(store.runs.nextSequence()),
  });
  renewLease(service, run, now);
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return run;
}

function updateRun(service: Service, unit: Unit, known: RunRow, input: ReportRun, now: number): RunRow {
  const { store } = service;
  const values: Parameters<typeof store.runs.update>[1] = { ...columns(input.fields), updatedAt: now };
  let run = known;
  if (input.begins) {
    // The same id again without `resume`: the client counts its steps from 0, so what it logs would mix with what is there.
    // What is there goes only when the first new line arrives: this process may die before it has one.
    if (!input.resumes && known.historyLines > 0 && !isLive(known.state)) values.restarted = true;
    run = comeBack(service, unit, run, now);
  }
  run = store.runs.update(run.id, values) ?? run;
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  return run;
}

/** A program begins under the id of a run that exists: handed out, given up, or ended long ago and resumed. */
function comeBack(service: Service, unit: Unit, run: RunRow, now: number): RunRow {
  const { store } = service;
  const begun = beginOrRevive(service, unit, run, now);
  if (begun.state !== 'finished' && begun.state !== 'failed' && begun.state !== 'killed') {
    store.leases.extend(run.id, now + service.settings.leaseMs);
    return begun;
  }
  if (begun.supersededAt !== null) return begun;
  const resumed = begunRun(begun, now);
  if (!store.runs.save(begun, resumed)) return begun;
  renewLease(service, resumed, now);
  // It was stopped between the hand-out and its first call: it has only now come to where it can hear of that.
  if (begun.begunAt === null) return resumed;
  return (
    store.runs.update(run.id, {
      stopRequestedAt: null,
      stopReason: null,
      stopSentAt: null,
      stopAtOnce: false,
      // Rules about time count from now on, not from the run's first beginning.
      resumedAt: now,
    }) ?? resumed
  );
}

function columns(fields: RunFields): Partial<RunRow> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    values[name] = name === 'tags' ? JSON.stringify(value) : value;
  }
  return values as Partial<RunRow>;
}

/** Changes what is written about a run that is known by its row, as `Api().run(...).update()` does. */
export function editRun(service: Service, runId: number, fields: RunFields): Promise<RunRow | undefined> {
  return service.store.writer.write((unit) => {
    const run = service.store.runs.update(runId, { ...columns(fields), updatedAt: service.clock.now() });
    if (run) unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
    return run;
  });
}
