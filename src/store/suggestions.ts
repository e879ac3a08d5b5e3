/** Suggestions: points that may be handed out, and the guarded claims on them. */
import { and, asc, eq, sql } from 'drizzle-orm';
import { allRows, allValues, change, firstRow, firstValue } from './lean.ts';
import type { Db } from './open.ts';
import { leases, runs, type SuggestionRow, suggestions } from './schema.ts';

const mostListed = 1_000;

export function suggestionStatements(db: Db) {
  const insert = change(
    db,
    db.insert(suggestions).values({
      sweepId: sql.placeholder('sweepId'),
      ordinal: sql.placeholder('ordinal'),
      parameters: sql.placeholder('parameters'),
      pointKey: sql.placeholder('pointKey'),
      method: sql.placeholder('method'),
      state: 'ready',
      createdAt: sql.placeholder('createdAt'),
    }),
  );
  const readyOfSweep = sql`sweep_id = ${sql.placeholder('sweepId')} and state = 'ready'`;
  const byId = firstRow(db, suggestions, eq(suggestions.id, sql.placeholder('id')));
  const oldestReady = firstRow(db, suggestions, readyOfSweep, asc(suggestions.id));
  const bestReady = firstRow(
    db,
    suggestions,
    readyOfSweep,
    sql`attempts > 0 desc, method = 'prior' desc, basis desc, id`,
  );
  const take = change(
    db,
    db
      .update(suggestions)
      .set({ state: 'taken', attempts: sql`attempts + 1` })
      .where(and(eq(suggestions.id, sql.placeholder('id')), sql`state = 'ready'`)),
  );
  const ready = db
    .select({
      id: suggestions.id,
      attempts: suggestions.attempts,
      ordinal: suggestions.ordinal,
      basis: suggestions.basis,
    })
    .from(suggestions)
    .where(readyOfSweep)
    .orderBy(suggestions.id)
    .limit(mostListed)
    .prepare();
  const countReady = firstValue<number>(
    db,
    db.select({ n: sql<number>`count(*)` }).from(suggestions).where(readyOfSweep),
  );
  const moveState = db
    .update(suggestions)
    .set({ state: sql`${sql.placeholder('to')}` })
    .where(and(eq(suggestions.id, sql.placeholder('id')), eq(suggestions.state, sql.placeholder('from'))))
    .returning({ id: suggestions.id })
    .prepare();
  const keep = change(
    db,
    db
      .update(suggestions)
      .set({ state: 'taken' })
      .where(and(eq(suggestions.id, sql.placeholder('id')), sql`state in ('ready', 'withdrawn')`)),
  );
  const anyReady = db.select({ id: suggestions.id }).from(suggestions).where(readyOfSweep).prepare();
  const countFresh = firstValue<number>(
    db,
    db.select({ n: sql<number>`count(*)` }).from(suggestions).where(sql`${readyOfSweep} and attempts = 0`),
  );
  const anyRetry = firstValue<number>(
    db,
    db.select({ id: suggestions.id }).from(suggestions).where(sql`${readyOfSweep} and attempts > 0`),
  );
  const fresh = allRows(db, suggestions, sql`${readyOfSweep} and attempts = 0`, asc(suggestions.id));
  const columns = { id: suggestions.id, parameters: suggestions.parameters };
  const pending = db
    .select(columns)
    .from(leases)
    .innerJoin(runs, eq(runs.id, leases.runId))
    .innerJoin(suggestions, eq(suggestions.id, runs.suggestionId))
    .where(sql`${leases.sweepId} = ${sql.placeholder('sweepId')} and ${leases.state} = 'live'`)
    .union(db.select(columns).from(suggestions).where(sql`${readyOfSweep} and attempts > 0`))
    .prepare();
  const keys = allValues<string>(
    db,
    db
      .select({ key: suggestions.pointKey })
      .from(suggestions)
      .where(eq(suggestions.sweepId, sql.placeholder('sweepId'))),
  );
  return {
    insertReady: (row: {
      sweepId: string;
      ordinal: number;
      parameters: string;
      pointKey: string;
      method: string;
      createdAt: number;
    }): void => void insert(row),
    byId: (id: number): SuggestionRow | undefined => byId({ id }),
    /**
     * The claim: the oldest ready suggestion, now taken. A lost point comes before a fresh one, since it has the lower id; the
     * update is guarded, so no two agents can get the same, whoever else is writing.
     */
    claimOldest: (sweepId: string): SuggestionRow | undefined => {
      const found = oldestReady({ sweepId });
      if (found === undefined || take({ id: found.id }).changes !== 1) return undefined;
      return { ...found, state: 'taken', attempts: found.attempts + 1 };
    },
    /** The same for a search whose points get better: a lost point first, then the one that knows most results. */
    claimBest: (sweepId: string): SuggestionRow | undefined => {
      const found = bestReady({ sweepId });
      if (found === undefined || take({ id: found.id }).changes !== 1) return undefined;
      return { ...found, state: 'taken', attempts: found.attempts + 1 };
    },
    /** The same for one suggestion, at this very attempt. */
    claim: (id: number, attempt: number): SuggestionRow | undefined => {
      const found = byId({ id });
      if (found === undefined || found.attempts + 1 !== attempt || take({ id }).changes !== 1) return undefined;
      return { ...found, state: 'taken', attempts: attempt };
    },
    /** The ready ones in the order of the claim, the first 1,000. */
    ready: (sweepId: string) => ready.all({ sweepId }),
    countReady: (sweepId: string): number => countReady({ sweepId }) ?? 0,
    /** @returns whether the suggestion was in state `from` and now is in state `to` */
    move: (id: number, from: SuggestionRow['state'], to: SuggestionRow['state']): boolean =>
      moveState.get({ id, from, to }) !== undefined,
    /** The point's lost run is back: nobody else is to get it, now or when the sweep is resumed. */
    keep: (id: number): void => void keep({ id }),
    /** Whether a lost run's point waits for another try: those go out first. */
    hasRetry: (sweepId: string): boolean => anyRetry({ sweepId }) !== undefined,
    hasReady: (sweepId: string): boolean => anyReady.get({ sweepId }) !== undefined,
    moveAll: (sweepId: string, from: SuggestionRow['state'], to: SuggestionRow['state']): void =>
      void db
        .update(suggestions)
        .set({ state: to })
        .where(and(eq(suggestions.sweepId, sweepId), eq(suggestions.state, from)))
        .run(),
    deleteAll: (sweepId: string): void => void db.delete(suggestions).where(eq(suggestions.sweepId, sweepId)).run(),
    /**
     * Drops the points that no run was ever made of; the search makes them anew.
     * @returns the first one's number, where the search goes on; undefined where there was none
     */
    deleteUntaken: (sweepId: string): number | undefined => {
      const dropped = db
        .delete(suggestions)
        .where(and(eq(suggestions.sweepId, sweepId), eq(suggestions.attempts, 0)))
        .returning({ ordinal: suggestions.ordinal })
        .all();
      return dropped.length === 0 ? undefined : Math.min(...dropped.map((row) => row.ordinal));
    },
    /** A point that a model chose, or that stands in for one. */
    insertSearched: (
      row: Pick<SuggestionRow, 'sweepId' | 'ordinal' | 'parameters' | 'pointKey' | 'method' | 'createdAt'> & {
        basis: number;
        explanation: string;
      },
    ): void =>
      void db
        .insert(suggestions)
        .values({ ...row, state: 'ready' })
        .run(),
    /** Points made ahead that nobody has had yet, oldest first. */
    fresh: (sweepId: string): SuggestionRow[] => fresh({ sweepId }),
    /** Points of runs under way, and of lost runs that will be tried again: they are out and have no result. */
    pending: (sweepId: string): { id: number; parameters: string }[] =>
      pending.all({ sweepId }).sort((a, b) => a.id - b.id),
    delete: (id: number): void => void db.delete(suggestions).where(eq(suggestions.id, id)).run(),
    /** Keys of all points of a sweep, handed out or ready. */
    keys: (sweepId: string): Set<string> => new Set(keys({ sweepId })),
    countFresh: (sweepId: string): number => countFresh({ sweepId }) ?? 0,
  };
}
