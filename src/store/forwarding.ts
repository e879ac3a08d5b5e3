/** How far everything was forwarded to the upstream server, and what waits. */
import { and, asc, eq, gt, isNotNull, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { unpackLines } from './packed-lines.ts';
import {
  type AlertRow,
  alerts,
  chunks,
  type FileRow,
  type ForwardedRunRow,
  type ForwardedSweepRow,
  files,
  forwardedFiles,
  forwardedRuns,
  forwardedSweeps,
  runs,
  type Stream,
} from './schema.ts';

/** The lines of one arrival. */
export interface Arrival {
  id: number;
  offset: number;
  lines: string[];
}

export interface ForwardCounts {
  /** Runs with something to send; refused ones are not among them. */
  waiting: number;
  refused: number;
}

// Until a program reports, a run is only an intention of this server's: upstream need not know of it.
const isToForward = sql`(r.begun_at is not null or r.ended_at is not null)`;
const waits = sql`${isToForward} and f.refused is null and (f.run_id is null or f.seen_at is null or f.seen_at <> r.updated_at)`;

export function forwardingStatements(db: Db) {
  const arrivals = db
    .select({
      id: chunks.id,
      offset: chunks.offset,
      encoding: chunks.encoding,
      text: chunks.text,
      packed: chunks.packed,
    })
    .from(chunks)
    .where(
      and(
        eq(chunks.runId, sql.placeholder('runId')),
        eq(chunks.stream, sql.placeholder('stream')),
        gt(chunks.id, sql.placeholder('after')),
      ),
    )
    .orderBy(asc(chunks.id));
  const from = sql`from runs r left join forwarded_runs f on f.run_id = r.id`;
  return {
    /**
     * What arrived for a stream after the chunk `after`, in the order of arrival, until `mostChars` characters are together; at least one
     * chunk where there is one.
     */
    arrivals: (runId: number, stream: Stream, after: number, mostChars: number): Arrival[] => {
      const found: Arrival[] = [];
      let chars = 0;
      const { sql: text, params } = arrivals.toSQL();
      const bound = params.map((param, i) => [runId, stream, after][i] ?? param);
      for (const row of db.$client.prepare(text).iterate(...bound)) {
        const chunk = row as { id: number; offset: number; encoding: 'lines'; text: string; packed: Buffer | null };
        const lines = unpackLines(chunk);
        found.push({ id: chunk.id, offset: chunk.offset, lines });
        chars += lines.reduce((sum, line) => sum + line.length, 0);
        if (chars >= mostChars) break;
      }
      return found;
    },
    run: (runId: number): ForwardedRunRow | undefined =>
      db.select().from(forwardedRuns).where(eq(forwardedRuns.runId, runId)).get(),
    putRun: (runId: number, values: Partial<ForwardedRunRow>): void =>
      void db
        .insert(forwardedRuns)
        .values({ ...values, runId })
        .onConflictDoUpdate({ target: forwardedRuns.runId, set: { ...values, runId } })
        .run(),
    sweep: (sweepId: string): ForwardedSweepRow | undefined =>
      db.select().from(forwardedSweeps).where(eq(forwardedSweeps.sweepId, sweepId)).get(),
    putSweep: (sweepId: string, values: Partial<ForwardedSweepRow>): void =>
      void db
        .insert(forwardedSweeps)
        .values({ ...values, sweepId })
        .onConflictDoUpdate({ target: forwardedSweeps.sweepId, set: { ...values, sweepId } })
        .run(),
    /** Files whose bytes upstream lacks, by name. */
    files: (runId: number): FileRow[] =>
      db
        .select()
        .from(files)
        .where(
          and(
            eq(files.runId, runId),
            sql`not exists (select 1 from forwarded_files u where u.run_id = files.run_id and u.name = files.name and u.blob = files.blob)`,
          ),
        )
        .orderBy(files.name)
        .all(),
    putFile: (runId: number, name: string, blob: string): void =>
      void db
        .insert(forwardedFiles)
        .values({ runId, name, blob })
        .onConflictDoUpdate({ target: [forwardedFiles.runId, forwardedFiles.name], set: { blob } })
        .run(),
    alerts: (runId: number, after: number): AlertRow[] =>
      db
        .select()
        .from(alerts)
        .where(and(eq(alerts.runId, runId), gt(alerts.id, after)))
        .orderBy(alerts.id)
        .all(),
    /** Runs that have something to send, oldest first. */
    waiting: (most: number): number[] =>
      db.all<{ id: number }>(sql`select r.id ${from} where ${waits} order by r.id limit ${most}`).map(({ id }) => id),
    /** Sweeps that have something to send, oldest first. */
    sweepsWaiting: (): string[] =>
      db
        .all<{ id: string }>(
          sql`select s.id from sweeps s left join forwarded_sweeps f on f.sweep_id = s.id
            where f.refused is null and (f.seen_at is null or f.seen_at <> s.updated_at) order by s.created_at, s.id`,
        )
        .map(({ id }) => id),
    /** Has everything looked at once more, after the settings of forwarding changed. */
    lookAgain: (): void => {
      db.update(forwardedRuns).set({ seenAt: null }).run();
      db.update(forwardedSweeps).set({ seenAt: null }).run();
    },
    /** Runs that are alive and that upstream knows. */
    alive: (): { runId: number; destination: string }[] =>
      db.all(
        sql`select r.id as "runId", f.destination as destination from runs r join forwarded_runs f on f.run_id = r.id
          where r.state in ('running', 'preempting') and f.storage_id is not null and f.refused is null`,
      ),
    /** Whether a run of the sweep has something to send. */
    sweepHasWaiting: (sweepId: string): boolean =>
      db.get(sql`select 1 ${from} where r.sweep_id = ${sweepId} and ${waits} limit 1`) !== undefined,
    counts: (): ForwardCounts => {
      const waiting = db.get<{ n: number }>(sql`select count(*) as n ${from} where ${waits}`)?.n ?? 0;
      const refused =
        db.select({ n: sql<number>`count(*)` }).from(forwardedRuns).where(isNotNull(forwardedRuns.refused)).get()?.n ??
        0;
      return { waiting, refused };
    },
    /** The runs that upstream would not have, the latest first. */
    refused: (most: number) =>
      db
        .select({ run: runs, refused: forwardedRuns.refused, refusedAt: forwardedRuns.refusedAt })
        .from(forwardedRuns)
        .innerJoin(runs, eq(runs.id, forwardedRuns.runId))
        .where(isNotNull(forwardedRuns.refused))
        .orderBy(sql`refused_at desc`)
        .limit(most)
        .all(),
    /** Forgets refusals: of one run, or of all runs and sweeps. @returns how many runs are to be tried again */
    clearRefusals: (runId?: number): number => {
      db.update(forwardedSweeps).set({ refused: null, seenAt: null }).where(isNotNull(forwardedSweeps.refused)).run();
      const one = runId === undefined ? undefined : eq(forwardedRuns.runId, runId);
      return db
        .update(forwardedRuns)
        .set({ refused: null, refusedAt: null, seenAt: null })
        .where(and(isNotNull(forwardedRuns.refused), one))
        .run().changes;
    },
  };
}

export function alertStatements(db: Db) {
  return {
    add: (row: Omit<AlertRow, 'id'>): void => void db.insert(alerts).values(row).run(),
  };
}
