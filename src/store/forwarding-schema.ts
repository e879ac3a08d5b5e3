/** The tables of forwarding: what the upstream server has already. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { runs, sweeps } from './core-schema.ts';

/** Which sweep of the upstream server stands for one of ours: upstream chose its id. */
export const forwardedSweeps = sqliteTable('forwarded_sweeps', {
  sweepId: text('sweep_id')
    .primaryKey()
    .references(() => sweeps.id, { onDelete: 'cascade' }),
  /** Its short id there, and the id by which it is changed; null until it was made or found. */
  upstreamId: text('upstream_id'),
  storageId: text('storage_id'),
  /** `entity/project` there: a sweep stays where it was put, whatever the settings say later. */
  destination: text('destination'),
  /** Fingerprint of the config, name and description that upstream has. */
  sentConfig: text('sent_config'),
  sentState: text('sent_state'),
  /** The sweep's `updated_at` when all of it had been sent. */
  seenAt: integer('seen_at'),
  /** The upstream's words where it will not have the sweep. */
  refused: text('refused'),
});

/** How far a run was forwarded. Cursors are chunk ids: chunks are sent in the order in which they came. */
export const forwardedRuns = sqliteTable(
  'forwarded_runs',
  {
    runId: integer('run_id')
      .primaryKey()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** The id by which upstream's run is changed; null until it was made or found. */
    storageId: text('storage_id'),
    /** `entity/project` there. */
    destination: text('destination'),
    /** The run's generation that upstream has. */
    generation: integer('generation').notNull().default(0),
    history: integer('history').notNull().default(0),
    events: integer('events').notNull().default(0),
    log: integer('log').notNull().default(0),
    alert: integer('alert').notNull().default(0),
    /** Fingerprints of what upstream has. */
    sentFields: text('sent_fields'),
    sentSummary: text('sent_summary'),
    sentState: text('sent_state'),
    /** The run's `updated_at` when all of it had been sent: another value means that there is more. */
    seenAt: integer('seen_at'),
    /** The upstream's words where it will not have the run. */
    refused: text('refused'),
    refusedAt: integer('refused_at'),
  },
  (t) => [index('forwarded_runs_refused').on(t.refusedAt).where(sql`refused is not null`)],
);

/** Which bytes of a run's file upstream has. */
export const forwardedFiles = sqliteTable(
  'forwarded_files',
  {
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    blob: text('blob').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.name] })],
);

export type ForwardedSweepRow = typeof forwardedSweeps.$inferSelect;
export type ForwardedRunRow = typeof forwardedRuns.$inferSelect;
