/**
 * Fair share by virtual time, as fair queueing does it for packets and CFS for processes: who has had least for its weight is next.
 * Pure: the state is changed by these functions and by nothing else; schedule.ts says who is there, and keeps it.
 *
 * | symbol | in the code | meaning |
 * |---|---|---|
 * | v(i) | `virtualTime` | leases that i has had, each divided by i's weight at the time |
 * | w(i) | `weight` | i's weight, above 0 |
 * | V | `floor` | the least v of those that could be served; never falls |
 *
 * A lease: v(i) += 1/w(i). Who could not be served (no work, or a cap) and now can: v(i) = max(v(i), V), so that nobody saves up while
 * away. Two levels: teams share a pool, users share what their team gets.
 */

export interface ShareTime {
  virtualTime: number;
  isEligible: boolean;
}

export interface ShareLevel {
  floor: number;
  times: Map<string, ShareTime>;
}

export interface PoolTimes {
  teams: ShareLevel;
  /** By team. */
  users: Map<string, ShareLevel>;
}

/** By pool; the times are wall-clock milliseconds. */
export type Fairness = Map<
  string,
  {
    times: PoolTimes;
    /** When they were last written. */
    savedAt: number;
    /** When it was last looked at who could be served; null: no agent of the pool has asked since the start. */
    admittedAt: number | null;
  }
>;

/** A sweep that has work and is below every cap. */
export interface Candidate {
  sweepId: string;
  team: string;
  user: string;
  /** Higher is served first, whatever the shares say. */
  priority: number;
  createdAt: number;
}

export const newLevel = (): ShareLevel => ({ floor: 0, times: new Map() });
export const newPoolTimes = (): PoolTimes => ({ teams: newLevel(), users: new Map() });

export function usersOf(pool: PoolTimes, team: string): ShareLevel {
  const known = pool.users.get(team);
  if (known !== undefined) return known;
  const made = newLevel();
  pool.users.set(team, made);
  return made;
}

/** Says who can be served now: all of `candidates`, nobody else. */
export function admit(pool: PoolTimes, candidates: readonly Pick<Candidate, 'team' | 'user'>[]): void {
  admitLevel(pool.teams, new Set(candidates.map(({ team }) => team)));
  const users = new Map<string, Set<string>>();
  for (const { team, user } of candidates) users.set(team, (users.get(team) ?? new Set()).add(user));
  for (const team of new Set([...pool.users.keys(), ...users.keys()])) {
    admitLevel(usersOf(pool, team), users.get(team) ?? new Set());
  }
}

function admitLevel(level: ShareLevel, names: ReadonlySet<string>): void {
  const { times } = level;
  for (const [name, time] of times) time.isEligible &&= names.has(name);
  const staying = eligibleTimes(level);
  // Nobody has been waiting: all are even from here on.
  level.floor = Math.max(level.floor, staying.length > 0 ? Math.min(...staying) : most(times));
  for (const name of names) {
    const known = times.get(name);
    if (known === undefined) times.set(name, { virtualTime: level.floor, isEligible: true });
    else if (!known.isEligible) {
      known.virtualTime = Math.max(known.virtualTime, level.floor);
      known.isEligible = true;
    }
  }
}

const eligibleTimes = ({ times }: ShareLevel): number[] =>
  [...times.values()].filter((time) => time.isEligible).map((time) => time.virtualTime);

const most = (times: ShareLevel['times']): number =>
  Math.max(0, ...[...times.values()].map((time) => time.virtualTime));

/** Counts a lease, whoever chose the sweep: an agent that asks for one sweep alone takes part like any other. */
export function charge(
  pool: PoolTimes,
  of: Pick<Candidate, 'team' | 'user'>,
  weights: { team: number; user: number },
): void {
  chargeLevel(pool.teams, of.team, weights.team);
  chargeLevel(usersOf(pool, of.team), of.user, weights.user);
}

function chargeLevel(level: ShareLevel, name: string, weight: number): void {
  const time = level.times.get(name) ?? { virtualTime: level.floor, isEligible: false };
  if (!time.isEligible) time.virtualTime = Math.max(time.virtualTime, level.floor);
  time.isEligible = true;
  time.virtualTime += 1 / weight;
  level.times.set(name, time);
  level.floor = Math.max(level.floor, Math.min(...eligibleTimes(level)));
}

/**
 * The sweep that is served next: of those of the highest priority the team with the least virtual time, in it the user with the least,
 * of that user's sweeps the oldest. All candidates have been admitted.
 */
export function nextOf(pool: PoolTimes, candidates: readonly Candidate[]): Candidate | undefined {
  if (candidates.length === 0) return undefined;
  const highest = Math.max(...candidates.map(({ priority }) => priority));
  const first = candidates.filter(({ priority }) => priority === highest).sort(byAge);
  const team = leastOf(
    pool.teams,
    first.map((candidate) => candidate.team),
  );
  const ofTeam = first.filter((candidate) => candidate.team === team);
  const user = leastOf(
    usersOf(pool, team),
    ofTeam.map((candidate) => candidate.user),
  );
  return ofTeam.find((candidate) => candidate.user === user);
}

/** All of them, each where it would be served if those before it had nothing to give. */
export function orderOf(pool: PoolTimes, candidates: readonly Candidate[]): Candidate[] {
  const left = [...candidates];
  const order: Candidate[] = [];
  for (let next = nextOf(pool, left); next !== undefined; next = nextOf(pool, left)) {
    order.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return order;
}

const byAge = (a: Candidate, b: Candidate): number =>
  a.createdAt - b.createdAt || (a.sweepId < b.sweepId ? -1 : a.sweepId > b.sweepId ? 1 : 0);

/** Of equals the first: the one with the oldest sweep. */
function leastOf(level: ShareLevel, names: readonly string[]): string {
  const timeOf = (name: string) => level.times.get(name)?.virtualTime ?? level.floor;
  return names.reduce((least, name) => (timeOf(name) < timeOf(least) ? name : least), names[0] ?? '');
}
