/**
 * Where points come from inside the transaction that hands out: grid and random are topped up from a cursor and a seeded draw. A
 * model-based search has its points made ahead (model-search.ts); where none is ready, a point that fills the space evenly stands in.
 */
import { fromPlain, writeJson } from '../domain/json.ts';
import { drawPoint, evenPoint, gridPoint, pointKey, spaceSize } from '../space/index.ts';
import type { SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { controllerIsDone, queueScheduled } from './local-controller.ts';
import { configOf } from './sweep-config.ts';

/** Points made ahead at least; more where more agents are alive. */
const aheadAtLeast = 8;

/**
 * Makes suggestions until enough are ready: twice the live agents, at least 8, never beyond run_cap or the grid's end. Runs
 * inside a unit of the writer.
 * @returns how many were made
 */
export function topUp(service: Service, sweep: SweepRow, now: number): number {
  const { store, settings } = service;
  const config = configOf(sweep);
  if (config.controller === 'local') return queueScheduled(service, sweep, now);
  if (config.method === 'custom') return 0;
  if (config.method === 'bayes') return standIn(service, sweep, now);
  const fresh = store.suggestions.countFresh(sweep.id);
  const liveAgents = store.agents.liveCount(sweep.id, now - settings.leaseMs);
  let wanted = Math.max(aheadAtLeast, 2 * liveAgents) - fresh;
  if (sweep.runCap !== null) wanted = Math.min(wanted, sweep.runCap - sweep.taken - fresh);
  const start = BigInt(sweep.cursor);
  if (sweep.size !== null) {
    const left = BigInt(sweep.size) - start;
    if (left < BigInt(Math.max(wanted, 0))) wanted = Number(left);
  }
  if (wanted <= 0) return 0;
  for (let i = 0; i < wanted; i++) {
    const index = start + BigInt(i);
    const seed = BigInt(sweep.seed);
    const point = config.method === 'grid' ? gridPoint(config, index, seed) : drawPoint(config, seed, Number(index));
    store.suggestions.insertReady({
      sweepId: sweep.id,
      ordinal: Number(index),
      parameters: writeJson(point),
      pointKey: pointKey(point),
      method: config.method === 'grid' ? 'grid' : 'random',
      createdAt: now,
    });
  }
  store.sweeps.advance(sweep.id, (start + BigInt(wanted)).toString());
  return wanted;
}

/** Even points that may meet known ones before a search that has no model counts as used up. */
const mostTries = 10_000;

/** One point of a model-based search for which nobody could wait longer. @returns 1, or 0 where there is none left */
function standIn(service: Service, sweep: SweepRow, now: number): number {
  const { store } = service;
  if (sweep.runCap !== null && sweep.taken >= sweep.runCap) return 0;
  const config = configOf(sweep);
  const seed = BigInt(sweep.seed);
  const ordinal = Number(sweep.cursor);
  const isCountable = spaceSize(config) !== null;
  const known = store.suggestions.keys(sweep.id);
  for (let tries = 0; tries < mostTries; tries++) {
    const point = evenPoint(config, seed, isCountable ? tries : ordinal + tries);
    if (point === null) return 0;
    const key = pointKey(point);
    if (known.has(key)) continue;
    const reason = store.fits.last(sweep.id)?.failure ?? 'no model was ready in time';
    const explanation = writeJson(
      fromPlain({
        method: 'quasi_random',
        fallback: true,
        reason,
        results: store.results.count(sweep.id),
        seed: sweep.seed,
      }),
    );
    const row = { sweepId: sweep.id, ordinal, parameters: writeJson(point), pointKey: key, method: 'quasi_random' };
    store.suggestions.insertSearched({ ...row, basis: 0, explanation, createdAt: now });
    store.sweeps.advance(sweep.id, String(ordinal + 1));
    return 1;
  }
  return 0;
}

/** Whether the search has no further point to make: the grid's end or run_cap. What is ready or running may still go on. */
export function searchIsOver(sweep: SweepRow): string | null {
  const config = configOf(sweep);
  if (config.controller === 'local') return controllerIsDone(sweep) ? 'the local controller is done' : null;
  if (sweep.runCap !== null && sweep.taken >= sweep.runCap) return `run_cap of ${sweep.runCap} reached`;
  if (config.method === 'bayes') {
    const size = spaceSize(config);
    return size !== null && BigInt(sweep.taken) >= size ? `all ${size} points handed out` : null;
  }
  if (sweep.size !== null && BigInt(sweep.cursor) >= BigInt(sweep.size)) {
    return `all ${sweep.size} points handed out`;
  }
  return null;
}
