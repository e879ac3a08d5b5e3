/** The tables of shares: who may have how much, and who has had how much. */
import { sql } from 'drizzle-orm';
import { check, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { shareKinds } from '../domain/share.ts';

/** What a user or a team may have of the agents, where it is not the usual: weight 1 and no limit. */
export const shares = sqliteTable(
  'shares',
  {
    kind: text('kind', { enum: shareKinds }).notNull(),
    name: text('name').notNull(),
    weight: real('weight').notNull().default(1),
    /** Runs at a time, null: no limit. */
    maxParallel: integer('max_parallel'),
  },
  (t) => [primaryKey({ columns: [t.kind, t.name] }), check('shares_weight', sql`"weight" > 0`)],
);

/**
 * How much each team and user of a pool has had (service/fair-share.ts). Kept to the second: what a crash loses is a second's
 * bookkeeping of fairness, no fact.
 */
export const virtualTimes = sqliteTable(
  'virtual_times',
  {
    pool: text('pool').notNull(),
    team: text('team').notNull(),
    /** Empty in the row of the team itself. */
    userName: text('user_name').notNull(),
    virtualTime: real('virtual_time').notNull(),
    isEligible: integer('is_eligible', { mode: 'boolean' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.pool, t.team, t.userName] })],
);

export type ShareRow = typeof shares.$inferSelect;
export type VirtualTimeRow = typeof virtualTimes.$inferSelect;
