/** The tables of what there is to do and who does it: keys, projects, sweeps, suggestions, agents, runs, leases. */
import { sql } from 'drizzle-orm';
import { check, index, integer, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { leaseStates, suggestionStates } from '../domain/lease.ts';
import { runStates } from '../domain/run.ts';
import { sweepStates } from '../domain/sweep.ts';

const oneOf = (column: string, words: readonly string[]) =>
  sql.raw(`"${column}" in (${words.map((word) => `'${word}'`).join(', ')})`);

/** Facts about this database itself, e.g. the secret that signs upload URLs. */
export const settings = sqliteTable('settings', { key: text('key').primaryKey(), value: text('value').notNull() });

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  userName: text('user_name').notNull(),
  /** SHA-256 of the key, hex: keys are long and random, so a slow hash would only slow every request. */
  hash: text('hash').notNull().unique(),
  role: text('role', { enum: ['admin', 'member'] }).notNull(),
  label: text('label').notNull(),
  createdAt: integer('created_at').notNull(),
  revokedAt: integer('revoked_at'),
});

export const projects = sqliteTable(
  'projects',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    entity: text('entity').notNull(),
    name: text('name').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [uniqueIndex('projects_by_name').on(t.entity, t.name)],
);

export const sweeps = sqliteTable(
  'sweeps',
  {
    /** The eight characters of paths and URLs. */
    id: text('id').primaryKey(),
    projectId: integer('project_id')
      .notNull()
      .references(() => projects.id),
    userName: text('user_name').notNull(),
    displayName: text('display_name'),
    description: text('description'),
    method: text('method').notNull(),
    state: text('state', { enum: sweepStates }).notNull(),
    /** Why the sweep is in its state, in words, where it is not the user's doing. */
    stateReason: text('state_reason'),
    /** The config as given, as lossless JSON text (1.0 stays 1.0). */
    config: text('config').notNull(),
    metricName: text('metric_name'),
    metricGoal: text('metric_goal', { enum: ['minimize', 'maximize'] }),
    runCap: integer('run_cap'),
    /** Whether a stop rule of it looks at the clock. */
    isTimed: integer('is_timed', { mode: 'boolean' }).notNull().default(false),
    /** The set of agents that serve it, beside those that ask for this very sweep. */
    pool: text('pool').notNull().default('default'),
    /** Points of a grid, decimal text since a grid may exceed 2^53; null where the search does not end by itself. */
    size: text('size'),
    /** Next grid index (decimal text), or the number of seeded draws made. */
    cursor: text('cursor').notNull().default('0'),
    /** Decimal text: seeds may exceed 2^53. */
    seed: text('seed').notNull(),
    /** Suggestions handed out at least once: what run_cap counts. */
    taken: integer('taken').notNull().default(0),
    /** Runs made: the next run's number. */
    runsMade: integer('runs_made').notNull().default(0),
    /** What is known before the first run (`sweepd.prior`), as it was when the sweep was created: a JSON list of results. */
    prior: text('prior'),
    controller: text('controller'),
    scheduler: text('scheduler'),
    priorRunsFilters: text('prior_runs_filters'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    heartbeatAt: integer('heartbeat_at'),
    endedAt: integer('ended_at'),
  },
  (t) => [
    index('sweeps_by_project').on(t.projectId, t.createdAt),
    index('sweeps_timed').on(t.id).where(sql`is_timed = 1`),
    index('sweeps_running_by_pool').on(t.pool, t.createdAt).where(sql`state = 'running'`),
    index('sweeps_by_user').on(t.userName),
    check('sweeps_state', oneOf('state', sweepStates)),
  ],
);

/** A point that may be handed out. The run's own config lives in `runs`: a program may change that, never this. */
export const suggestions = sqliteTable(
  'suggestions',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    sweepId: text('sweep_id')
      .notNull()
      .references(() => sweeps.id, { onDelete: 'cascade' }),
    ordinal: integer('ordinal').notNull(),
    /** `{name: value}` as lossless JSON text. */
    parameters: text('parameters').notNull(),
    pointKey: text('point_key').notNull(),
    method: text('method').notNull(),
    /** Number of results the suggestion was made from. */
    basis: integer('basis').notNull().default(0),
    explanation: text('explanation'),
    state: text('state', { enum: suggestionStates }).notNull(),
    /** Runs made of it so far. */
    attempts: integer('attempts').notNull().default(0),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('suggestions_by_ordinal').on(t.sweepId, t.ordinal),
    // `state = 'ready'` alone in the predicate: SQLite uses a partial index only where the query repeats it word by word.
    index('suggestions_ready').on(t.sweepId, t.id).where(sql`state = 'ready'`),
    check('suggestions_state', oneOf('state', suggestionStates)),
  ],
);

export const agents = sqliteTable(
  'agents',
  {
    id: text('id').primaryKey(),
    /** `wandb` and `rest` are bound to one sweep, `pool` serves whatever its pool has. */
    kind: text('kind', { enum: ['wandb', 'rest', 'pool'] }).notNull(),
    /** null: of a pool. */
    sweepId: text('sweep_id').references(() => sweeps.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    host: text('host').notNull(),
    userName: text('user_name').notNull(),
    pool: text('pool'),
    /** What the agent says it has, a JSON list of names: a sweep that asks for tags goes to agents with all of them. */
    tags: text('tags').notNull().default('[]'),
    createdAt: integer('created_at').notNull(),
    heartbeatAt: integer('heartbeat_at').notNull(),
    /** When the last answer to this agent went out, and since when it has been waiting for work. */
    answeredAt: integer('answered_at'),
    idleSince: integer('idle_since'),
  },
  (t) => [
    uniqueIndex('agents_rest_name').on(t.sweepId, t.name).where(sql`kind = 'rest'`),
    uniqueIndex('agents_pool_name').on(t.pool, t.name).where(sql`kind = 'pool'`),
    index('agents_by_sweep').on(t.sweepId, t.createdAt),
  ],
);

export const runs = sqliteTable(
  'runs',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    projectId: integer('project_id')
      .notNull()
      .references(() => projects.id),
    /** W&B's run id: eight characters of ours, or whatever the program chose. */
    name: text('name').notNull(),
    sweepId: text('sweep_id').references(() => sweeps.id, { onDelete: 'cascade' }),
    suggestionId: integer('suggestion_id').references(() => suggestions.id, { onDelete: 'set null' }),
    /** 1 for the first run of a suggestion. */
    attempt: integer('attempt').notNull().default(1),
    /** 1, 2, 3... within its sweep. */
    number: integer('number'),
    /** The lost run whose point this one repeats. */
    predecessorId: integer('predecessor_id'),
    /** Set when a successor was handed out: the run may never count again. */
    supersededAt: integer('superseded_at'),
    agentId: text('agent_id'),
    userName: text('user_name').notNull(),
    displayName: text('display_name').notNull(),
    state: text('state', { enum: runStates }).notNull(),
    /** `{name: {value}}` as the client sent it last, or as handed out. */
    config: text('config').notNull().default('{}'),
    summary: text('summary').notNull().default('{}'),
    notes: text('notes'),
    tags: text('tags').notNull().default('[]'),
    groupName: text('group_name'),
    jobType: text('job_type'),
    host: text('host'),
    gitCommit: text('git_commit'),
    gitRemote: text('git_remote'),
    program: text('program'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** When the program first reported; null for a run that was only handed out. */
    begunAt: integer('begun_at'),
    heartbeatAt: integer('heartbeat_at'),
    endedAt: integer('ended_at'),
    exitCode: integer('exit_code'),
    stopRequestedAt: integer('stop_requested_at'),
    stopReason: text('stop_reason'),
    /** A cancelled run's process is ended at once; one stopped by a rule may finish its last report first. */
    stopAtOnce: integer('stop_at_once', { mode: 'boolean' }).notNull().default(false),
    /** When the agent was told to end the process. */
    stopSentAt: integer('stop_sent_at'),
    historyLines: integer('history_lines').notNull().default(0),
    eventsLines: integer('events_lines').notNull().default(0),
    logLines: integer('log_lines').notNull().default(0),
    lastStep: integer('last_step'),
    /** Begun anew under its own id without `resume`: what it had is dropped at the next report. */
    restarted: integer('restarted', { mode: 'boolean' }).notNull().default(false),
    /** Goes up when what the run had logged is dropped or cut (begun anew, rewound): whoever copies it begins at the beginning. */
    generation: integer('generation').notNull().default(0),
    /** By which the run is judged: the best value of the sweep's metric by its goal, or what `sweepd.objective` says. */
    bestValue: real('best_value'),
    /** History lines with a finite value of the metric: what early stopping counts. */
    iterations: integer('iterations').notNull().default(0),
    /** When the last report with such a line came. */
    metricAt: integer('metric_at'),
    /** When it was last begun again after an end, or handed out again. */
    resumedAt: integer('resumed_at'),
    /** Lines in a row, up to the last one with the metric, whose value is NaN or infinite; kept where a rule asks for it. */
    oddStreak: integer('odd_streak').notNull().default(0),
  },
  (t) => [
    uniqueIndex('runs_by_name').on(t.projectId, t.name),
    index('runs_by_sweep').on(t.sweepId, t.id),
    index('runs_by_suggestion').on(t.suggestionId),
    check('runs_state', oneOf('state', runStates)),
  ],
);

export const leases = sqliteTable(
  'leases',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    runId: integer('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    sweepId: text('sweep_id').notNull(),
    agentId: text('agent_id').notNull(),
    token: text('token').notNull().unique(),
    state: text('state', { enum: leaseStates }).notNull(),
    grantedAt: integer('granted_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** REST: the same request id gives the same run again. */
    requestId: text('request_id'),
    /** W&B: the command was sent this often after a gap longer than a lost answer's. */
    laterDeliveries: integer('later_deliveries').notNull().default(0),
    /** When the agent first named the run as alive, and since when it no longer does. */
    namedAt: integer('named_at'),
    missingSince: integer('missing_since'),
  },
  (t) => [
    // No index by deadline: every report would move its row there, and the reaper looks through the live leases alone.
    index('leases_live_by_agent').on(t.agentId).where(sql`state = 'live'`),
    index('leases_live_by_sweep').on(t.sweepId).where(sql`state = 'live'`),
    index('leases_by_run').on(t.runId),
    uniqueIndex('leases_by_request').on(t.agentId, t.requestId).where(sql`request_id is not null`),
    check('leases_state', oneOf('state', leaseStates)),
  ],
);

export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type ProjectRow = typeof projects.$inferSelect;
export type SweepRow = typeof sweeps.$inferSelect;
export type SuggestionRow = typeof suggestions.$inferSelect;
export type AgentRow = typeof agents.$inferSelect;
export type RunRow = typeof runs.$inferSelect;
export type LeaseRow = typeof leases.$inferSelect;
