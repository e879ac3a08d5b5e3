/** Where the lines of a shared run's writers are among the lines of the run. */
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { chunks, type Stream, writerLines } from './schema.ts';

export type WriterLines = typeof writerLines.$inferSelect;

export function writerStatements(db: Db) {
  const ofStream = (runId: number, stream: Stream) => and(eq(writerLines.runId, runId), eq(writerLines.stream, stream));
  return {
    /** What is known of the writer's lines [from, to), in their order. */
    segments: (runId: number, stream: Stream, writer: string, from: number, to: number): WriterLines[] =>
      db
        .select()
        .from(writerLines)
        .where(
          and(
            ofStream(runId, stream),
            eq(writerLines.writer, writer),
            sql`"offset" < ${to} and "offset" + "count" > ${from}`,
          ),
        )
        .orderBy(writerLines.offset)
        .all(),
    /** The first line of the run's stream behind all that anyone wrote. */
    nextLine: (runId: number, stream: Stream): number =>
      db
        .select({ next: sql<number | null>`max("offset" + "count")` })
        .from(chunks)
        .where(and(eq(chunks.runId, runId), eq(chunks.stream, stream)))
        .get()?.next ?? 0,
    add: (row: WriterLines): void => void db.insert(writerLines).values(row).run(),
  };
}
