/** The shares of users and teams: what an admin sets, and the caps that follow. */
import { notFound, SweepdError } from '../domain/errors.ts';
import type { ShareKind } from '../domain/share.ts';
import type { ShareRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Actor, Service } from './context.ts';
import { configOf } from './sweep-config.ts';

export type { ShareRow };

/** What is set, by kind and name. Every lease asks: it is kept in memory, and read anew after each change. */
const kept = new WeakMap<Service['store'], Map<string, ShareRow>>();

function sharesOf({ store }: Service): Map<string, ShareRow> {
  const known = kept.get(store);
  if (known !== undefined) return known;
  const read = new Map(store.shares.all().map((row) => [`${row.kind} ${row.name}`, row]));
  kept.set(store, read);
  return read;
}

export const weightOf = (service: Service, kind: ShareKind, name: string): number =>
  sharesOf(service).get(`${kind} ${name}`)?.weight ?? 1;

export const listShares = (service: Service): ShareRow[] => [...sharesOf(service).values()];

/** A project's entity never changes, and every lease asks for it. */
const teams = new WeakMap<Service['store'], Map<number, string>>();

/** The team of a sweep: the entity that it belongs to. */
export function teamOf({ store }: Service, { projectId }: Pick<SweepRow, 'projectId'>): string {
  const known = teams.get(store) ?? new Map<number, string>();
  teams.set(store, known);
  const team = known.get(projectId) ?? store.projects.byId(projectId)?.entity ?? '';
  known.set(projectId, team);
  return team;
}

/**
 * Why the sweep may not have another run at once, in words; null: it may.
 * Counts live leases, so inside a unit nobody can slip past a cap.
 */
export function capReached(service: Service, sweep: SweepRow): string | null {
  const { leases } = service.store;
  const { maxParallel } = configOf(sweep).extensions;
  if (maxParallel !== null && leases.liveCount(sweep.id) >= maxParallel) {
    return `max_parallel: ${runs(maxParallel)} of the sweep at a time`;
  }
  const shares = sharesOf(service);
  if (shares.size === 0) return null;
  const user = shares.get(`user ${sweep.userName}`)?.maxParallel ?? null;
  if (user !== null && leases.liveOfUser(sweep.userName) >= user) {
    return `${sweep.userName} may have ${runs(user)} at a time`;
  }
  const entity = teamOf(service, sweep);
  const team = shares.get(`team ${entity}`)?.maxParallel ?? null;
  if (team !== null && leases.liveOfTeam(entity) >= team) return `team ${entity} may have ${runs(team)} at a time`;
  return null;
}

const runs = (count: number): string => (count === 1 ? '1 run' : `${count} runs`);

/** A run of a capped sweep ended: whoever waits for one of the sweeps under the same cap may ask again. */
export function tellFreed(service: Service, unit: Unit, sweep: SweepRow): void {
  const { maxParallel } = configOf(sweep).extensions;
  const shares = sharesOf(service);
  const isCapped = (row: ShareRow | undefined) => row !== undefined && row.maxParallel !== null;
  const shared =
    shares.size > 0 &&
    (isCapped(shares.get(`user ${sweep.userName}`)) || isCapped(shares.get(`team ${teamOf(service, sweep)}`)));
  if (maxParallel === null && !shared) return;
  const others = shared ? service.store.sweeps.running().filter((other) => sharesCap(service, sweep, other)) : [sweep];
  for (const { id } of others) unit.afterCommit(() => service.notify({ kind: 'work', sweepId: id }));
}

const sharesCap = (service: Service, a: SweepRow, b: SweepRow): boolean =>
  a.userName === b.userName || teamOf(service, a) === teamOf(service, b);

/** Runs that it has just now. */
export const runningOf = ({ store }: Service, { kind, name }: ShareRow): number =>
  kind === 'user' ? store.leases.liveOfUser(name) : store.leases.liveOfTeam(name);

export interface ShareChange {
  kind: ShareKind;
  name: string;
  weight?: number | undefined;
  /** null: no limit. */
  maxParallel?: number | null | undefined;
}

/** Sets what a user or team may have; what is left out stays. @throws SweepdError `admin_only` */
export function setShare(service: Service, actor: Actor, change: ShareChange): Promise<ShareRow> {
  expectAdmin(actor);
  const { kind } = change;
  return service.store.writer.write((unit) => {
    const before = sharesOf(service).get(`${kind} ${change.name}`);
    const row: ShareRow = {
      kind,
      name: change.name,
      weight: change.weight ?? before?.weight ?? 1,
      maxParallel: change.maxParallel === undefined ? (before?.maxParallel ?? null) : change.maxParallel,
    };
    service.store.shares.put(row);
    unit.afterCommit(() => shareChanged(service));
    return row;
  });
}

/** Back to the usual. @throws SweepdError `admin_only`, `share_not_found` */
export function deleteShare(service: Service, actor: Actor, kind: ShareKind, name: string): Promise<void> {
  expectAdmin(actor);
  return service.store.writer.write((unit) => {
    if (!service.store.shares.delete(kind, name)) throw notFound('share', `${kind}/${name}`);
    unit.afterCommit(() => shareChanged(service));
  });
}

/** A raised cap may free anybody: all who wait ask again. */
function shareChanged(service: Service): void {
  kept.delete(service.store);
  for (const { id } of service.store.sweeps.running()) service.notify({ kind: 'work', sweepId: id });
}

function expectAdmin(actor: Actor): void {
  if (actor.role !== 'admin')
    throw new SweepdError('forbidden', 'admin_only', 'Shares are set with the key of an admin.');
}
