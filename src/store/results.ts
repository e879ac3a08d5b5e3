/** What model-based searches learned (append-only, in order of arrival) and computed. */
import { and, asc, desc, eq, gt, gte, sql } from 'drizzle-orm';
import { allRows, firstRow, firstValue } from './lean.ts';
import type { Db } from './open.ts';
import { type FitRow, fits, type ResultRow, results } from './schema.ts';

export function resultStatements(db: Db) {
  const ofSweep = eq(results.sweepId, sql.placeholder('sweepId'));
  // They are numbered without gaps and never deleted one by one: the last number is cheaper to find than all are to count.
  const next = firstValue<number>(
    db,
    db.select({ n: sql<number>`coalesce(max(number) + 1, 0)` }).from(results).where(ofSweep),
  );
  const from = allRows(
    db,
    results,
    sql`${ofSweep} and ${gte(results.number, sql.placeholder('from'))}`,
    asc(results.number),
  );
  const size = (sweepId: string): number => next({ sweepId }) ?? 0;
  return {
    /** Entries of a sweep so far: the number of the next one. */
    count: size,
    append: (row: Omit<ResultRow, 'number'>): void =>
      void db
        .insert(results)
        .values({ ...row, number: size(row.sweepId) })
        .run(),
    /** Entries from number `first` on. */
    from: (sweepId: string, first: number): ResultRow[] => from({ sweepId, from: first }),
    lastOfRun: (runId: number): ResultRow | undefined =>
      db.select().from(results).where(eq(results.runId, runId)).orderBy(desc(results.number)).limit(1).get(),
  };
}

export function fitStatements(db: Db) {
  const newest = firstRow(db, fits, eq(fits.sweepId, sql.placeholder('sweepId')), desc(fits.number));
  const last = (sweepId: string): FitRow | undefined => newest({ sweepId });
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
