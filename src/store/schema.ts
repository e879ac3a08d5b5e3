/**
 * The tables. Times are wall-clock milliseconds; JSON columns hold text as it came (W&B sends bare NaN and integers above 2^53,
 * which SQLite's JSON functions and JSON.parse would refuse or change).
 */
import { sql } from 'drizzle-orm';
import { blob, check, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { leaseStates, suggestionStates } from '../domain/lease.ts';
import { runStates } from '../domain/run.ts';
import { verdicts } from '../domain/stop.ts';
import { sweepStates } from '../domain/sweep.ts';

export * from './share-schema.ts';

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
    index('runs_by_agent').on(t.agentId),
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
    index('leases_live_by_deadline').on(t.expiresAt).where(sql`state = 'live'`),
    index('leases_live_by_agent').on(t.agentId).where(sql`state = 'live'`),
    index('leases_live_by_sweep').on(t.sweepId).where(sql`state = 'live'`),
    index('leases_by_run').on(t.runId),
    uniqueIndex('leases_by_request').on(t.agentId, t.requestId).where(sql`request_id is not null`),
    check('leases_state', oneOf('state', leaseStates)),
  ],
);

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

export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type ProjectRow = typeof projects.$inferSelect;
export type SweepRow = typeof sweeps.$inferSelect;
export type SuggestionRow = typeof suggestions.$inferSelect;
export type AgentRow = typeof agents.$inferSelect;
export type RunRow = typeof runs.$inferSelect;
export type LeaseRow = typeof leases.$inferSelect;
export type SweepProgressRow = typeof sweepProgress.$inferSelect;
export type DecisionRow = typeof decisions.$inferSelect;
export type FileRow = typeof files.$inferSelect;
export type AlertRow = typeof alerts.$inferSelect;
export type ForwardedSweepRow = typeof forwardedSweeps.$inferSelect;
export type ForwardedRunRow = typeof forwardedRuns.$inferSelect;
export type Stream = (typeof chunks.$inferSelect)['stream'];
