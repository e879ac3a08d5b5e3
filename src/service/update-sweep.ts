/** What may change on a sweep after it exists: its state, its config, its controller's text, and its end. */
import { conflict, invalidInput, notFound, type Problem } from '../domain/errors.ts';
import { canonicalJson } from '../domain/json.ts';
import { type SweepState, sweepMayMove, sweepStates } from '../domain/sweep.ts';
import { gridSize, parseSweepConfig, type SweepConfig } from '../space/index.ts';
import type { SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { acceptConfig, searchColumns } from './create-sweep.ts';
import { endRun } from './end-run.ts';
import { judgeAgain } from './judged-value.ts';
import { stopEarly } from './local-controller.ts';
import { canceledReason } from './revive-run.ts';
import { configOf } from './sweep-config.ts';
import { restartProgress } from './sweep-progress.ts';

export interface UpdateSweep {
  id: string;
  config?: string | null;
  state?: string | null;
  displayName?: string | null;
  description?: string | null;
  controller?: string | null;
  scheduler?: string | null;
  allowViolations: boolean;
}

/** @throws SweepdError `sweep_not_found`, `invalid_config`, `invalid_state`, `wrong_transition`, `search_is_fixed` */
export async function updateSweep(
  service: Service,
  input: UpdateSweep,
): Promise<{ sweep: SweepRow; violations: Problem[]; warnings: Problem[] }> {
  const parsed = input.config ? parseSweepConfig(input.config) : null;
  const config = parsed === null ? null : acceptConfig(parsed, input.allowViolations);
  const state = input.state ? knownState(input.state) : null;
  const { store } = service;
  const sweep = await store.writer.write((unit) => {
    const now = service.clock.now();
    let row = store.sweeps.byId(input.id);
    if (row === undefined) throw notFound('sweep', input.id);
    const values: Parameters<typeof store.sweeps.update>[1] = { updatedAt: now };
    if (config !== null && input.config) {
      Object.assign(values, configChange(service, row, config, input.config));
    }
    if (input.displayName != null) values.displayName = input.displayName;
    if (input.description != null) values.description = input.description;
    if (input.controller != null) values.controller = input.controller;
    if (input.scheduler != null) values.scheduler = input.scheduler;
    const before = configOf(row).extensions.objective;
    row = store.sweeps.update(row.id, values) ?? row;
    const { objective } = configOf(row).extensions;
    if (JSON.stringify(before) !== JSON.stringify(objective)) judgeAgain(store, row);
    if (input.controller != null) stopEarly(service, unit, row, now);
    if (state !== null && state !== row.state) row = moveSweep(service, unit, row, state, now);
    unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId: input.id }));
    return row;
  });
  return { sweep, violations: parsed?.violations ?? [], warnings: parsed?.warnings ?? [] };
}

function knownState(word: string): SweepState {
  const state = sweepStates.find((known) => known === word.toLowerCase());
  if (state === undefined || state === 'pending') {
    throw invalidInput(
      'invalid_state',
      `A sweep's state may be set to running, paused, finished or canceled, not "${word}".`,
    );
  }
  return state;
}

/** A search that has handed out points keeps its method, parameters and metric: its runs would no longer be comparable. */
function configChange(service: Service, sweep: SweepRow, config: SweepConfig, text: string) {
  const { store } = service;
  const before = configOf(sweep);
  const searchChanged =
    before.method !== config.method ||
    canonicalJson(parametersOf(before)) !== canonicalJson(parametersOf(config)) ||
    before.metric?.name !== config.metric?.name ||
    before.metric?.goal !== config.metric?.goal ||
    walkOf(before) !== walkOf(config);
  if (searchChanged && store.runs.hasBegun(sweep.id)) {
    throw invalidInput(
      'search_is_fixed',
      `Sweep ${sweep.id} has runs: its method, parameters, metric name and goal, and the order of a search that ends (order, seed and unique of sweepd:) cannot change any more. Create a new sweep for them; name, description, program, command, run_cap, metric.target, early_terminate and the rest of sweepd: may still change.`,
    );
  }
  return {
    ...searchColumns(config),
    config: text,
    ...rewindSearch(service, sweep, searchChanged),
    ...(config.name === null ? {} : { displayName: config.name }),
    ...(config.description === null ? {} : { description: config.description }),
  };
}

/**
 * Points made ahead belong to the config that made them, and may lie beyond a lowered run_cap: they are made anew when somebody
 * asks. A changed search has no runs (they may have been deleted), so it begins at its beginning.
 */
function rewindSearch(service: Service, sweep: SweepRow, searchChanged: boolean): Partial<SweepRow> {
  const { suggestions } = service.store;
  if (searchChanged) {
    suggestions.deleteAll(sweep.id);
    return { cursor: '0', taken: 0 };
  }
  const first = suggestions.deleteUntaken(sweep.id);
  return first === undefined ? {} : { cursor: String(first) };
}

/** What decides which point has which number: changed half-way, it would repeat some points and skip others. */
function walkOf(config: SweepConfig): string {
  if (gridSize(config) === null) return 'draws';
  const { order, seed } = config.extensions;
  return config.method === 'random' || order === 'random' ? `shuffled by ${seed}` : 'in order';
}

function parametersOf(config: SweepConfig) {
  const { document } = config;
  return document !== null && typeof document === 'object' && !Array.isArray(document) && 'parameters' in document
    ? (document.parameters ?? null)
    : null;
}

function moveSweep(service: Service, unit: Unit, sweep: SweepRow, to: SweepState, now: number): SweepRow {
  const { store } = service;
  if (!sweepMayMove(sweep.state, to, 'user')) {
    throw conflict('wrong_transition', `Sweep ${sweep.id} is ${sweep.state}: it cannot become ${to}.`);
  }
  const over = to === 'finished' || to === 'canceled';
  const moved = store.sweeps.move(sweep.id, sweep.state, to, {
    stateReason: null,
    endedAt: over ? now : null,
    updatedAt: now,
  });
  if (moved === undefined) throw conflict('wrong_transition', `Sweep ${sweep.id} changed in between.`);
  if (over) store.suggestions.moveAll(sweep.id, 'ready', 'withdrawn');
  if (to === 'running') {
    store.suggestions.moveAll(sweep.id, 'withdrawn', 'ready');
    restartProgress(service, sweep.id);
    unit.afterCommit(() => service.notify({ kind: 'work', sweepId: sweep.id }));
  }
  if (to === 'canceled') cancelRuns(service, unit, sweep, now);
  return moved;
}

/** Running programs are told at once; what was handed out but never began has nobody to tell. */
function cancelRuns(service: Service, unit: Unit, sweep: SweepRow, now: number): void {
  for (const run of service.store.runs.requestStop(sweep.id, now, canceledReason, true)) {
    if (run.state === 'pending') endRun(service, unit, run, 'killed', null, now);
    else unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: sweep.id }));
  }
}

export function deleteSweep(service: Service, id: string): Promise<void> {
  return service.store.writer.write((unit) => {
    if (service.store.sweeps.byId(id) === undefined) throw notFound('sweep', id);
    service.store.sweeps.delete(id);
    unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId: id }));
  });
}
