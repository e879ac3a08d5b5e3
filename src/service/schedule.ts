/**
 * Which sweep is next for an agent, the same for every queue: pool and tags, caps, priority, fair share, age. What an agent that asks
 * for one sweep alone gets is counted here too.
 */

import type { AgentRow, SweepRow, VirtualTimeRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import {
  admit,
  type Candidate,
  charge,
  type Fairness,
  newPoolTimes,
  orderOf,
  type PoolTimes,
  usersOf,
} from './fair-share.ts';
import { searchIsOver } from './search.ts';
import { capReached, teamOf, weightOf } from './shares.ts';
import { configOf } from './sweep-config.ts';

/** How often what was counted is written, and how often it is looked anew at who could be served. Milliseconds. */
const saveEveryMs = 1_000;
const lookEveryMs = 1_000;

/** A running sweep of a pool, and why it gets nothing just now. */
export interface Standing {
  sweep: SweepRow;
  candidate: Candidate;
  /** What its agents must have. */
  tags: readonly string[];
  /** null: it could be served. */
  why: string | null;
}

/** The running sweeps of a pool, oldest first. */
export function standings(service: Service, pool: string): Standing[] {
  return service.store.sweeps.runningInPool(pool).map((sweep) => {
    const { priority, tags } = configOf(sweep).extensions;
    const candidate = {
      sweepId: sweep.id,
      team: teamOf(service, sweep),
      user: sweep.userName,
      priority: priority ?? 0,
      createdAt: sweep.createdAt,
    };
    return { sweep, candidate, tags, why: whyNot(service, sweep) };
  });
}

function whyNot(service: Service, sweep: SweepRow): string | null {
  const cap = capReached(service, sweep);
  if (cap !== null || service.store.suggestions.hasReady(sweep.id)) return cap;
  const over = searchIsOver(sweep);
  return over === null ? null : `${over}; its runs are under way`;
}

/**
 * The sweeps that may serve this agent, the next one first. One whose search has nothing just now may be among them: whoever hands out
 * tries them in this order.
 */
export function sweepsFor(service: Service, agent: Pick<AgentRow, 'pool' | 'tags'>, now: number): SweepRow[] {
  const pool = agent.pool ?? '';
  const has = new Set(tagsOf(agent));
  const able = standings(service, pool).filter(({ why }) => why === null);
  admitNow(service, pool, able, now);
  const fit = able.filter(({ tags }) => tags.every((tag) => has.has(tag)));
  const bySweep = new Map(fit.map(({ sweep }) => [sweep.id, sweep]));
  const order = orderOf(
    timesOf(service, pool).times,
    fit.map(({ candidate }) => candidate),
  );
  return order.flatMap(({ sweepId }) => bySweep.get(sweepId) ?? []);
}

function admitNow(service: Service, pool: string, able: readonly Standing[], now: number): void {
  const kept = timesOf(service, pool);
  admit(
    kept.times,
    able.map(({ candidate }) => candidate),
  );
  kept.admittedAt = now;
}

/** Counts a lease on a run of the sweep. Runs inside the unit that makes it. */
export function countLease(service: Service, sweep: SweepRow, now: number): void {
  const team = teamOf(service, sweep);
  const kept = timesOf(service, sweep.pool);
  // Where agents of the pool are about, those who ask for one sweep must not be counted against users who have left meanwhile.
  if (kept.admittedAt !== null && now - kept.admittedAt >= lookEveryMs) {
    admitNow(
      service,
      sweep.pool,
      standings(service, sweep.pool).filter(({ why }) => why === null),
      now,
    );
  }
  const user = sweep.userName;
  charge(kept.times, { team, user }, { team: weightOf(service, 'team', team), user: weightOf(service, 'user', user) });
  if (now - kept.savedAt < saveEveryMs) return;
  kept.savedAt = now;
  for (const row of rowsOf(sweep.pool, kept.times)) service.store.shares.putVirtualTime(row);
}

export function tagsOf({ tags }: Pick<AgentRow, 'tags'>): string[] {
  return JSON.parse(tags) as string[];
}

/** What was counted in a pool so far; read from the store by the first who asks. */
export function timesOf(service: Service, pool: string): NonNullable<ReturnType<Fairness['get']>> {
  const known = service.fairness.get(pool);
  if (known !== undefined) return known;
  const times = newPoolTimes();
  for (const { team, userName, virtualTime, isEligible } of service.store.shares.virtualTimes(pool)) {
    const level = userName === '' ? times.teams : usersOf(times, team);
    level.times.set(userName === '' ? team : userName, { virtualTime, isEligible });
  }
  const read = { times, savedAt: 0, admittedAt: null };
  service.fairness.set(pool, read);
  return read;
}

function rowsOf(pool: string, { teams, users }: PoolTimes): VirtualTimeRow[] {
  const ofTeams = [...teams.times].map(([team, time]) => ({ pool, team, userName: '', ...time }));
  const ofUsers = [...users].flatMap(([team, level]) =>
    [...level.times].map(([userName, time]) => ({ pool, team, userName, ...time })),
  );
  return [...ofTeams, ...ofUsers];
}
