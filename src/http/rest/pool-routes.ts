/** Pools: an agent asks for whatever is next, a person looks at what that is, an admin says who may have how much. */
import { z } from 'zod';
import { askPool } from '../../service/pool-agent.ts';
import { type PoolView, viewPools, whyNothing } from '../../service/queue-view.ts';
import { deleteShare, listShares, runningOf, type ShareRow, setShare } from '../../service/shares.ts';
import { longestWaitS } from './agent-schema.ts';
import { iso, listOf } from './fields.ts';
import { leaseView } from './lease-view.ts';
import {
  PoolLease,
  PoolLeaseRequest,
  PoolPath,
  poolName,
  QueueView,
  SetShare,
  Share,
  SharePath,
} from './pool-schema.ts';
import { onWrite, refusals, withBody } from './problem-schema.ts';
import { actorOf, type RestRoom, type RestScope } from './scope.ts';
import { waitForRun } from './wait-for-run.ts';

export function poolRoutes(scope: RestScope, room: RestRoom): void {
  const { service } = room;

  scope.post(
    '/pools/:pool/lease',
    {
      schema: {
        operationId: 'leaseFromPool',
        summary: 'Ask for a run of whatever sweep of the pool is next',
        description:
          'The sweep is chosen by tags, caps, priority, fair share of teams and users, and age. Then as with a lease of one sweep: `/runs/{id}/heartbeat`, `metrics`, `finish`.',
        tags: ['agents'],
        params: PoolPath,
        body: PoolLeaseRequest,
        response: { 200: PoolLease, ...refusals(...withBody, ...onWrite) },
      },
    },
    async (request, reply) => {
      const { agent, request_id, tags, wait_s = 0 } = request.body;
      const { pool } = request.params;
      const actor = actorOf(request);
      const waitMs = Math.min(wait_s, longestWaitS) * 1000;
      const modelWait = request.body.wait_s === undefined ? {} : { waitMs };
      const ask = () => askPool(service, actor, { pool, agent, tags, requestId: request_id ?? null, ...modelWait });
      const signal = room.openEnds(reply);
      const leased = await waitForRun({
        ask,
        isAnswer: (asked) => asked !== null,
        mayConcern: (sweepId) => service.store.sweeps.byId(sweepId)?.pool === pool,
        subscribe: room.subscribe,
        waitMs,
        signal,
      });
      if (signal.aborted) reply.header('connection', 'close');
      if (leased !== null) return leaseView(leased);
      const waiting = whyNothing(service, pool, tags).map(({ sweepId, why }) => ({ sweep_id: sweepId, why }));
      return { run: null, waiting, retry_after_s: wait_s > 0 ? 1 : 5 };
    },
  );

  scope.get(
    '/queue',
    {
      schema: {
        operationId: 'getQueue',
        summary: 'See what is next, who holds what, and why something waits',
        tags: ['queue'],
        querystring: z.object({ pool: poolName.optional() }),
        response: { 200: QueueView, ...refusals('invalid_request') },
      },
    },
    async (request) => ({
      engine: service.queue.engine,
      problem: service.queue.problem(),
      workers: await room.workers(),
      pools: viewPools(service, request.query.pool ?? null).map(poolView),
    }),
  );

  scope.get(
    '/shares',
    {
      schema: {
        operationId: 'listShares',
        summary: 'List what users and teams may have, where it is not the usual',
        description: 'All of them on one page. Who is not listed has weight 1 and no limit.',
        tags: ['queue'],
        response: { 200: listOf(Share, 'The shares.'), ...refusals() },
      },
    },
    async () => ({ items: listShares(service).map(shareView), next_cursor: null }),
  );

  scope.put(
    '/shares/:kind/:name',
    {
      schema: {
        operationId: 'setShare',
        summary: 'Say what a user or a team may have',
        tags: ['queue'],
        params: SharePath,
        body: SetShare,
        response: { 200: Share, ...refusals(...withBody, 'admin_only', ...onWrite) },
      },
    },
    async (request) => {
      const { weight, max_parallel } = request.body;
      const change = { ...request.params, weight, maxParallel: max_parallel };
      return shareView(await setShare(service, actorOf(request), change));
    },
  );

  scope.delete(
    '/shares/:kind/:name',
    {
      schema: {
        operationId: 'deleteShare',
        summary: 'Let a user or a team have the usual again',
        tags: ['queue'],
        params: SharePath,
        response: {
          204: z.undefined().meta({ description: 'Deleted.' }),
          ...refusals('invalid_request', 'admin_only', 'share_not_found', ...onWrite),
        },
      },
    },
    async (request, reply) => {
      const { kind, name } = request.params;
      await deleteShare(service, actorOf(request), kind, name);
      return reply.code(204).send();
    },
  );

  const shareView = (row: ShareRow) => ({
    kind: row.kind,
    name: row.name,
    weight: row.weight,
    max_parallel: row.maxParallel,
    running: runningOf(service, row),
  });
}

const poolView = ({ name, agents, next, holders }: PoolView) => ({
  name,
  agents,
  next: next.map(({ sweep, candidate, tags, why, ready, running }) => ({
    sweep_id: sweep.id,
    name: sweep.displayName,
    team: candidate.team,
    user: candidate.user,
    priority: candidate.priority,
    tags: [...tags],
    ready,
    running,
    why,
  })),
  holders: holders.map(({ lease, run, sweep, agent }) => ({
    run_id: run.name,
    sweep_id: sweep.id,
    user: sweep.userName,
    agent: agent?.name ?? '',
    since: iso(lease.grantedAt),
    expires_at: iso(lease.expiresAt),
  })),
});
