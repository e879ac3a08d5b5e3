/** The agent's loop: ask for a run, report, finish. */

import type { FastifyReply } from 'fastify';
import { writeJson } from '../../domain/json.ts';
import { type Asked, askForRun, finishRun, heartbeatRun, logRows } from '../../service/rest-agent.ts';
import {
  Alive,
  Finish,
  Finished,
  Heartbeat,
  Lease,
  LeaseRequest,
  longestWaitS,
  Metrics,
  Stored,
} from './agent-schema.ts';
import { iso, RunPath, SweepPath } from './fields.ts';
import { leaseView } from './lease-view.ts';
import { onWrite, refusals, withBody } from './problem-schema.ts';
import { actorOf, type RestRoom, type RestScope } from './scope.ts';
import { waitForRun } from './wait-for-run.ts';

const tags = ['agents'];
const metricsLimit = 16 * 1024 * 1024;
const reporting = ['run_not_found', 'lease_lost', ...onWrite] as const;

export function agentRoutes(scope: RestScope, room: RestRoom): void {
  scope.post(
    '/sweeps/:id/lease',
    {
      schema: {
        operationId: 'lease',
        summary: 'Ask for a run',
        description:
          'Gives a point of the sweep as a run, with a lease on it: the right to report it, as long as a call with the token comes before `expires_at`. Send a `request_id` of your own with each ask: where the answer was lost, the same ask again gives the same run.',
        tags,
        params: SweepPath,
        body: LeaseRequest,
        response: { 200: Lease, ...refusals(...withBody, 'sweep_not_found', ...onWrite) },
      },
    },
    async (request, reply) => {
      const { agent, request_id, wait_s } = request.body;
      const actor = actorOf(request);
      const sweepId = request.params.id;
      const waits = wait_s !== undefined && wait_s > 0;
      const modelWait = wait_s === undefined ? {} : { waitMs: Math.min(wait_s, longestWaitS) * 1000 };
      const input = { sweepId, agent, requestId: request_id ?? null, ...modelWait };
      const ask = () => askForRun(room.service, actor, input);
      const { leased, sweepState } = waits ? await askAndWait(reply, sweepId, wait_s, ask) : await ask();
      if (leased === null) return { run: null, sweep_state: sweepState, retry_after_s: waits ? 1 : 5 };
      return leaseView(leased);
    },
  );

  async function askAndWait(reply: FastifyReply, sweepId: string, waitS: number, ask: () => Promise<Asked>) {
    const signal = room.openEnds(reply);
    const waitMs = Math.min(waitS, longestWaitS) * 1000;
    const asked = await waitForRun({
      ask,
      isAnswer: ({ leased, sweepState }) => leased !== null || sweepState === 'finished' || sweepState === 'canceled',
      mayConcern: (changed) => changed === sweepId,
      subscribe: room.subscribe,
      waitMs,
      signal,
    });
    // Else a server that stops would wait for the next request of an agent that it does not answer any more.
    if (signal.aborted) reply.header('connection', 'close');
    return asked;
  }

  scope.post(
    '/runs/:id/heartbeat',
    {
      schema: {
        operationId: 'heartbeat',
        summary: 'Say that the run is alive',
        description: 'Rows say it too. Send one at least every third of a lease period.',
        tags,
        params: RunPath,
        body: Heartbeat,
        response: { 200: Alive, ...refusals(...withBody, ...reporting) },
      },
    },
    async (request) => {
      const { stop, reason, expiresAt } = await heartbeatRun(room.service, request.params.id, request.body.token);
      return { stop, reason, expires_at: iso(expiresAt) };
    },
  );

  scope.post(
    '/runs/:id/metrics',
    {
      bodyLimit: metricsLimit,
      schema: {
        operationId: 'logMetrics',
        summary: 'Store rows of the history',
        description:
          '`offset` is the number of the first row. Rows that were sent before are overwritten, so a request whose answer was lost is sent again as it was; rows beyond the next one are refused.',
        tags,
        params: RunPath,
        body: Metrics,
        response: { 200: Stored, ...refusals(...withBody, ...reporting, 'offset_gap') },
      },
    },
    async (request) => {
      const { token, offset, rows } = request.body;
      const texts = rows.map(writeJson);
      const { run, stop, reason } = await logRows(room.service, request.params.id, token, offset, texts);
      return { rows: run.historyLines, stop, reason };
    },
  );

  scope.post(
    '/runs/:id/finish',
    {
      schema: {
        operationId: 'finish',
        summary: 'End the run',
        description:
          'The same call again gives the same answer. A failed point is tried again only where the sweep config allows it.',
        tags,
        params: RunPath,
        body: Finish,
        response: { 200: Finished, ...refusals(...withBody, ...reporting) },
      },
    },
    async (request) => {
      const { token, state, summary } = request.body;
      const text = summary == null ? null : writeJson(summary);
      const run = await finishRun(room.service, request.params.id, token, state, text);
      return { id: run.name, state: run.state };
    },
  );
}
