/** /sweeps: create, list, look at, change, delete. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { invalidInput, notFound, type Problem, SweepdError } from '../../domain/errors.ts';
import { type JsonObject, writeJson } from '../../domain/json.ts';
import { sweepStates } from '../../domain/sweep.ts';
import { createSweep } from '../../service/create-sweep.ts';
import { deleteSweep, updateSweep } from '../../service/update-sweep.ts';
import type { SweepRow } from '../../store/views/views.ts';
import { pageOf, readCursor, writeCursor } from './cursor.ts';
import { listOf, paging, projectAt, projectFilter, SweepPath, stateFilter, statesIn } from './fields.ts';
import { onWrite, refusals, withBody } from './problem-schema.ts';
import { actorOf, baseUrlOf, type RestRoom, type RestScope } from './scope.ts';
import { ChangedSweep, ChangeSweep, CreateSweep, Sweep, SweepDetail } from './sweep-schema.ts';
import { sweepDetailView, sweepView } from './sweep-view.ts';

const tags = ['sweeps'];
const flag = z.enum(['true', 'false']).optional();

export function sweepRoutes(scope: RestScope, room: RestRoom): void {
  const sweepAt = (id: string): SweepRow => {
    const sweep = room.views.sweep(id);
    if (sweep === undefined) throw notFound('sweep', id);
    return sweep;
  };

  scope.post(
    '/sweeps',
    {
      schema: {
        operationId: 'createSweep',
        summary: 'Create a sweep',
        description:
          'Takes the config in a JSON body, or the YAML itself as `application/yaml`, with the other fields in the query. Everything that is wrong with a config is reported at once, and nothing refused is stored.',
        tags,
        querystring: z.object({
          entity: z.string().min(1).optional().meta({ description: 'For a YAML body.' }),
          project: z.string().min(1).optional().meta({ description: 'For a YAML body.' }),
          force: flag.meta({ description: 'For a YAML body.' }),
        }),
        body: CreateSweep,
        response: { 201: ChangedSweep, ...refusals(...withBody, 'invalid_config', ...onWrite) },
      },
    },
    async (request, reply) => {
      const { body, query } = request;
      const { sweep, violations, warnings } = await withoutPlaces(body.config, (config) =>
        createSweep(room.service, actorOf(request), {
          config,
          entity: body.entity ?? query.entity ?? null,
          project: body.project ?? query.project ?? null,
          allowViolations: body.force ?? query.force === 'true',
        }),
      );
      return sendChanged(request, reply.code(201), sweep, [...violations, ...warnings]);
    },
  );

  function sendChanged(request: FastifyRequest, reply: FastifyReply, sweep: SweepRow, warnings: readonly Problem[]) {
    return reply.send({
      ...sweepView(room, sweep, baseUrlOf(room, request)),
      warnings: warnings.map(({ path, message }) => ({ path, message })),
    });
  }

  scope.get(
    '/sweeps',
    {
      schema: {
        operationId: 'listSweeps',
        summary: 'List sweeps, newest first',
        tags,
        querystring: z.object({ ...projectFilter, ...stateFilter(sweepStates), ...paging(50, 500) }),
        response: {
          200: listOf(Sweep, 'A page of sweeps.'),
          ...refusals('invalid_request', 'invalid_cursor', 'project_not_found'),
        },
      },
    },
    async (request) => {
      const { project, state, limit, cursor } = request.query;
      const [createdAt, id = ''] = readCursor(cursor, /^(\d+) (.+)$/) ?? [];
      const rows = room.lists.sweeps({
        projectId: projectAt(room, project)?.id,
        states: statesIn(state, sweepStates),
        after: createdAt === undefined ? undefined : { createdAt: Number(createdAt), id },
        limit: limit + 1,
      });
      const baseUrl = baseUrlOf(room, request);
      return pageOf(
        rows,
        limit,
        (row) => sweepView(room, row, baseUrl),
        (row) => writeCursor(row.createdAt, row.id),
      );
    },
  );

  scope.get(
    '/sweeps/:id',
    {
      schema: {
        operationId: 'getSweep',
        summary: 'Look at a sweep',
        tags,
        params: SweepPath,
        response: { 200: SweepDetail, ...refusals('sweep_not_found') },
      },
    },
    async (request) => sweepDetailView(room, room.lists, sweepAt(request.params.id), baseUrlOf(room, request)),
  );

  scope.patch(
    '/sweeps/:id',
    {
      schema: {
        operationId: 'changeSweep',
        summary: 'Pause, resume, stop or cancel a sweep, or change its config',
        description: 'A state that the sweep is in already is no error.',
        tags,
        params: SweepPath,
        body: ChangeSweep,
        response: {
          200: ChangedSweep,
          ...refusals(
            ...withBody,
            'invalid_config',
            'search_is_fixed',
            'sweep_not_found',
            'wrong_transition',
            ...onWrite,
          ),
        },
      },
    },
    async (request, reply) => {
      const { state, config, name, description, force } = request.body;
      const change = (text: string | null) =>
        updateSweep(room.service, {
          id: request.params.id,
          state: state ?? null,
          config: text,
          displayName: name ?? null,
          description: description ?? null,
          allowViolations: force ?? false,
        });
      const { sweep, violations, warnings } = await (config === undefined
        ? change(null)
        : withoutPlaces(config, change));
      return sendChanged(request, reply, sweep, [...violations, ...warnings]);
    },
  );

  scope.delete(
    '/sweeps/:id',
    {
      schema: {
        operationId: 'deleteSweep',
        summary: 'Delete a sweep with its runs and all that they logged',
        tags,
        params: SweepPath,
        response: { 204: z.undefined().meta({ description: 'Deleted.' }), ...refusals('sweep_not_found', ...onWrite) },
      },
    },
    async (request, reply) => {
      await deleteSweep(room.service, request.params.id);
      return reply.code(204).send();
    },
  );
}

/** Hands a config on as text. The lines of a text that we wrote ourselves would tell the sender of an object nothing. */
async function withoutPlaces<T>(config: string | JsonObject, use: (text: string) => Promise<T>): Promise<T> {
  if (typeof config === 'string') return use(config);
  try {
    return await use(writeJson(config));
  } catch (error) {
    if (!(error instanceof SweepdError) || error.code !== 'invalid_config') throw error;
    const problems = error.problems.map(({ path, message }) => ({ path, message }));
    const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    throw invalidInput('invalid_config', `Invalid sweep config: ${lines.join('\n')}`, problems);
  }
}
