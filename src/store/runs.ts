/**
 * Runs. Every state change is guarded by the old state. Hot statements do without RETURNING, which doubles what they cost (43
 * against 21 us for an insert; 2026-11-23), and without `limit ?`, which made finding a row three times as dear (23 against 8 us).
 */
import { and, desc, eq, getTableColumns, max, or, sql } from 'drizzle-orm';
import { allRows, change, firstPair, firstRow, firstValue } from './lean.ts';
import type { Db } from './open.ts';
import { leases, projects, type RunRow, runs } from './schema.ts';

type RunValues = Partial<typeof runs.$inferInsert>;

/** What a new row has in the columns that its insert does not name. */
const untouched = Object.fromEntries(
  Object.entries(getTableColumns(runs)).map(([name, { default: value }]) => [name, value ?? null]),
);

export function runStatements(db: Db) {
  const byId = firstRow(db, runs, eq(runs.id, sql.placeholder('id')));
  const byIds = allRows(db, runs, sql`id in (select value from json_each(${sql.placeholder('ids')}))`);
  const byName = firstRow(
    db,
    runs,
    and(eq(runs.projectId, sql.placeholder('projectId')), eq(runs.name, sql.placeholder('name'))),
  );
  const byPath = firstPair(
    db,
    [runs, projects],
    eq(runs.projectId, projects.id),
    sql`${projects.entity} = ${sql.placeholder('entity')} and ${projects.name} = ${sql.placeholder('project')} and ${runs.name} = ${sql.placeholder('name')}`,
  );
  const insertLeased = change(
    db,
    db.insert(runs).values({
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
    }),
  );
  const save = change(
    db,
    db
      .update(runs)
      .set({
        state: sql`${sql.placeholder('state')}`,
        begunAt: sql`${sql.placeholder('begunAt')}`,
        heartbeatAt: sql`${sql.placeholder('heartbeatAt')}`,
        updatedAt: sql`${sql.placeholder('updatedAt')}`,
        endedAt: sql`${sql.placeholder('endedAt')}`,
        exitCode: sql`${sql.placeholder('exitCode')}`,
        historyLines: sql`${sql.placeholder('historyLines')}`,
        eventsLines: sql`${sql.placeholder('eventsLines')}`,
        logLines: sql`${sql.placeholder('logLines')}`,
        lastStep: sql`${sql.placeholder('lastStep')}`,
        summary: sql`${sql.placeholder('summary')}`,
        bestValue: sql`${sql.placeholder('bestValue')}`,
        iterations: sql`${sql.placeholder('iterations')}`,
        metricAt: sql`${sql.placeholder('metricAt')}`,
      })
      .where(and(eq(runs.id, sql.placeholder('id')), eq(runs.state, sql.placeholder('from')))),
  );
  const latestOfSuggestion = db
    .select()
    .from(runs)
    .where(eq(runs.suggestionId, sql.placeholder('suggestionId')))
    .orderBy(desc(runs.id))
    .prepare();
  const sequence = firstValue<number>(
    db,
    db.select({ seq: sql<number>`seq` }).from(sql`sqlite_sequence`).where(sql`name = 'runs'`),
  );
  return {
    /** A number that no earlier run of this database had: makes generated display names unique. */
    nextSequence: (): number => (sequence({}) ?? 0) + 1,
    byId: (id: number): RunRow | undefined => byId({ id }),
    /** Those that are there, in no certain order. */
    byIds: (ids: readonly number[]): RunRow[] => byIds({ ids: JSON.stringify(ids) }),
    byName: (projectId: number, name: string): RunRow | undefined => byName({ projectId, name }),
    /** The same, found by the path that W&B's client names it by, in one statement. */
    byPath: (entity: string, project: string, name: string): RunRow | undefined =>
      byPath({ entity, project, name })?.[0],
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
      const id = Number(insertLeased(row).lastInsertRowid);
      const { now, ...values } = row;
      const times = { createdAt: now, updatedAt: now, heartbeatAt: now };
      return { ...(untouched as RunRow), ...values, ...times, id, state: 'pending' };
    },
    /**
     * Writes what a report, a begin or an end changes: state, times, exit code, counts of lines, summary, the metric.
     * @param before as it is stored now
     * @returns whether the run was still in the state of `before`
     */
    save: (before: RunRow, after: RunRow): boolean => save({ ...reported(after), from: before.state }).changes === 1,
    update: (id: number, values: RunValues): RunRow | undefined =>
      db.update(runs).set(values).where(eq(runs.id, id)).returning().get(),
    move: (id: number, from: RunRow['state'], to: RunRow['state'], values: RunValues): RunRow | undefined =>
      db
        .update(runs)
        .set({ ...values, state: to })
        .where(and(eq(runs.id, id), eq(runs.state, from)))
        .returning()
        .get(),
    /** Live runs of a sweep that began before `begunBy`, or have had no value of the metric since `metricBy`, and were not told to stop. */
    overdue: (sweepId: string, begunBy: number | null, metricBy: number | null): RunRow[] =>
      db
        .select(getTableColumns(runs))
        .from(runs)
        .innerJoin(leases, and(eq(leases.runId, runs.id), sql`leases.state = 'live'`))
        .where(
          and(
            eq(leases.sweepId, sweepId),
            sql`begun_at is not null and stop_requested_at is null`,
            or(
              begunBy === null ? undefined : sql`max(begun_at, coalesce(resumed_at, 0)) <= ${begunBy}`,
              metricBy === null
                ? undefined
                : sql`max(begun_at, coalesce(resumed_at, 0), coalesce(metric_at, 0)) <= ${metricBy}`,
            ),
          ),
        )
        .all(),
    latestOfSuggestion: (suggestionId: number): RunRow | undefined => latestOfSuggestion.get({ suggestionId }),
    delete: (id: number): void => void db.delete(runs).where(eq(runs.id, id)).run(),
    idsOfSweep: (sweepId: string): number[] =>
      db
        .select({ id: runs.id })
        .from(runs)
        .where(eq(runs.sweepId, sweepId))
        .all()
        .map(({ id }) => id),
    /** When the last run of a sweep to end did so. */
    lastEnd: (sweepId: string): number | null =>
      db
        .select({ last: max(runs.endedAt) })
        .from(runs)
        .where(eq(runs.sweepId, sweepId))
        .get()?.last ?? null,
    /** At most `limit` runs of a sweep, oldest first: its newest. */
    newestOfSweep: (sweepId: string, limit: number): RunRow[] =>
      db.select().from(runs).where(eq(runs.sweepId, sweepId)).orderBy(desc(runs.id)).limit(limit).all().reverse(),
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

/** The columns that `save` writes, and the key. */
function reported(run: RunRow) {
  const { id, state, begunAt, heartbeatAt, updatedAt, endedAt, exitCode } = run;
  const { historyLines, eventsLines, logLines, lastStep, summary, bestValue, iterations, metricAt } = run;
  return {
    id,
    state,
    begunAt,
    heartbeatAt,
    updatedAt,
    endedAt,
    exitCode,
    historyLines,
    eventsLines,
    logLines,
    lastStep,
    summary,
    bestValue,
    iterations,
    metricAt,
  };
}
