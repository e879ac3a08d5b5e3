/**
 * Runs. Every state change is guarded by the old state. Hot statements do without RETURNING, which doubles what they cost (43
 * against 21 us for an insert; 2026-11-23), and without `limit ?`, which made finding a row three times as dear (23 against 8 us).
 */
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import { firstRow } from './lean.ts';
import type { Db } from './open.ts';
import { type RunRow, runs } from './schema.ts';

type RunValues = Partial<typeof runs.$inferInsert>;

/** What a new row has in the columns that its insert does not name. */
const untouched = Object.fromEntries(
  Object.entries(getTableColumns(runs)).map(([name, { default: value }]) => [name, value ?? null]),
);

export function runStatements(db: Db) {
  const byId = firstRow(db, runs, eq(runs.id, sql.placeholder('id')));
  const byName = db
    .select()
    .from(runs)
    .where(and(eq(runs.projectId, sql.placeholder('projectId')), eq(runs.name, sql.placeholder('name'))))
    .prepare();
  const insertLeased = db
    .insert(runs)
    .values({
      projectId: sql.placeholder('projectId'),
      name: sql.placeholder('name'),
      sweepId: sql.placeholder('sweepId'),
      suggestionId: sql.placeholder('suggestionId'),
      attempt: sql.placeholder('attempt'),
      number: sql.placeholder('number'),
      predecessorId: sql.placeholder('predecessorId'),
      agentId: sql.placeholder('agentId'),
      userName: sql.placeholder('userName'),
      displayName: sql.placeholder('displayName'),
      state: 'pending',
      config: sql.placeholder('config'),
      createdAt: sql.placeholder('now'),
      updatedAt: sql.placeholder('now'),
      heartbeatAt: sql.placeholder('now'),
    })
    .prepare();
  const begin = db
    .update(runs)
    .set({
      state: 'running',
      begunAt: sql`coalesce(begun_at, ${sql.placeholder('now')})`,
      heartbeatAt: sql`${sql.placeholder('now')}`,
      updatedAt: sql`${sql.placeholder('now')}`,
      endedAt: null,
      exitCode: null,
    })
    .where(and(eq(runs.id, sql.placeholder('id')), eq(runs.state, sql.placeholder('from'))))
    .prepare();
  const end = db
    .update(runs)
    .set({
      state: sql`${sql.placeholder('to')}`,
      exitCode: sql`${sql.placeholder('exitCode')}`,
      endedAt: sql`${sql.placeholder('now')}`,
      updatedAt: sql`${sql.placeholder('now')}`,
    })
    .where(and(eq(runs.id, sql.placeholder('id')), eq(runs.state, sql.placeholder('from'))))
    .prepare();
  const progress = db
    .update(runs)
    .set({
      heartbeatAt: sql`${sql.placeholder('now')}`,
      updatedAt: sql`${sql.placeholder('now')}`,
      historyLines: sql`${sql.placeholder('historyLines')}`,
      eventsLines: sql`${sql.placeholder('eventsLines')}`,
      logLines: sql`${sql.placeholder('logLines')}`,
      lastStep: sql`${sql.placeholder('lastStep')}`,
      summary: sql`${sql.placeholder('summary')}`,
      bestValue: sql`${sql.placeholder('bestValue')}`,
    })
    .where(eq(runs.id, sql.placeholder('id')))
    .prepare();
  const latestOfSuggestion = db
    .select()
    .from(runs)
    .where(eq(runs.suggestionId, sql.placeholder('suggestionId')))
    .orderBy(desc(runs.id))
    .prepare();
  const sequence = db.select({ seq: sql<number>`seq` }).from(sql`sqlite_sequence`).where(sql`name = 'runs'`).prepare();
  return {
    /** A number that no earlier run of this database had: makes generated display names unique. */
    nextSequence: (): number => (sequence.get()?.seq ?? 0) + 1,
    byId: (id: number): RunRow | undefined => byId({ id }),
    byName: (projectId: number, name: string): RunRow | undefined => byName.get({ projectId, name }),
    insert: (row: typeof runs.$inferInsert): RunRow => db.insert(runs).values(row).returning().get(),
    /** The hot form of `insert`: a run made from a suggestion in the transaction that hands it out. */
    insertLeased: (row: {
      projectId: number;
      name: string;
      sweepId: string;
      suggestionId: number;
      attempt: number;
      number: number;
      predecessorId: number | null;
      agentId: string;
      userName: string;
      displayName: string;
      config: string;
      now: number;
    }): RunRow => {
      const id = Number(insertLeased.run(row).lastInsertRowid);
      const { now, ...values } = row;
      const times = { createdAt: now, updatedAt: now, heartbeatAt: now };
      return { ...(untouched as RunRow), ...values, ...times, id, state: 'pending' };
    },
    /** @param run as it is stored now. @returns it running, or undefined where it had left its state */
    begin: (run: RunRow, now: number): RunRow | undefined => {
      if (begin.run({ id: run.id, from: run.state, now }).changes !== 1) return undefined;
      const begunAt = run.begunAt ?? now;
      return { ...run, state: 'running', begunAt, heartbeatAt: now, updatedAt: now, endedAt: null, exitCode: null };
    },
    /** @param run as it is stored now. @returns it ended, or undefined where it had left its state */
    end: (run: RunRow, to: RunRow['state'], exitCode: number | null, now: number): RunRow | undefined => {
      if (end.run({ id: run.id, from: run.state, to, exitCode, now }).changes !== 1) return undefined;
      return { ...run, state: to, exitCode, endedAt: now, updatedAt: now };
    },
    progress: (row: {
      id: number;
      now: number;
      historyLines: number;
      eventsLines: number;
      logLines: number;
      lastStep: number | null;
      summary: string;
      bestValue: number | null;
    }): void => void progress.run(row),
    update: (id: number, values: RunValues): RunRow | undefined =>
      db.update(runs).set(values).where(eq(runs.id, id)).returning().get(),
    move: (id: number, from: RunRow['state'], to: RunRow['state'], values: RunValues): RunRow | undefined =>
      db
        .update(runs)
        .set({ ...values, state: to })
        .where(and(eq(runs.id, id), eq(runs.state, from)))
        .returning()
        .get(),
    latestOfSuggestion: (suggestionId: number): RunRow | undefined => latestOfSuggestion.get({ suggestionId }),
    delete: (id: number): void => void db.delete(runs).where(eq(runs.id, id)).run(),
    hasBegun: (sweepId: string): boolean =>
      db.select({ id: runs.id }).from(runs).where(eq(runs.sweepId, sweepId)).limit(1).get() !== undefined,
    requestStop: (sweepId: string, at: number, reason: string, atOnce: boolean): RunRow[] =>
      db
        .update(runs)
        .set({ stopRequestedAt: sql`coalesce(stop_requested_at, ${at})`, stopReason: reason, stopAtOnce: atOnce })
        .where(and(eq(runs.sweepId, sweepId), sql`state in ('pending', 'running', 'preempting')`))
        .returning()
        .all(),
  };
}
