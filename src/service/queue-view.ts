/** The queue as people look at it: what is next in each pool, who holds what, and why something waits. Changes nothing. */
import type { AgentRow, LeaseRow, RunRow, SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { admit, newPoolTimes, orderOf, type PoolTimes, type ShareLevel } from './fair-share.ts';
import { type Standing, standings, timesOf } from './schedule.ts';
import { configOf } from './sweep-config.ts';

export interface PoolView {
  name: string;
  /** Slots that were heard of within a lease period. */
  agents: number;
  next: (Standing & { ready: number; running: number })[];
  holders: Holder[];
}

export interface Holder {
  lease: LeaseRow;
  run: RunRow;
  sweep: SweepRow;
  agent: AgentRow | undefined;
}

export function viewPools(service: Service, only: string | null): PoolView[] {
  const { store, clock, settings } = service;
  const names = only === null ? store.shares.pools() : [only];
  return names.map((name) => {
    const all = standings(service, name);
    const order = inOrder(service, name, all);
    return {
      name,
      agents: store.agents.livePoolCount(name, clock.now() - settings.leaseMs),
      next: order.map((one) => ({
        ...one,
        ready: store.suggestions.countReady(one.sweep.id),
        running: store.leases.liveCount(one.sweep.id),
      })),
      holders: holdersIn(service, name),
    };
  });
}

/** Those that could be served, the next one first, then the others. Asked of a copy: looking must not change who has been waiting. */
function inOrder(service: Service, pool: string, all: readonly Standing[]): Standing[] {
  const times = copyOf(timesOf(service, pool).times);
  const able = all.filter(({ why }) => why === null);
  const candidates = able.map(({ candidate }) => candidate);
  admit(times, candidates);
  const byId = new Map(able.map((one) => [one.sweep.id, one]));
  const order = orderOf(times, candidates).flatMap(({ sweepId }) => byId.get(sweepId) ?? []);
  return [...order, ...all.filter(({ why }) => why !== null)];
}

function copyOf({ teams, users }: PoolTimes): PoolTimes {
  const copy = newPoolTimes();
  copy.teams = copyLevel(teams);
  for (const [team, level] of users) copy.users.set(team, copyLevel(level));
  return copy;
}

const copyLevel = ({ floor, times }: ShareLevel): ShareLevel => ({
  floor,
  times: new Map([...times].map(([name, time]) => [name, { ...time }])),
});

function holdersIn({ store }: Service, pool: string): Holder[] {
  return store.leases.liveInPool(pool).flatMap((lease) => {
    const run = store.runs.byId(lease.runId);
    const sweep = store.sweeps.byId(lease.sweepId);
    if (run === undefined || sweep === undefined) return [];
    return { lease, run, sweep, agent: store.agents.byId(lease.agentId) };
  });
}

/** Why none of the pool's running sweeps gives an agent with these tags a run. */
export function whyNothing(service: Service, pool: string, tags: readonly string[]) {
  return standings(service, pool).map(({ sweep, why }) => {
    const missing = configOf(sweep).extensions.tags.filter((tag) => !tags.includes(tag));
    const reason =
      why ?? (missing.length > 0 ? `it wants agents with ${missing.join(', ')}` : 'its search has no point just now');
    return { sweepId: sweep.id, why: reason };
  });
}
