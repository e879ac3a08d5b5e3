/** Projects and sweeps. */
import { and, eq, sql } from 'drizzle-orm';
import { firstRow } from './lean.ts';
import type { Db } from './open.ts';
import { type ProjectRow, projects, type SweepRow, sweeps } from './schema.ts';

export function projectStatements(db: Db) {
  const find = db
    .select()
    .from(projects)
    .where(and(eq(projects.entity, sql.placeholder('entity')), eq(projects.name, sql.placeholder('name'))))
    .prepare();
  const byId = db
    .select()
    .from(projects)
    .where(eq(projects.id, sql.placeholder('id')))
    .prepare();
  return {
    find: (entity: string, name: string): ProjectRow | undefined => find.get({ entity, name }),
    byId: (id: number): ProjectRow | undefined => byId.get({ id }),
    /** W&B's client names projects that nobody created: they are made on the fly. */
    ensure: (entity: string, name: string, now: number): ProjectRow =>
      find.get({ entity, name }) ?? db.insert(projects).values({ entity, name, createdAt: now }).returning().get(),
  };
}

export function sweepStatements(db: Db) {
  const byId = firstRow(db, sweeps, eq(sweeps.id, sql.placeholder('id')));
  const beat = db
    .update(sweeps)
    .set({ heartbeatAt: sql`${sql.placeholder('now')}` })
    .where(eq(sweeps.id, sql.placeholder('id')))
    .prepare();
  const countRun = db
    .update(sweeps)
    .set({
      taken: sql`taken + ${sql.placeholder('fresh')}`,
      runsMade: sql`runs_made + 1`,
      heartbeatAt: sql`${sql.placeholder('now')}`,
    })
    .where(eq(sweeps.id, sql.placeholder('id')))
    .returning({ runsMade: sweeps.runsMade })
    .prepare();
  const advance = db
    .update(sweeps)
    .set({ cursor: sql`${sql.placeholder('cursor')}` })
    .where(eq(sweeps.id, sql.placeholder('id')))
    .prepare();
  return {
    /** Counts a run that is handed out; `fresh` is 1 for a suggestion's first. @returns the run's number in its sweep */
    countRun: (id: string, fresh: 0 | 1, now: number): number => countRun.get({ id, fresh, now })?.runsMade ?? 0,
    advance: (id: string, cursor: string): void => void advance.run({ id, cursor }),
    byId: (id: string): SweepRow | undefined => byId({ id }),
    insert: (row: typeof sweeps.$inferInsert): SweepRow => db.insert(sweeps).values(row).returning().get(),
    update: (id: string, values: Partial<typeof sweeps.$inferInsert>): SweepRow | undefined =>
      db.update(sweeps).set(values).where(eq(sweeps.id, id)).returning().get(),
    beat: (id: string, now: number): void => void beat.run({ id, now }),
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
    running: (): SweepRow[] => db.select().from(sweeps).where(eq(sweeps.state, 'running')).all(),
  };
}
