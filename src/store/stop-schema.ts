/** The tables of the stop rules: what they remember, and what they decided. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { verdicts } from '../domain/stop.ts';
import { runs, sweeps } from './core-schema.ts';

/** What the stop rules of a sweep remember; a row from the first report on that they look at. */
export const sweepProgress = sqliteTable('sweep_progress', {
  sweepId: text('sweep_id')
    .primaryKey()
    .references(() => sweeps.id, { onDelete: 'cascade' }),
  /** The rules that `rung_losses` was filled for: with other ones it is filled anew. */
  rules: text('rules').notNull(),
  /** Counts changes of `rung_losses`, so that what is kept of it in memory can be known to be true. */
  version: integer('version').notNull().default(0),
  plateauBest: real('plateau_best'),
  plateauRuns: integer('plateau_runs').notNull().default(0),
  /** Runs that failed or crashed one after the other. */
  failures: integer('failures').notNull().default(0),
});

/** The loss that a run left at each rung of a rule that compares runs: a row per run, rule and rung, never a scan of histories. */
export const rungLosses = sqliteTable(
  'rung_losses',
  {
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    sweepId: text('sweep_id').notNull(),
    rule: text('rule').notNull(),
    rung: integer('rung').notNull(),
    loss: real('loss').notNull(),
    /** The loss that the run is judged by, while it stands at this rung: its last one. Null where it stands no longer. */
    stake: real('stake'),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.rule, t.rung] }),
    index('rung_losses_by_rung').on(t.sweepId, t.rule, t.rung, t.loss),
    index('rung_losses_standing').on(t.sweepId, t.rule, t.rung, t.stake).where(sql`stake is not null`),
  ],
);

/** What the stop rules decided about a run, also to keep it: a row per rule and rung, as it was judged there last. */
export const decisions = sqliteTable(
  'decisions',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    rule: text('rule').notNull(),
    /** Finite values that the run had logged; 0 for rules that do not count them. */
    rung: integer('rung').notNull(),
    verdict: text('verdict', { enum: verdicts }).notNull(),
    /** Values of the metric, not losses; for rules about time, seconds. */
    value: real('value'),
    threshold: real('threshold'),
    rank: integer('rank'),
    runs: integer('runs'),
    among: integer('among'),
    /** All of it in words. */
    text: text('text').notNull(),
    decidedAt: integer('decided_at').notNull(),
  },
  (t) => [uniqueIndex('decisions_by_rung').on(t.runId, t.rule, t.rung)],
);

export type SweepProgressRow = typeof sweepProgress.$inferSelect;
export type DecisionRow = typeof decisions.$inferSelect;
