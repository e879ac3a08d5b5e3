/** The read models of API and screens: what they show, straight from the tables. Nothing here changes anything. */
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Db } from '../open.ts';
import { agents, type ProjectRow, projects, type RunRow, runs, type SweepRow, sweeps } from '../schema.ts';
import type { Store } from '../store.ts';

export type { AgentRow, DecisionRow, FileRow, ProjectRow, RunRow, SweepRow } from '../schema.ts';

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
    runById: store.runs.byId,
    runs: (selection: RunSelection): RunRow[] => selectRuns(db, selection),
    agents: store.agents.ofSweep,
    agent: store.agents.byId,
    countAgentRuns: (agentId: string): number => count(db, eq(runs.agentId, agentId)),
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

function selectRuns(db: Db, { projectId, sweepId, agentId }: RunSelection): RunRow[] {
  return db
    .select()
    .from(runs)
    .where(
      and(
        projectId === undefined ? undefined : eq(runs.projectId, projectId),
        sweepId === undefined ? undefined : eq(runs.sweepId, sweepId),
        agentId === undefined ? undefined : eq(runs.agentId, agentId),
      ),
    )
    .orderBy(runs.id)
    .all();
}

const count = (db: Db, where: ReturnType<typeof eq>): number =>
  db.select({ n: sql<number>`count(*)` }).from(runs).where(where).get()?.n ?? 0;
