/** /forwarding: where forwarding to the upstream stands, and steering it. */
import { forwardingStatus, pauseForwarding, resumeForwarding, retryForwarding } from '../../service/forwarding.ts';
import { requireAdmin } from '../../service/keys.ts';
import { iso, isoOrNull } from './fields.ts';
import { Forwarding, PauseForwarding, Retried, RetryForwarding } from './forwarding-schema.ts';
import { onWrite, refusals, withBody } from './problem-schema.ts';
import { runAt } from './run-at.ts';
import { actorOf, type RestRoom, type RestScope } from './scope.ts';

const tags = ['forwarding'];

export function forwardingRoutes(scope: RestScope, room: RestRoom): void {
  const statusView = () => {
    const { paused, waiting, refused, refusedRuns } = forwardingStatus(room.service);
    const health = room.forwarding();
    const state =
      health === null ? 'off' : paused !== null ? 'paused' : health.waiting !== null ? 'waiting' : 'running';
    return {
      state: state as 'off' | 'running' | 'waiting' | 'paused',
      upstream: health?.url ?? null,
      reason: paused?.reason ?? health?.waiting?.reason ?? null,
      until: paused !== null || health?.waiting == null ? null : iso(health.waiting.until),
      last_success_at: isoOrNull(health?.lastSuccessAt ?? null),
      runs_waiting: waiting,
      runs_refused: refused,
      refused: refusedRuns.map(({ run, reason, at }) => {
        const project = room.views.projectById(run.projectId);
        return { run: run.name, project: `${project?.entity}/${project?.name}`, reason, refused_at: isoOrNull(at) };
      }),
    };
  };

  scope.get(
    '/forwarding',
    {
      schema: {
        operationId: 'getForwarding',
        summary: 'See where forwarding stands',
        tags,
        response: { 200: Forwarding, ...refusals() },
      },
    },
    async () => statusView(),
  );

  scope.post(
    '/forwarding/pause',
    {
      schema: {
        operationId: 'pauseForwarding',
        summary: 'Send nothing until told otherwise',
        description: 'It survives a restart. What is logged meanwhile is sent later.',
        tags,
        body: PauseForwarding,
        response: { 200: Forwarding, ...refusals(...withBody, 'admin_only', ...onWrite) },
      },
    },
    async (request) => {
      requireAdmin(actorOf(request));
      await pauseForwarding(room.service, request.body.reason);
      return statusView();
    },
  );

  scope.post(
    '/forwarding/resume',
    {
      schema: {
        operationId: 'resumeForwarding',
        summary: 'Go on sending',
        description: 'Also ends the wait for an upstream that could not be reached.',
        tags,
        response: { 200: Forwarding, ...refusals('admin_only', ...onWrite) },
      },
    },
    async (request) => {
      requireAdmin(actorOf(request));
      await resumeForwarding(room.service);
      return statusView();
    },
  );

  scope.post(
    '/forwarding/retry',
    {
      schema: {
        operationId: 'retryForwarding',
        summary: 'Send what was refused once more',
        tags,
        body: RetryForwarding,
        response: {
          200: Retried,
          ...refusals(...withBody, 'admin_only', 'run_not_found', 'project_not_found', 'ambiguous_run', ...onWrite),
        },
      },
    },
    async (request) => {
      requireAdmin(actorOf(request));
      const { run, project } = request.body;
      const runId = run === undefined ? undefined : runAt(room, run, project).run.id;
      return { retried: await retryForwarding(room.service, runId) };
    },
  );
}
