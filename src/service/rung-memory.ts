/**
 * The losses at each rung, sorted, in memory: ranks and thresholds cost a binary search instead of a walk through an index. The
 * truth is the table `rung_losses`; the sweep's version counter in the same transaction says whether what is kept here is still
 * that. Whoever changes the table does it through here; a unit that is rolled back leaves a version that nobody has, and what is
 * kept is read anew.
 */
import { createSortedValues, type SortedValues } from '../domain/sorted-values.ts';
import type { RunRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Service } from './context.ts';

interface SweepMemory {
  version: number;
  rungs: Map<string, SortedValues>;
}

const memories = new WeakMap<Store, Map<string, SweepMemory>>();
/** A rung of 10,000 runs takes 80 kB. */
const mostSweeps = 100;

export interface RungMemory {
  /** The losses of all runs that reached the rung. */
  losses(rule: string, rung: number): SortedValues;
  /** Writes the loss that a run left at a rung. @param before what it had left there; null where it is there for the first time */
  put(runId: number, rule: string, rung: number, loss: number, before: number | null): void;
  drop(runId: number, rule: string, rung: number, before: number): void;
}

/** @param sweepId one whose progress is kept */
export function rungMemory(service: Service, sweepId: string): RungMemory {
  const { store } = service;
  const memory = memoryOf(store, sweepId, store.rungs.version(sweepId));
  const losses = (rule: string, rung: number): SortedValues => {
    const key = `${rung} ${rule}`;
    const known = memory.rungs.get(key);
    if (known !== undefined) return known;
    const read = createSortedValues(store.rungs.lossesAt(sweepId, rule, rung));
    memory.rungs.set(key, read);
    return read;
  };
  const changed = () => {
    memory.version++;
    store.rungs.setVersion(sweepId, memory.version);
  };
  return {
    losses,
    put: (runId, rule, rung, loss, before) => {
      const sorted = losses(rule, rung);
      store.rungs.put({ runId, sweepId, rule, rung, loss });
      if (before !== null) sorted.remove(before);
      sorted.insert(loss);
      changed();
    },
    drop: (runId, rule, rung, before) => {
      const sorted = losses(rule, rung);
      store.rungs.drop(runId, rule, rung);
      sorted.remove(before);
      changed();
    },
  };
}

function memoryOf(store: Store, sweepId: string, version: number): SweepMemory {
  const sweeps = memories.get(store) ?? new Map<string, SweepMemory>();
  memories.set(store, sweeps);
  const known = sweeps.get(sweepId);
  if (known?.version === version) return known;
  const memory: SweepMemory = { version, rungs: new Map() };
  sweeps.set(sweepId, memory);
  if (sweeps.size > mostSweeps) sweeps.delete(sweeps.keys().next().value ?? '');
  return memory;
}

/** Before a run is deleted, or begins anew: what it left at rungs goes with its rows. */
export function forgetRun(service: Service, run: RunRow): void {
  const { store } = service;
  store.decisions.clearRun(run.id);
  if (run.sweepId === null) return;
  const progress = store.rungs.progress(run.sweepId);
  if (progress === undefined) return;
  store.rungs.clearRun(run.id);
  forgetSweep(service, run.sweepId, progress.version + 1);
}

/** After the table was changed in bulk. @param version one that the sweep never had */
export function forgetSweep(service: Service, sweepId: string, version: number): void {
  service.store.rungs.setVersion(sweepId, version);
  memories.get(service.store)?.delete(sweepId);
}
