/** Why a point was suggested, which parameters matter, where to search next, and the record of a model-based search. */

import { z } from 'zod';
import { notFound } from '../../domain/errors.ts';
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson } from '../../domain/json.ts';
import { parameterImportance, refineSweep } from '../../service/insight.ts';
import { suggestionWords } from '../../service/suggestion-words.ts';
import { pageOf, readCursor, writeCursor } from './cursor.ts';
import { iso, listOf, paging, projectFilter, RunPath, SweepPath } from './fields.ts';
import { refusals } from './problem-schema.ts';
import { runAt } from './run-at.ts';
import { objectIn } from './run-view.ts';
import type { RestRoom, RestScope } from './scope.ts';
import { Explanation, FitRecord, Importance, Refinement, SearchRecord } from './search-schema.ts';

const tags = ['search'];

export function searchRoutes(scope: RestScope, room: RestRoom): void {
  const { store } = room.service;

  scope.get(
    '/runs/:id/explanation',
    {
      schema: {
        operationId: 'explainRun',
        summary: 'Say why this point was suggested',
        tags,
        params: RunPath,
        querystring: z.object(projectFilter),
        response: { 200: Explanation, ...refusals('run_not_found', 'project_not_found', 'ambiguous_run') },
      },
    },
    async (request) => {
      const { run } = runAt(room, request.params.id, request.query.project);
      const suggestion = run.suggestionId === null ? undefined : store.suggestions.byId(run.suggestionId);
      const metric = run.sweepId === null ? null : (room.views.sweep(run.sweepId)?.metricName ?? null);
      return {
        run: run.name,
        sweep_id: run.sweepId,
        method: suggestion?.method ?? null,
        text: suggestion === undefined ? 'Its program chose the point itself.' : suggestionWords(suggestion, metric),
        explanation: suggestion?.explanation == null ? null : objectIn(suggestion.explanation),
      };
    },
  );

  scope.get(
    '/sweeps/:id/importance',
    {
      schema: {
        operationId: 'getImportance',
        summary: 'Say how much each parameter matters',
        tags,
        params: SweepPath,
        response: { 200: Importance, ...refusals('sweep_not_found', 'no_metric') },
      },
    },
    async (request) =>
      treeOf(await parameterImportance(room.service, room.insight, request.params.id)) as z.output<typeof Importance>,
  );

  scope.post(
    '/sweeps/:id/refine',
    {
      schema: {
        operationId: 'refineSweep',
        summary: 'Draft the next, narrower sweep',
        description: 'Nothing is created: send the `config` to `POST /sweeps`, as it is or edited.',
        tags,
        params: SweepPath,
        response: { 200: Refinement, ...refusals('sweep_not_found', 'no_metric', 'too_few_runs') },
      },
    },
    async (request) => {
      const drafted = treeOf(await refineSweep(room.service, room.insight, request.params.id));
      const { document = null, ...rest } = isObject(drafted) ? drafted : jsonObject();
      return { ...rest, config: document } as unknown as z.output<typeof Refinement>;
    },
  );

  scope.get(
    '/sweeps/:id/results',
    {
      schema: {
        operationId: 'getSearchRecord',
        summary: 'What a model-based search has learned',
        tags,
        params: SweepPath,
        response: { 200: SearchRecord, ...refusals('sweep_not_found') },
      },
    },
    async (request) => {
      const sweep = store.sweeps.byId(request.params.id);
      if (sweep === undefined) throw notFound('sweep', request.params.id);
      const results = store.results.from(sweep.id, 0).map((row) => ({
        run: row.runId,
        point: objectIn(row.parameters),
        value: row.value,
        state: row.state,
        stopped: row.isStopped,
      }));
      const prior = listIn(sweep.prior ?? '[]');
      return { sweep_id: sweep.id, seed: sweep.seed, config: sweep.config, prior, results };
    },
  );

  scope.get(
    '/sweeps/:id/fits',
    {
      schema: {
        operationId: 'listFits',
        summary: 'List the computations of a model-based search, oldest first',
        tags,
        params: SweepPath,
        querystring: z.object(paging(100, 1000)),
        response: { 200: listOf(FitRecord, 'A page of records.'), ...refusals('invalid_cursor', 'sweep_not_found') },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const sweepId = request.params.id;
      if (store.sweeps.byId(sweepId) === undefined) throw notFound('sweep', sweepId);
      const [after] = readCursor(cursor, /^(\d+)$/) ?? [];
      const rows = store.fits.list(sweepId, after === undefined ? -1 : Number(after), limit + 1);
      return pageOf(
        rows,
        limit,
        ({ number, basis, made, width, count, pending, points, model, failure, engine, tookMs, createdAt }) => ({
          number,
          basis,
          made,
          width,
          count,
          pending: listIn(pending),
          points: listIn(points),
          model: model === null ? null : objectIn(model),
          failure,
          engine,
          took_ms: tookMs,
          created_at: iso(createdAt),
        }),
        ({ number }) => writeCursor(number),
      );
    },
  );
}

const treeOf = (text: string): JsonValue => parseJson(text);

function listIn(text: string): JsonObject[] {
  const list = parseJson(text);
  return Array.isArray(list) ? list.filter(isObject) : [];
}
