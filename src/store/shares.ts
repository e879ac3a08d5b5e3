/** Shares of users and teams, and what each has had of a pool. */
import { and, eq } from 'drizzle-orm';
import type { ShareKind } from '../domain/share.ts';
import type { Db } from './open.ts';
import { type ShareRow, shares, type VirtualTimeRow, virtualTimes } from './share-schema.ts';

export function shareStatements(db: Db) {
  return {
    all: (): ShareRow[] => db.select().from(shares).orderBy(shares.kind, shares.name).all(),
    put: (row: ShareRow): void =>
      void db
        .insert(shares)
        .values(row)
        .onConflictDoUpdate({
          target: [shares.kind, shares.name],
          set: { weight: row.weight, maxParallel: row.maxParallel },
        })
        .run(),
    delete: (kind: ShareKind, name: string): boolean =>
      db
        .delete(shares)
        .where(and(eq(shares.kind, kind), eq(shares.name, name)))
        .run().changes > 0,
    /** Pools that have running sweeps or agents, by name. */
    pools: (): string[] =>
      db.$client
        .prepare<[], string>(
          "select pool from sweeps where state = 'running' union select pool from agents where kind = 'pool' order by pool",
        )
        .pluck()
        .all(),
    virtualTimes: (pool: string): VirtualTimeRow[] =>
      db.select().from(virtualTimes).where(eq(virtualTimes.pool, pool)).all(),
    putVirtualTime: (row: VirtualTimeRow): void =>
      void db
        .insert(virtualTimes)
        .values(row)
        .onConflictDoUpdate({
          target: [virtualTimes.pool, virtualTimes.team, virtualTimes.userName],
          set: { virtualTime: row.virtualTime, isEligible: row.isEligible },
        })
        .run(),
  };
}
