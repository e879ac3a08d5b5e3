/** Projects and sweeps. */
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { change, firstRow } from './lean.ts';
import type { Db } from './open.ts';
import { type ProjectRow, projects, type SweepRow, sweeps } from './schema.ts';

export function projectStatements(db: Db) {
  const find = firstRow(
    db,
    projects,
    and(eq(projects.entity, sql.placeholder('entity')), eq(projects.name, sql.placeholder('name'))),
  );
  const byId = firstRow(db, projects, eq(projects.id, sql.placeholder('id')));
  return {
    find: (entity: string, name: string): ProjectRow | undefined => find({ entity, name }),
    byId: (id: number): ProjectRow | undefined => byId({ id }),
    /** W&B's client names projects that nobody created: they are made on the fly. */
    ensure: (entity: string, name: string, now: number): ProjectRow =>
      find({ entity, name }) ?? db.insert(projects).values({ entity, name, createdAt: now }).returning().get(),
  };
}

export function sweepStatements(db: Db) {
  const byId = firstRow(db, sweeps, eq(sweeps.id, sql.placeholder('id')));
  const beat = change(
    db,
    db
      .update(sweeps)
      .set({ heartbeatAt: sql`${sql.placeholder('now')}` })
      .where(eq(sweeps.id, sql.placeholder('id'))),
  );
  const countRun = change(
    db,
    db
      .update(sweeps)
      .set({
        taken: sql`taken + ${sql.placeholder('fresh')}`,
        runsMade: sql`runs_made + 1`,
        heartbeatAt: sql`${sql.placeholder('now')}`,
      })
      .where(and(eq(sweeps.id, sql.placeholder('id')), eq(sweeps.runsMade, sql.placeholder('runsMade')))),
  );
  const advance = change(
    db,
    db
      .update(sweeps)
      .set({ cursor: sql`${sql.placeholder('cursor')}` })
      .where(eq(sweeps.id, sql.placeholder('id'))),
  );
  const timed = db
    .select()
    .from(sweeps)
    .where(
      sql`is_timed = 1 and (state = 'running' or exists (select 1 from leases where leases.sweep_id = sweeps.id and leases.state = 'live'))`,
    )
    .prepare();
  return {
    /**
     * Counts a run that is handed out; `fresh` is 1 for a suggestion's first.
     * @param sweep as it is stored now
     * @returns the run's number in its sweep
     */
    countRun: (sweep: SweepRow, fresh: 0 | 1, now: number): number => {
      const { id, runsMade } = sweep;
      if (countRun({ id, runsMade, fresh, now }).changes === 1) return runsMade + 1;
      throw new Error(`Sweep ${id} was read before another run of it was counted.`);
    },
    advance: (id: string, cursor: string): void => void advance({ id, cursor }),
    byId: (id: string): SweepRow | undefined => byId({ id }),
    /** Running sweeps into which a local controller has written. */
    controlled: (): SweepRow[] =>
      db
        .select()
        .from(sweeps)
        .where(and(eq(sweeps.state, 'running'), isNotNull(sweeps.controller)))
        .all(),
    insert: (row: typeof sweeps.$inferInsert): SweepRow => db.insert(sweeps).values(row).returning().get(),
    update: (id: string, values: Partial<typeof sweeps.$inferInsert>): SweepRow | undefined =>
      db.update(sweeps).set(values).where(eq(sweeps.id, id)).returning().get(),
    beat: (id: string, now: number): void => void beat({ id, now }),
    delete: (id: string): void => void db.delete(sweeps).where(eq(sweeps.id, id)).run(),
    /** Guarded by the old state, so that two who move it at once cannot both believe they did. */
    move: (
      id: string,
      from: SweepRow['state'],
      to: SweepRow['state'],
      values: Partial<typeof sweeps.$inferInsert>,
    ): SweepRow | undefined =>
      db
        .update(sweeps)
        .set({ ...values, state: to })
        .where(and(eq(sweeps.id, id), eq(sweeps.state, from)))
        .returning()
        .get(),
    /** Those whose stop rules look at the clock, and that are running or have a live run. */
    timed: (): SweepRow[] => timed.all(),
    /** Oldest first. */
    runningInPool: (pool: string): SweepRow[] =>
      db
        .select()
        .from(sweeps)
        .where(and(eq(sweeps.pool, pool), sql`state = 'running'`))
        .orderBy(sweeps.createdAt, sweeps.id)
        .all(),
    running: (): SweepRow[] => db.select().from(sweeps).where(eq(sweeps.state, 'running')).all(),
  };
}
