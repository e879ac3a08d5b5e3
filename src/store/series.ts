/** Down-sampled metrics of long runs, and the packing of chunks that are no longer written to. */
import { and, asc, eq, gt, inArray, lte, max, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import type { StoredLines } from './packed-lines.ts';
import { chunks, type Stream, series, seriesRuns } from './schema.ts';

export interface Chunk extends StoredLines {
  id: number;
  runId: number;
  stream: Stream;
  offset: number;
  count: number;
}

export function seriesStatements(db: Db) {
  return {
    /** How many lines, from the first on, the series of the run hold. */
    lines: (runId: number): number => db.select().from(seriesRuns).where(eq(seriesRuns.runId, runId)).get()?.lines ?? 0,
    find: (runId: number, key: string): Buffer | undefined =>
      db
        .select({ points: series.points })
        .from(series)
        .where(and(eq(series.runId, runId), eq(series.key, key)))
        .get()?.points,
    all: (runId: number): { key: string; points: Buffer }[] =>
      db.select({ key: series.key, points: series.points }).from(series).where(eq(series.runId, runId)).all(),
    clear: (runId: number): void => {
      db.delete(series).where(eq(series.runId, runId)).run();
      db.delete(seriesRuns).where(eq(seriesRuns.runId, runId)).run();
    },
    put: (runId: number, lines: number, points: ReadonlyMap<string, Buffer>): void => {
      for (const [key, value] of points) {
        db.insert(series)
          .values({ runId, key, points: value })
          .onConflictDoUpdate({ target: [series.runId, series.key], set: { points: value } })
          .run();
      }
      db.insert(seriesRuns)
        .values({ runId, lines })
        .onConflictDoUpdate({ target: seriesRuns.runId, set: { lines } })
        .run();
    },
  };
}

export function packingStatements(db: Db) {
  return {
    newestChunk: (): number =>
      db
        .select({ id: max(chunks.id) })
        .from(chunks)
        .get()?.id ?? 0,
    /** Chunks with `after < id <= to`, in the order in which they came. */
    chunks: (after: number, to: number, most: number): Chunk[] =>
      db
        .select()
        .from(chunks)
        .where(and(gt(chunks.id, after), lte(chunks.id, to)))
        .orderBy(asc(chunks.id))
        .limit(most)
        .all(),
    /**
     * Puts new chunks in the place of old ones, if all of those are still there.
     * @returns whether they were
     */
    replace: (ids: readonly number[], by: readonly Chunk[]): boolean => {
      const those = inArray(chunks.id, [...ids]);
      const found = db.select({ n: sql<number>`count(*)` }).from(chunks).where(those).get()?.n ?? 0;
      if (found !== ids.length) return false;
      db.delete(chunks).where(those).run();
      for (const chunk of by) db.insert(chunks).values(chunk).run();
      return true;
    },
  };
}
