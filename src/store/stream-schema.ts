import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { runs } from './core-schema.ts';

/** What a run's streams carry, a row per request and stream: line `offset + i` is the last arrival that wrote it. */
export const chunks = sqliteTable(
  'chunks',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    stream: text('stream', { enum: ['history', 'events', 'log'] }).notNull(),
    offset: integer('offset').notNull(),
    count: integer('count').notNull(),
    /**
     * `lines`: joined by a line feed; `json`: a JSON list, where a line holds a line feed itself; `packed`: a JSON list, deflated, in
     * the column of that name.
     */
    encoding: text('encoding', { enum: ['lines', 'json', 'packed'] }).notNull(),
    text: text('text').notNull(),
    packed: blob('packed', { mode: 'buffer' }),
  },
  (t) => [index('chunks_by_offset').on(t.runId, t.stream, t.offset)],
);

/**
 * A run that several processes write at once (W&B's shared mode): each counts its lines from 0. Lines `offset` to `offset + count` of a
 * writer's stream are the run's lines from `line` on.
 */
export const writerLines = sqliteTable(
  'writer_lines',
  {
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    stream: text('stream', { enum: ['history', 'events', 'log'] }).notNull(),
    writer: text('writer').notNull(),
    offset: integer('offset').notNull(),
    count: integer('count').notNull(),
    line: integer('line').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.stream, t.writer, t.offset] })],
);

/** What a program wanted people to be told (`wandb.alert`). */
export const alerts = sqliteTable(
  'alerts',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    text: text('text').notNull(),
    level: text('level').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('alerts_by_run').on(t.runId, t.id)],
);

/** How many of a run's history lines, from the first on, are in its series. */
export const seriesRuns = sqliteTable('series_runs', {
  runId: integer('run_id')
    .primaryKey()
    .references(() => runs.id, { onDelete: 'cascade' }),
  lines: integer('lines').notNull(),
});

/** A long run's metric, reduced to some hundred points: see service/series-buckets.ts for what the bytes are. */
export const series = sqliteTable(
  'series',
  {
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    points: blob('points', { mode: 'buffer' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.key] })],
);

/** The sweep metric's finite values: a row per history line that has one. */
export const objectives = sqliteTable(
  'objectives',
  {
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    line: integer('line').notNull(),
    value: real('value').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.line] })],
);

/** A run's files; the bytes lie in the data directory under `blob`, the name is never used as a path. */
export const files = sqliteTable(
  'files',
  {
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    blob: text('blob').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    md5: text('md5').notNull(),
    mimetype: text('mimetype').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.name] })],
);

export type FileRow = typeof files.$inferSelect;
export type AlertRow = typeof alerts.$inferSelect;
export type Stream = (typeof chunks.$inferSelect)['stream'];
