/**
 * Where grid and random get their points: a cursor and a seeded draw, topped up inside the transaction that hands out. Model-based
 * search is answered with seeded draws where no model has made a suggestion.
 */
import { writeJson } from '../domain/json.ts';
import { drawPoint, gridPoint, pointKey } from '../space/index.ts';
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

/** Whether the search has no further point to make: the grid's end or run_cap. What is ready or running may still go on. */
export function searchIsOver(sweep: SweepRow): string | null {
  if (configOf(sweep).controller === 'local') return controllerIsDone(sweep) ? 'the local controller is done' : null;
  if (sweep.runCap !== null && sweep.taken >= sweep.runCap) return `run_cap of ${sweep.runCap} reached`;
  if (sweep.size !== null && BigInt(sweep.cursor) >= BigInt(sweep.size)) {
    return `all ${sweep.size} points handed out`;
  }
  return null;
}
