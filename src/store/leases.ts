/** Leases and the agents that hold them. */
import { and, desc, eq, sql } from 'drizzle-orm';
import { change, firstPair, firstRow, firstValue } from './lean.ts';
import type { Db } from './open.ts';
import { type AgentRow, agents, type LeaseRow, leases, type RunRow, runs } from './schema.ts';

const is = { live: sql`state = 'live'` };

export function leaseStatements(db: Db) {
  const insert = change(
    db,
    db.insert(leases).values({
      runId: sql.placeholder('runId'),
      sweepId: sql.placeholder('sweepId'),
      agentId: sql.placeholder('agentId'),
      token: sql.placeholder('token'),
      state: 'live',
      grantedAt: sql.placeholder('now'),
      expiresAt: sql.placeholder('expiresAt'),
      requestId: sql.placeholder('requestId'),
    }),
  );
  const byToken = firstPair(db, [leases, runs], eq(runs.id, leases.runId), eq(leases.token, sql.placeholder('token')));
  const ofRun = firstRow(db, leases, eq(leases.runId, sql.placeholder('runId')), desc(leases.id));
  const liveOfAgent = db
    .select()
    .from(leases)
    .where(and(eq(leases.agentId, sql.placeholder('agentId')), is.live))
    .orderBy(leases.id)
    .prepare();
  const extend = change(
    db,
    db
      .update(leases)
      .set({ expiresAt: sql`max(expires_at, ${sql.placeholder('expiresAt')})` })
      .where(and(eq(leases.runId, sql.placeholder('runId')), is.live)),
  );
  const move = change(
    db,
    db
      .update(leases)
      .set({ state: sql`${sql.placeholder('to')}` })
      .where(and(eq(leases.runId, sql.placeholder('runId')), is.live)),
  );
  const expired = db
    .select()
    .from(leases)
    .where(and(is.live, sql`expires_at <= ${sql.placeholder('now')}`))
    .orderBy(leases.expiresAt)
    .limit(500)
    .prepare();
  const liveOfSweep = db
    .select({ n: sql<number>`count(*)` })
    .from(leases)
    .where(and(eq(leases.sweepId, sql.placeholder('sweepId')), is.live))
    .prepare();
  const liveOfUser = firstValue<number>(
    db,
    db
      .select({ n: sql<number>`count(*)` })
      .from(leases)
      .where(
        sql`state = 'live' and sweep_id in (select id from sweeps where user_name = ${sql.placeholder('userName')})`,
      ),
  );
  const liveOfTeam = firstValue<number>(
    db,
    db
      .select({ n: sql<number>`count(*)` })
      .from(leases)
      .where(
        sql`state = 'live' and sweep_id in (select s.id from sweeps s join projects p on p.id = s.project_id where p.entity = ${sql.placeholder('team')})`,
      ),
  );
  const ofRequest = firstRow(
    db,
    leases,
    and(
      eq(leases.agentId, sql.placeholder('agentId')),
      sql`request_id is not null`,
      eq(leases.requestId, sql.placeholder('requestId')),
    ),
  );
  return {
    insert: (row: {
      runId: number;
      sweepId: string;
      agentId: string;
      token: string;
      now: number;
      expiresAt: number;
      requestId: string | null;
    }): LeaseRow => {
      const id = Number(insert(row).lastInsertRowid);
      const { runId, sweepId, agentId, token, now, expiresAt, requestId } = row;
      const given = { runId, sweepId, agentId, token, expiresAt, requestId };
      return { ...given, id, state: 'live', grantedAt: now, laterDeliveries: 0, namedAt: null, missingSince: null };
    },
    /** With its run. */
    byToken: (token: string): [LeaseRow, RunRow] | undefined => byToken({ token }),
    /** The run's newest lease: the only one that may be live. */
    ofRun: (runId: number): LeaseRow | undefined => ofRun({ runId }),
    ofRequest: (agentId: string, requestId: string): LeaseRow | undefined => ofRequest({ agentId, requestId }),
    liveOfAgent: (agentId: string): LeaseRow[] => liveOfAgent.all({ agentId }),
    liveCount: (sweepId: string): number => liveOfSweep.get({ sweepId })?.n ?? 0,
    /** Live leases on runs of the user's sweeps, and of the team's. */
    liveOfUser: (userName: string): number => liveOfUser({ userName }) ?? 0,
    liveOfTeam: (team: string): number => liveOfTeam({ team }) ?? 0,
    /** Oldest first. */
    liveInPool: (pool: string): LeaseRow[] =>
      db
        .select()
        .from(leases)
        .where(and(is.live, sql`sweep_id in (select id from sweeps where pool = ${pool})`))
        .orderBy(leases.grantedAt, leases.id)
        .all(),
    extend: (runId: number, expiresAt: number): void => void extend({ runId, expiresAt }),
    /** Ends the run's live lease, if it has one. */
    release: (runId: number, to: 'ended' | 'expired'): void => void move({ runId, to }),
    revive: (id: number, expiresAt: number): void =>
      void db.update(leases).set({ state: 'live', expiresAt, missingSince: null }).where(eq(leases.id, id)).run(),
    update: (id: number, values: Partial<typeof leases.$inferInsert>): void =>
      void db.update(leases).set(values).where(eq(leases.id, id)).run(),
    expiredAt: (now: number): LeaseRow[] => expired.all({ now }),
    missingBefore: (at: number): LeaseRow[] =>
      db
        .select()
        .from(leases)
        .where(and(is.live, sql`missing_since is not null and missing_since <= ${at}`))
        .all(),
    /** A server that was down heard no sign of life: every live lease gets a whole period. */
    refreshAll: (expiresAt: number): number =>
      db.update(leases).set({ expiresAt, missingSince: null }).where(is.live).run().changes,
  };
}

export function agentStatements(db: Db) {
  const byId = db
    .select()
    .from(agents)
    .where(eq(agents.id, sql.placeholder('id')))
    .prepare();
  const byName = firstRow(
    db,
    agents,
    and(eq(agents.sweepId, sql.placeholder('sweepId')), eq(agents.name, sql.placeholder('name')), sql`kind = 'rest'`),
  );
  const byPoolName = firstRow(
    db,
    agents,
    and(eq(agents.pool, sql.placeholder('pool')), eq(agents.name, sql.placeholder('name')), sql`kind = 'pool'`),
  );
  const touch = change(
    db,
    db
      .update(agents)
      .set({ heartbeatAt: sql`${sql.placeholder('now')}` })
      .where(eq(agents.id, sql.placeholder('id'))),
  );
  const answered = change(
    db,
    db
      .update(agents)
      .set({ answeredAt: sql`${sql.placeholder('now')}`, idleSince: sql`${sql.placeholder('idleSince')}` })
      .where(eq(agents.id, sql.placeholder('id'))),
  );
  const bound = firstValue<number>(
    db,
    db
      .select({ n: sql<number>`count(*)` })
      .from(agents)
      .where(sql`sweep_id = ${sql.placeholder('sweepId')} and heartbeat_at >= ${sql.placeholder('since')}`),
  );
  const serving = firstValue<number>(
    db,
    db
      .select({ n: sql<number>`count(*)` })
      .from(leases)
      .innerJoin(agents, eq(agents.id, leases.agentId))
      .where(
        and(eq(leases.sweepId, sql.placeholder('sweepId')), sql`${leases.state} = 'live'`, eq(agents.kind, 'pool')),
      ),
  );
  return {
    byId: (id: string): AgentRow | undefined => byId.get({ id }),
    byRestName: (sweepId: string, name: string): AgentRow | undefined => byName({ sweepId, name }),
    byPoolName: (pool: string, name: string): AgentRow | undefined => byPoolName({ pool, name }),
    setTags: (id: string, tags: string): void => void db.update(agents).set({ tags }).where(eq(agents.id, id)).run(),
    insert: (row: typeof agents.$inferInsert): AgentRow => db.insert(agents).values(row).returning().get(),
    touch: (id: string, now: number): void => void touch({ id, now }),
    answered: (id: string, now: number, idleSince: number | null): void => void answered({ id, now, idleSince }),
    ofSweep: (sweepId: string): AgentRow[] =>
      db.select().from(agents).where(eq(agents.sweepId, sweepId)).orderBy(agents.createdAt, agents.id).all(),
    livePoolCount: (pool: string, since: number): number =>
      db
        .select({ n: sql<number>`count(*)` })
        .from(agents)
        .where(sql`kind = 'pool' and pool = ${pool} and heartbeat_at >= ${since}`)
        .get()?.n ?? 0,
    /** Agents that ask for this sweep, and those of a pool that have a run of it. */
    liveCount: (sweepId: string, since: number): number =>
      (bound({ sweepId, since }) ?? 0) + (serving({ sweepId }) ?? 0),
  };
}
