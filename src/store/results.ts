/** What model-based searches learned (append-only, in order of arrival) and computed. */
import { and, asc, count, desc, eq, gt, gte } from 'drizzle-orm';
import type { Db } from './open.ts';
import { type FitRow, fits, type ResultRow, results } from './schema.ts';

export function resultStatements(db: Db) {
  const size = (sweepId: string): number =>
    db.select({ n: count() }).from(results).where(eq(results.sweepId, sweepId)).get()?.n ?? 0;
  return {
    /** Entries of a sweep so far: the number of the next one. */
    count: size,
    append: (row: Omit<ResultRow, 'number'>): void =>
      void db
        .insert(results)
        .values({ ...row, number: size(row.sweepId) })
        .run(),
    /** Entries from number `from` on. */
    from: (sweepId: string, from: number): ResultRow[] =>
      db
        .select()
        .from(results)
        .where(and(eq(results.sweepId, sweepId), gte(results.number, from)))
        .orderBy(asc(results.number))
        .all(),
    lastOfRun: (runId: number): ResultRow | undefined =>
      db.select().from(results).where(eq(results.runId, runId)).orderBy(desc(results.number)).limit(1).get(),
  };
}

export function fitStatements(db: Db) {
  const last = (sweepId: string): FitRow | undefined =>
    db.select().from(fits).where(eq(fits.sweepId, sweepId)).orderBy(desc(fits.number)).limit(1).get();
  return {
    last,
    append: (row: Omit<FitRow, 'number'>): FitRow =>
      db
        .insert(fits)
        .values({ ...row, number: (last(row.sweepId)?.number ?? -1) + 1 })
        .returning()
        .get(),
    at: (sweepId: string, number: number): FitRow | undefined =>
      db
        .select()
        .from(fits)
        .where(and(eq(fits.sweepId, sweepId), eq(fits.number, number)))
        .get(),
    /** Those after number `after`, at most `limit`, oldest first. */
    list: (sweepId: string, after: number, limit: number): FitRow[] =>
      db
        .select()
        .from(fits)
        .where(and(eq(fits.sweepId, sweepId), gt(fits.number, after)))
        .orderBy(asc(fits.number))
        .limit(limit)
        .all(),
  };
}
