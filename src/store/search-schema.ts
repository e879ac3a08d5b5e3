import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { sweeps } from './core-schema.ts';

/**
 * What a model-based search has learned, append-only and in order of arrival: entry n of a sweep says how a run ended, or (state
 * `deleted`) that its run counts no more. A run that ends once more has a further entry, which counts instead of the first. So the first n
 * entries say what a fit on n of them saw, for ever.
 */
export const results = sqliteTable(
  'results',
  {
    sweepId: text('sweep_id')
      .notNull()
      .references(() => sweeps.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** Not a reference: the entry outlives its run. */
    runId: integer('run_id').notNull(),
    /** `{name: value}` as lossless JSON text. */
    parameters: text('parameters').notNull(),
    value: real('value'),
    state: text('state', { enum: ['finished', 'failed', 'crashed', 'killed', 'deleted'] }).notNull(),
    /** It was told to stop: the value is not its last word. */
    isStopped: integer('is_stopped', { mode: 'boolean' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.sweepId, t.number] }), index('results_by_run').on(t.runId)],
);

/** Every computation of a model-based search with all that decided it: what `sweepd simulate --record` computes again. */
export const fits = sqliteTable(
  'fits',
  {
    sweepId: text('sweep_id')
      .notNull()
      .references(() => sweeps.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** Entries of `results` that it saw. */
    basis: integer('basis').notNull(),
    /** Suggestions made before it, agents alive, and points asked for. */
    made: integer('made').notNull(),
    width: integer('width').notNull(),
    count: integer('count').notNull(),
    /** JSON list of the points without a result. */
    pending: text('pending').notNull(),
    /** The model's state afterwards, JSON; before it, it was that of the fit before. Null: none. */
    model: text('model'),
    /** JSON list of the points that it gave, in order. */
    points: text('points').notNull(),
    /** Why there are none: a crash, a time-out. */
    failure: text('failure'),
    engine: text('engine').notNull(),
    tookMs: integer('took_ms').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.sweepId, t.number] })],
);

export type ResultRow = typeof results.$inferSelect;
export type FitRow = typeof fits.$inferSelect;
