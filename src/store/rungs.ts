/** What runs left at the rungs of the rules that compare them, and what a sweep's stop rules remember. */
import { and, eq, gt, isNotNull, sql } from 'drizzle-orm';
import { change, firstRow, firstValue } from './lean.ts';
import type { Db } from './open.ts';
import { rungLosses, runs, type SweepProgressRow, sweepProgress } from './schema.ts';

export function rungStatements(db: Db) {
  const ofSweep = eq(sweepProgress.sweepId, sql.placeholder('sweepId'));
  const ofRunAndRule = and(
    eq(rungLosses.runId, sql.placeholder('runId')),
    eq(rungLosses.rule, sql.placeholder('rule')),
  );
  const ofRunAtRung = and(ofRunAndRule, eq(rungLosses.rung, sql.placeholder('rung')));
  const atRung = and(
    eq(rungLosses.sweepId, sql.placeholder('sweepId')),
    eq(rungLosses.rule, sql.placeholder('rule')),
    eq(rungLosses.rung, sql.placeholder('rung')),
  );
  const progressOf = firstRow(db, sweepProgress, ofSweep);
  const version = firstValue<number>(
    db,
    db.select({ version: sweepProgress.version }).from(sweepProgress).where(ofSweep),
  );
  const setVersion = change(
    db,
    db
      .update(sweepProgress)
      .set({ version: sql`${sql.placeholder('version')}` })
      .where(ofSweep),
  );
  const put = change(
    db,
    db
      .insert(rungLosses)
      .values({
        runId: sql.placeholder('runId'),
        sweepId: sql.placeholder('sweepId'),
        rule: sql.placeholder('rule'),
        rung: sql.placeholder('rung'),
        loss: sql.placeholder('loss'),
      })
      .onConflictDoUpdate({
        target: [rungLosses.runId, rungLosses.rule, rungLosses.rung],
        set: { loss: sql`excluded.loss` },
      }),
  );
  const drop = change(db, db.delete(rungLosses).where(ofRunAtRung));
  const at = firstRow(db, rungLosses, ofRunAtRung);
  const ofRun = db
    .select({ rung: rungLosses.rung, loss: rungLosses.loss })
    .from(rungLosses)
    .where(ofRunAndRule)
    .prepare();
  const lossesAt = db
    .select({ loss: rungLosses.loss })
    .from(rungLosses)
    .where(atRung)
    .orderBy(rungLosses.loss)
    .prepare();
  const leave = change(
    db,
    db
      .update(rungLosses)
      .set({ stake: null })
      .where(and(ofRunAndRule, isNotNull(rungLosses.stake))),
  );
  const stand = change(
    db,
    db
      .update(rungLosses)
      .set({ stake: sql`${sql.placeholder('stake')}` })
      .where(ofRunAtRung),
  );
  const standingAbove = db
    .select({ runId: rungLosses.runId, stake: rungLosses.stake })
    .from(rungLosses)
    .where(and(atRung, isNotNull(rungLosses.stake), gt(rungLosses.stake, sql.placeholder('spared'))))
    .orderBy(rungLosses.runId)
    .prepare();
  return {
    progress: (sweepId: string): SweepProgressRow | undefined => progressOf({ sweepId }),
    saveProgress: (row: SweepProgressRow): void =>
      void db.insert(sweepProgress).values(row).onConflictDoUpdate({ target: sweepProgress.sweepId, set: row }).run(),
    /** @throws Error where the sweep's progress is not kept */
    version: (sweepId: string): number => {
      const found = version({ sweepId });
      if (found === undefined) throw new Error(`Nothing is kept about the progress of sweep ${sweepId}.`);
      return found;
    },
    setVersion: (sweepId: string, to: number): void => void setVersion({ sweepId, version: to }),
    put: (row: { runId: number; sweepId: string; rule: string; rung: number; loss: number }): void => void put(row),
    drop: (runId: number, rule: string, rung: number): void => void drop({ runId, rule, rung }),
    ofRun: (runId: number, rule: string): { rung: number; loss: number }[] => ofRun.all({ runId, rule }),
    /** @throws Error where the run has left nothing there */
    at: (runId: number, rule: string, rung: number): { loss: number; stake: number | null } => {
      const found = at({ runId, rule, rung });
      if (found === undefined) throw new Error(`Run ${runId} has left no loss at rung ${rung} of ${rule}.`);
      return found;
    },
    /** Ascending. */
    lossesAt: (sweepId: string, rule: string, rung: number): number[] =>
      lossesAt.all({ sweepId, rule, rung }).map(({ loss }) => loss),
    /** The run stands nowhere any more, as far as this rule goes. */
    leave: (runId: number, rule: string): void => void leave({ runId, rule }),
    stand: (runId: number, rule: string, rung: number, stake: number): void => void stand({ runId, rule, rung, stake }),
    /** Runs that stand at a rung and have more than `spared` at stake, oldest first. */
    standingAbove: (sweepId: string, rule: string, rung: number, spared: number): { runId: number; stake: number }[] =>
      standingAbove
        .all({ sweepId, rule, rung, spared })
        .map(({ runId, stake }) => ({ runId, stake: stake ?? Number.NaN })),
    clearSweep: (sweepId: string): void => void db.delete(rungLosses).where(eq(rungLosses.sweepId, sweepId)).run(),
    clearRun: (runId: number): void => void db.delete(rungLosses).where(eq(rungLosses.runId, runId)).run(),
    /** Counts the values of a sweep's runs anew. @returns the ids of those that have one */
    countIterations: (sweepId: string): number[] =>
      db
        .update(runs)
        .set({ iterations: sql`(select count(*) from objectives where objectives.run_id = runs.id)` })
        .where(and(eq(runs.sweepId, sweepId), sql`exists (select 1 from objectives where objectives.run_id = runs.id)`))
        .returning({ id: runs.id })
        .all()
        .map(({ id }) => id),
    /** The best value among a sweep's runs, and whose it is. */
    bestRun: (sweepId: string, maximize: boolean): { name: string; value: number } | undefined => {
      const found = db
        .select({ name: runs.name, value: runs.bestValue })
        .from(runs)
        .where(and(eq(runs.sweepId, sweepId), isNotNull(runs.bestValue)))
        .orderBy(maximize ? sql`best_value desc` : sql`best_value`)
        .limit(1)
        .get();
      return found?.value == null ? undefined : { name: found.name, value: found.value };
    },
    /** Milliseconds that a sweep's runs have taken together, those that go on up to now. */
    runTime: (sweepId: string, now: number): number =>
      db
        .select({ ms: sql<number>`total(coalesce(ended_at, ${now}) - begun_at)` })
        .from(runs)
        .where(and(eq(runs.sweepId, sweepId), isNotNull(runs.begunAt)))
        .get()?.ms ?? 0,
  };
}
