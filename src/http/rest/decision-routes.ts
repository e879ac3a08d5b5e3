/** /runs/{id}/decisions: why a run was stopped, or was not. */
import { z } from 'zod';
import type { DecisionRow } from '../../store/views/views.ts';
import { pageOf, readCursor, writeCursor } from './cursor.ts';
import { Decision } from './decision-schema.ts';
import { iso, listOf, paging, projectFilter, RunPath } from './fields.ts';
import { refusals } from './problem-schema.ts';
import { runAt } from './run-at.ts';
import type { RestRoom, RestScope } from './scope.ts';

export function decisionRoutes(scope: RestScope, room: RestRoom): void {
  scope.get(
    '/runs/:id/decisions',
    {
      schema: {
        operationId: 'listDecisions',
        summary: 'See why a run was stopped, or was not',
        description:
          'One for each rule and step at which the run was judged, in the order in which it came there, as it was judged there last.',
        tags: ['runs'],
        params: RunPath,
        querystring: z.object({ ...projectFilter, ...paging(100, 1000) }),
        response: {
          200: listOf(Decision, 'A page of decisions.'),
          ...refusals('invalid_request', 'invalid_cursor', 'run_not_found', 'project_not_found', 'ambiguous_run'),
        },
      },
    },
    async (request) => {
      const { project, limit, cursor } = request.query;
      const { run } = runAt(room, request.params.id, project);
      const after = Number(readCursor(cursor, /^decision (\d+)$/)?.[0] ?? 0);
      const rows = room.views.decisions(run.id, after, limit + 1);
      return pageOf(rows, limit, decisionView, (row) => writeCursor('decision', row.id));
    },
  );
}

const decisionView = ({ rule, rung, verdict, value, threshold, rank, runs, among, text, decidedAt }: DecisionRow) =>
  ({
    rule,
    step: rung === 0 ? null : rung,
    verdict,
    value,
    threshold,
    rank,
    runs,
    among,
    text,
    decided_at: iso(decidedAt),
  }) satisfies z.output<typeof Decision>;
