/** A run's streams (history, events, console), its objective values, and its files' records. */
import { and, count, desc, eq, gt, max, min, sql } from 'drizzle-orm';
import { change, firstRow, firstValue, insertRows } from './lean.ts';
import type { Db } from './open.ts';
import { unpackLines } from './packed-lines.ts';
import { chunks, type FileRow, files, objectives, type Stream, seriesRuns, writerLines } from './schema.ts';

export interface WrittenLine {
  /** Its number, from 0. */
  line: number;
  text: string;
}

export function streamStatements(db: Db) {
  const insertChunk = change(
    db,
    db.insert(chunks).values({
      runId: sql.placeholder('runId'),
      stream: sql.placeholder('stream'),
      offset: sql.placeholder('offset'),
      count: sql.placeholder('count'),
      encoding: sql.placeholder('encoding'),
      text: sql.placeholder('text'),
    }),
  );
  const lastAtOffset = firstRow(
    db,
    chunks,
    and(
      eq(chunks.runId, sql.placeholder('runId')),
      eq(chunks.stream, sql.placeholder('stream')),
      eq(chunks.offset, sql.placeholder('offset')),
    ),
    sql`id desc`,
  );
  const newerOverlapping = firstValue<number>(
    db,
    db
      .select({ id: chunks.id })
      .from(chunks)
      .where(
        and(
          eq(chunks.runId, sql.placeholder('runId')),
          eq(chunks.stream, sql.placeholder('stream')),
          sql`id > ${sql.placeholder('id')} and "offset" < ${sql.placeholder('to')} and "offset" + "count" > ${sql.placeholder('from')}`,
        ),
      ),
  );
  const overlapping = db
    .select()
    .from(chunks)
    .where(
      and(
        eq(chunks.runId, sql.placeholder('runId')),
        eq(chunks.stream, sql.placeholder('stream')),
        sql`"offset" < ${sql.placeholder('to')} and "offset" + "count" > ${sql.placeholder('from')}`,
      ),
    )
    .orderBy(chunks.id)
    .prepare();
  // Curves that hold a line which is written anew are wrong.
  const forgetSeries = change(
    db,
    db
      .delete(seriesRuns)
      .where(and(eq(seriesRuns.runId, sql.placeholder('runId')), gt(seriesRuns.lines, sql.placeholder('offset')))),
  );
  const putObjectives = insertRows(db, ['runId', 'line', 'value'], (rows) =>
    db
      .insert(objectives)
      .values(rows)
      .onConflictDoUpdate({ target: [objectives.runId, objectives.line], set: { value: sql`excluded.value` } }),
  );
  const dropObjective = change(
    db,
    db
      .delete(objectives)
      .where(and(eq(objectives.runId, sql.placeholder('runId')), eq(objectives.line, sql.placeholder('line')))),
  );
  /**
   * Lines [from, to) of a stream that ever arrived, in order; line i is the last arrival that wrote it. Costs what was stored,
   * however far apart the lines lie.
   */
  const written = (runId: number, stream: Stream, from = 0, to = Number.MAX_SAFE_INTEGER): WrittenLine[] => {
    const texts = new Map<number, string>();
    for (const chunk of overlapping.all({ runId, stream, from, to })) {
      const own = unpackLines(chunk);
      const end = Math.min(chunk.count, to - chunk.offset);
      for (let i = Math.max(0, from - chunk.offset); i < end; i++) texts.set(chunk.offset + i, own[i] ?? '');
    }
    const lines = Array.from(texts, ([line, text]) => ({ line, text }));
    return lines.sort((a, b) => a.line - b.line);
  };
  return {
    /**
     * Adds lines to a stream. The same lines at the same offset once more (a request that is sent again) change nothing.
     * @returns false where the arrival was a repetition
     */
    append: (runId: number, stream: Stream, offset: number, lines: readonly string[]): boolean => {
      const plain = lines.every((line) => !line.includes('\n'));
      const text = plain ? lines.join('\n') : JSON.stringify(lines);
      const before = lastAtOffset({ runId, stream, offset });
      if (before !== undefined && before.count === lines.length && before.text === text) {
        // The same text is news where other lines were written over it meanwhile, as progress bars do.
        const range = { runId, stream, id: before.id, from: offset, to: offset + lines.length };
        if (newerOverlapping(range) === undefined) return false;
      }
      insertChunk({ runId, stream, offset, count: lines.length, encoding: plain ? 'lines' : 'json', text });
      if (stream === 'history') forgetSeries({ runId, offset });
      return true;
    },
    written,
    /** The first line from `from` on that ever arrived. */
    nextWritten: (runId: number, stream: Stream, from: number): number | undefined => {
      const first = db
        .select({ offset: min(chunks.offset) })
        .from(chunks)
        .where(and(eq(chunks.runId, runId), eq(chunks.stream, stream), sql`"offset" + "count" > ${from}`))
        .get()?.offset;
      return first == null ? undefined : Math.max(first, from);
    },
    /**
     * Lines [from, to) as a list that holds line `from + i` at i, and undefined for a line that never arrived; it ends with the last one
     * that did. For a window: the list is as long as the lines are far apart.
     */
    read: (runId: number, stream: Stream, from = 0, to = Number.MAX_SAFE_INTEGER): (string | undefined)[] => {
      const lines: (string | undefined)[] = [];
      for (const { line, text } of written(runId, stream, from, to)) lines[line - from] = text;
      return Array.from(lines);
    },
    putObjectives: (rows: readonly { runId: number; line: number; value: number }[]): void => putObjectives(rows),
    dropObjective: (runId: number, line: number): void => void dropObjective({ runId, line }),
    objectivesOf: (runId: number): { line: number; value: number }[] =>
      db
        .select({ line: objectives.line, value: objectives.value })
        .from(objectives)
        .where(eq(objectives.runId, runId))
        .orderBy(objectives.line)
        .all(),
    countObjectives: (runId: number): number =>
      db.select({ n: count() }).from(objectives).where(eq(objectives.runId, runId)).get()?.n ?? 0,
    bestObjective: (runId: number, maximize: boolean): number | null =>
      db
        .select({ best: maximize ? max(objectives.value) : min(objectives.value) })
        .from(objectives)
        .where(eq(objectives.runId, runId))
        .get()?.best ?? null,
    /** The values of the last `count` lines that have one, the last first. */
    lastObjectives: (runId: number, count: number): number[] =>
      db
        .select({ value: objectives.value })
        .from(objectives)
        .where(eq(objectives.runId, runId))
        .orderBy(desc(objectives.line))
        .limit(count)
        .all()
        .map(({ value }) => value),
    clear: (runId: number): void => {
      db.delete(chunks).where(eq(chunks.runId, runId)).run();
      db.delete(objectives).where(eq(objectives.runId, runId)).run();
      db.delete(writerLines).where(eq(writerLines.runId, runId)).run();
      db.delete(seriesRuns).where(eq(seriesRuns.runId, runId)).run();
    },
  };
}

export function fileStatements(db: Db) {
  return {
    put: (row: FileRow): void =>
      void db
        .insert(files)
        .values(row)
        .onConflictDoUpdate({ target: [files.runId, files.name], set: row })
        .run(),
    find: (runId: number, name: string): FileRow | undefined =>
      db
        .select()
        .from(files)
        .where(and(eq(files.runId, runId), eq(files.name, name)))
        .get(),
    ofRun: (runId: number): FileRow[] =>
      db.select().from(files).where(eq(files.runId, runId)).orderBy(files.name).all(),
    delete: (runId: number, name: string): void =>
      void db
        .delete(files)
        .where(and(eq(files.runId, runId), eq(files.name, name)))
        .run(),
  };
}
