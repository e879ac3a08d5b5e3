/**
 * The lists of the REST API. A page begins behind the last row of the one before (a key, not a count), so that what is added or
 * deleted in between neither repeats nor hides a row.
 */
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import { type ProjectRow, projects, type RunRow, runs, type SweepRow, sweeps } from '../schema.ts';
import type { Store } from '../store.ts';

export type RestLists = ReturnType<typeof createRestLists>;

export interface SweepPage {
  projectId?: number | undefined;
  states?: readonly SweepRow['state'][] | undefined;
  /** Time and id of the last row of the page before. */
  after?: { createdAt: number; id: string } | undefined;
  limit: number;
}

export interface RunPage {
  projectId?: number | undefined;
  sweepId?: string | undefined;
  states?: readonly RunRow['state'][] | undefined;
  order: 'oldest' | 'newest';
  /** Row id of the last row of the page before. */
  after?: number | undefined;
  limit: number;
}

export interface BestRun {
  name: string;
  value: number;
}

export function createRestLists({ db }: Pick<Store, 'db'>) {
  return {
    /** Newest first. */
    sweeps: ({ projectId, states, after, limit }: SweepPage): SweepRow[] =>
      db
        .select()
        .from(sweeps)
        .where(
          and(
            projectId === undefined ? undefined : eq(sweeps.projectId, projectId),
            states === undefined ? undefined : inArray(sweeps.state, [...states]),
            after === undefined
              ? undefined
              : or(
                  lt(sweeps.createdAt, after.createdAt),
                  and(eq(sweeps.createdAt, after.createdAt), lt(sweeps.id, after.id)),
                ),
          ),
        )
        .orderBy(desc(sweeps.createdAt), desc(sweeps.id))
        .limit(limit)
        .all(),
    runs: ({ projectId, sweepId, states, order, after, limit }: RunPage): RunRow[] => {
      const isBehind = order === 'newest' ? lt : gt;
      return db
        .select()
        .from(runs)
        .where(
          and(
            projectId === undefined ? undefined : eq(runs.projectId, projectId),
            sweepId === undefined ? undefined : eq(runs.sweepId, sweepId),
            states === undefined ? undefined : inArray(runs.state, [...states]),
            after === undefined ? undefined : isBehind(runs.id, after),
          ),
        )
        .orderBy(order === 'newest' ? desc(runs.id) : asc(runs.id))
        .limit(limit)
        .all();
    },
    /** Runs of this name with their projects, in all projects: a name is unique in one project only. */
    named: (name: string): { run: RunRow; project: ProjectRow }[] =>
      db
        .select({ run: runs, project: projects })
        .from(projects)
        // By project, since the index on names begins with the project.
        .crossJoin(runs)
        .where(and(eq(runs.projectId, projects.id), eq(runs.name, name)))
        .orderBy(runs.id)
        .all(),
    runStates: (sweepId: string): { state: RunRow['state']; count: number }[] =>
      db
        .select({ state: runs.state, count: sql<number>`count(*)` })
        .from(runs)
        .where(eq(runs.sweepId, sweepId))
        .groupBy(runs.state)
        .all(),
    /** The run with the best value of the sweep's metric; one whose point was given to another run does not count. */
    bestRun: ({ id, metricGoal }: Pick<SweepRow, 'id' | 'metricGoal'>): BestRun | undefined => {
      const best = db
        .select({ name: runs.name, value: runs.bestValue })
        .from(runs)
        .where(and(eq(runs.sweepId, id), isNotNull(runs.bestValue), isNull(runs.supersededAt)))
        .orderBy(metricGoal === 'maximize' ? desc(runs.bestValue) : asc(runs.bestValue), runs.id)
        .limit(1)
        .get();
      return best === undefined || best.value === null ? undefined : { name: best.name, value: best.value };
    },
  };
}
