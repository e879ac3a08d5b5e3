/** /runs: list, look at, read the history, stop, delete. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { notFound } from '../../domain/errors.ts';
import { runStates } from '../../domain/run.ts';
import { deleteRun, stopRun } from '../../service/stop-run.ts';
import type { RunRow } from '../../store/views/views.ts';
import { Stop } from './agent-schema.ts';
import { pageOf, readCursor, writeCursor } from './cursor.ts';
import {
  listOf,
  paging,
  projectAt,
  projectFilter,
  RunPath,
  SweepPath,
  stateFilter,
  statesIn,
  sweepId,
} from './fields.ts';
import { onWrite, refusals, withBody } from './problem-schema.ts';
import { runAt } from './run-at.ts';
import { History, Run } from './run-schema.ts';
import { objectIn, runView } from './run-view.ts';
import { baseUrlOf, type RestRoom, type RestScope } from './scope.ts';

const tags = ['runs'];
const oneRun = z.object(projectFilter);
const order = z
  .enum(['oldest', 'newest'])
  .meta({ description: 'Which comes first; the same for every page of a list.' });
const ofSweep = z.object({ ...stateFilter(runStates), order: order.default('oldest'), ...paging(100, 1000) });
const ofAll = z.object({
  ...projectFilter,
  sweep: sweepId.optional().meta({ description: 'Only the runs of this sweep.' }),
  ...stateFilter(runStates),
  order: order.default('newest'),
  ...paging(100, 1000),
});

export function runRoutes(scope: RestScope, room: RestRoom): void {
  type Selection = z.output<typeof ofSweep> & { projectId?: number | undefined; sweepId?: string | undefined };

  function listRuns(request: FastifyRequest, { projectId, sweepId, state, order, limit, cursor }: Selection) {
    if (sweepId !== undefined && room.views.sweep(sweepId) === undefined) throw notFound('sweep', sweepId);
    const [after] = readCursor(cursor, /^(\d+)$/) ?? [];
    const rows = room.lists.runs({
      projectId,
      sweepId,
      states: statesIn(state, runStates),
      order,
      after: after === undefined ? undefined : Number(after),
      limit: limit + 1,
    });
    return pageOf(
      rows,
      limit,
      (row) => viewOf(request, row),
      (row) => writeCursor(row.id),
    );
  }

  function viewOf(request: FastifyRequest, run: RunRow) {
    const project = room.views.projectById(run.projectId);
    if (project === undefined) throw notFound('project', String(run.projectId));
    return runView(room, run, project, baseUrlOf(room, request));
  }

  scope.get(
    '/sweeps/:id/runs',
    {
      schema: {
        operationId: 'listRunsOfSweep',
        summary: "List a sweep's runs, oldest first",
        tags,
        params: SweepPath,
        querystring: ofSweep,
        response: {
          200: listOf(Run, 'A page of runs.'),
          ...refusals('invalid_request', 'invalid_cursor', 'sweep_not_found'),
        },
      },
    },
    async (request) => listRuns(request, { ...request.query, sweepId: request.params.id }),
  );

  scope.get(
    '/runs',
    {
      schema: {
        operationId: 'listRuns',
        summary: 'List runs, newest first',
        tags,
        querystring: ofAll,
        response: {
          200: listOf(Run, 'A page of runs.'),
          ...refusals('invalid_request', 'invalid_cursor', 'sweep_not_found', 'project_not_found'),
        },
      },
    },
    async (request) => {
      const { project, sweep, ...rest } = request.query;
      return listRuns(request, { ...rest, projectId: projectAt(room, project)?.id, sweepId: sweep });
    },
  );

  scope.get(
    '/runs/:id',
    {
      schema: {
        operationId: 'getRun',
        summary: 'Look at a run',
        tags,
        params: RunPath,
        querystring: oneRun,
        response: { 200: Run, ...refusals('run_not_found', 'project_not_found', 'ambiguous_run') },
      },
    },
    async (request) => viewOf(request, runAt(room, request.params.id, request.query.project).run),
  );

  scope.get(
    '/runs/:id/history',
    {
      schema: {
        operationId: 'getHistory',
        summary: "Read a run's history",
        description:
          'Rows that were never sent (a program may leave gaps) are left out, so a page may be shorter than its limit.',
        tags,
        params: RunPath,
        querystring: z.object({ ...projectFilter, ...paging(1000, 10_000) }),
        response: {
          200: History,
          ...refusals('invalid_request', 'invalid_cursor', 'run_not_found', 'project_not_found', 'ambiguous_run'),
        },
      },
    },
    async (request) => {
      const { project, limit, cursor } = request.query;
      const { run } = runAt(room, request.params.id, project);
      const from = Number(readCursor(cursor, /^row (\d+)$/)?.[0] ?? 0);
      const end = from + limit;
      const lines = room.views.writtenLines(run.id, 'history', from, end);
      // A gap may be a million lines wide: the next page begins behind it.
      const next = lines.length > 0 ? end : (room.views.nextWrittenLine(run.id, 'history', end) ?? run.historyLines);
      return {
        rows: lines.map(({ text }) => objectIn(text)),
        next_cursor: next < run.historyLines ? writeCursor('row', next) : null,
      };
    },
  );

  scope.post(
    '/runs/:id/stop',
    {
      schema: {
        operationId: 'stopRun',
        summary: 'Ask a run to stop',
        description:
          'Its program hears of it with its next report and ends killed, whatever it says. A run that has ended stays as it is.',
        tags,
        params: RunPath,
        querystring: oneRun,
        body: Stop,
        response: {
          200: Run,
          ...refusals(...withBody, 'run_not_found', 'project_not_found', 'ambiguous_run', ...onWrite),
        },
      },
    },
    async (request) => {
      const { run } = runAt(room, request.params.id, request.query.project);
      return viewOf(request, await stopRun(room.service, run.id, request.body?.reason ?? 'stopped by hand'));
    },
  );

  scope.delete(
    '/runs/:id',
    {
      schema: {
        operationId: 'deleteRun',
        summary: 'Delete a run and all that it logged',
        description: 'A grid point whose only run it was is handed out again.',
        tags,
        params: RunPath,
        querystring: oneRun,
        response: {
          204: z.undefined().meta({ description: 'Deleted.' }),
          ...refusals('run_not_found', 'project_not_found', 'ambiguous_run', ...onWrite),
        },
      },
    },
    async (request, reply) => {
      const { run } = runAt(room, request.params.id, request.query.project);
      await deleteRun(room.service, run.id);
      return reply.code(204).send();
    },
  );
}
