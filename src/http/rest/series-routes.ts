/** /runs/{id}/series: a run's metrics as curves of some hundred points, however long the run. */
import { z } from 'zod';
import { readSeries } from '../../service/series.ts';
import { projectFilter, RunPath } from './fields.ts';
import { refusals } from './problem-schema.ts';
import { runAt } from './run-at.ts';
import type { RestRoom, RestScope } from './scope.ts';

const tags = ['runs'];
const mostKeys = 100;

const Point = z
  .object({
    step: z.number().meta({ description: '`_step` of the last row with a value.' }),
    value: z.number().meta({ description: 'The value there.' }),
    low: z.number().meta({ description: 'The least value of the rows that the point stands for.' }),
    high: z.number().meta({ description: 'The greatest one.' }),
  })
  .meta({ id: 'Point', description: 'Some consecutive rows of one metric.' });

const Series = z
  .object({
    rows: z.int().meta({ description: 'How many rows the run has.' }),
    series: z.array(
      z.object({ key: z.string(), points: z.array(Point) }).meta({ id: 'Curve', description: 'One metric.' }),
    ),
  })
  .meta({
    id: 'Series',
    description: 'Curves, in the order of the keys; a metric without any finite value has no points.',
  });

const keys = z
  .string()
  .min(1)
  .transform((text) => [...new Set(text.split(','))])
  .refine((list) => list.length <= mostKeys, `${mostKeys} metrics at most`)
  .meta({
    type: 'string',
    description: 'Names of metrics, separated by commas; nested ones by their path (`eval.loss`).',
    examples: ['loss,acc'],
  });

export function seriesRoutes(scope: RestScope, room: RestRoom): void {
  scope.get(
    '/runs/:id/series',
    {
      schema: {
        operationId: 'getSeries',
        summary: "Read a run's metrics as curves",
        description: 'Each point keeps the least and the greatest value of its rows, so that no peak is lost.',
        tags,
        params: RunPath,
        querystring: z.object({
          ...projectFilter,
          keys,
          points: z.coerce
            .number()
            .int()
            .min(1)
            .max(512)
            .default(200)
            .meta({ description: 'Points of a curve at most.' }),
        }),
        response: {
          200: Series,
          ...refusals('invalid_request', 'run_not_found', 'project_not_found', 'ambiguous_run'),
        },
      },
    },
    async (request) => {
      const { project, keys: names, points } = request.query;
      const { run } = runAt(room, request.params.id, project);
      const curves = readSeries(room.service, run, names, points);
      const series = names.map((key) => ({
        key,
        points: (curves.get(key) ?? []).map(({ step, last, low, high }) => ({ step, value: last, low, high })),
      }));
      return { rows: run.historyLines, series };
    },
  );
}
