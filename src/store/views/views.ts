/** The read models of API and screens: what they show, straight from the tables. Nothing here changes anything. */
import { and, desc, eq, getTableColumns, gt, max, min, sql } from 'drizzle-orm';
import type { Db } from '../open.ts';
import { agents, type ProjectRow, projects, type RunRow, runs, type SweepRow, sweeps } from '../schema.ts';
import type { Store } from '../store.ts';

export type {
  AgentRow,
  DecisionRow,
  FileRow,
  ForwardedRunRow,
  ProjectRow,
  RunRow,
  Stream,
  SweepRow,
} from '../schema.ts';

export type Views = ReturnType<typeof createViews>;

export interface RunSelection {
  projectId?: number;
  sweepId?: string;
  agentId?: string;
}

export function createViews(store: Store) {
  const { db } = store;
  return {
    project: store.projects.find,
    projectById: store.projects.byId,
    projects: (entity: string): ProjectRow[] =>
      db.select().from(projects).where(eq(projects.entity, entity)).orderBy(desc(projects.id)).all(),
    sweep: store.sweeps.byId,
    sweeps: (projectId?: number): SweepRow[] =>
      db
        .select()
        .from(sweeps)
        .where(projectId === undefined ? undefined : eq(sweeps.projectId, projectId))
        .orderBy(desc(sweeps.createdAt), desc(sweeps.id))
        .all(),
    run: store.runs.byName,
    runByPath: store.runs.byPath,
    runById: store.runs.byId,
    runsByIds: store.runs.byIds,
    runs: (selection: RunSelection): RunRow[] => selectRuns(db, selection),
    /**
     * The same one by one, oldest first, a bounded number of them in memory.
     * @param withTexts whether config and summary are needed; else both are `{}`
     */
    eachRun: (selection: RunSelection, withTexts: boolean): Generator<RunRow> => eachRun(db, selection, withTexts),
    runIds: (selection: RunSelection, order: 'oldest' | 'newest'): number[] =>
      db
        .select({ id: runs.id })
        .from(runs)
        .where(selected(selection))
        .orderBy(...(order === 'newest' ? [desc(runs.createdAt), desc(runs.id)] : [runs.createdAt, runs.id]))
        .all()
        .map(({ id }) => id),
    /** The best value of the sweep's metric that any of its runs has. */
    bestValue: (sweepId: string, goal: SweepRow['metricGoal']): number | null =>
      db
        .select({ best: goal === 'maximize' ? max(runs.bestValue) : min(runs.bestValue) })
        .from(runs)
        .where(eq(runs.sweepId, sweepId))
        .get()?.best ?? null,
    agents: store.agents.ofSweep,
    agent: store.agents.byId,
    countSelected: (selection: RunSelection): number => count(db, selected(selection)),
    /** How many runs of the sweep each agent had; runs without an agent are left out. */
    runsPerAgent: (sweepId: string): Map<string, number> =>
      new Map(
        db
          .select({ agentId: sql<string>`agent_id`, n: sql<number>`count(*)` })
          .from(runs)
          .where(sql`sweep_id = ${sweepId} and agent_id is not null`)
          .groupBy(runs.agentId)
          .all()
          .map(({ agentId, n }) => [agentId, n]),
      ),
    liveAgents: (since: number): number =>
      db.select({ n: sql<number>`count(*)` }).from(agents).where(sql`heartbeat_at >= ${since}`).get()?.n ?? 0,
    countRuns: (sweepId: string): number => count(db, eq(runs.sweepId, sweepId)),
    countProjectRuns: (projectId: number): number => count(db, eq(runs.projectId, projectId)),
    lines: store.streams.read,
    writtenLines: store.streams.written,
    nextWrittenLine: store.streams.nextWritten,
    objectives: store.streams.objectivesOf,
    decisions: store.decisions.ofRun,
    files: store.files.ofRun,
    file: store.files.find,
  };
}

const selected = ({ projectId, sweepId, agentId }: RunSelection) =>
  and(
    projectId === undefined ? undefined : eq(runs.projectId, projectId),
    sweepId === undefined ? undefined : eq(runs.sweepId, sweepId),
    agentId === undefined ? undefined : eq(runs.agentId, agentId),
  );

function selectRuns(db: Db, selection: RunSelection): RunRow[] {
  return db.select().from(runs).where(selected(selection)).orderBy(runs.id).all();
}

const runsAtOnce = 500;
const columns = getTableColumns(runs);
const withoutTexts = { ...columns, config: sql<string>`'{}'`, summary: sql<string>`'{}'` };

function* eachRun(db: Db, selection: RunSelection, withTexts: boolean): Generator<RunRow> {
  for (let after = 0; ; ) {
    const page: RunRow[] = db
      .select(withTexts ? columns : withoutTexts)
      .from(runs)
      .where(and(selected(selection), gt(runs.id, after)))
      .orderBy(runs.id)
      .limit(runsAtOnce)
      .all();
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < runsAtOnce) return;
    after = last.id;
  }
}

const count = (db: Db, where: ReturnType<typeof selected>): number =>
  db.select({ n: sql<number>`count(*)` }).from(runs).where(where).get()?.n ?? 0;
