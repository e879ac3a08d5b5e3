/** /engine/OP: the search as a function, as the pipe `sweepd engine OP` has it. For admins. */
import { z } from 'zod';
import { notFound } from '../../domain/errors.ts';
import { numberOf } from '../../domain/json.ts';
import { requireAdmin } from '../../service/keys.ts';
import { losslessObject } from './body.ts';
import { refusals, withBody } from './problem-schema.ts';
import { actorOf, type RestRoom, type RestScope } from './scope.ts';

/** Points in one answer: they are made on the thread that serves everybody. The pipe has no such limit. */
const mostPoints = 1_000;

const Input = losslessObject()
  .refine((input) => (numberOf(input.n) ?? 0) <= mostPoints, {
    path: ['n'],
    error: `at most ${mostPoints} points at once`,
  })
  .refine((input) => (numberOf(input.limit) ?? 0) <= mostPoints, {
    path: ['limit'],
    error: `at most ${mostPoints} points at once`,
  })
  .meta({ id: 'EngineInput', description: 'What the op takes, e.g. `{config, runs, n}` for next.' });

const Output = losslessObject().meta({ id: 'EngineOutput', description: 'What the op answers.' });

export function engineRoutes(scope: RestScope, room: RestRoom): void {
  scope.post(
    '/engine/:op',
    {
      schema: {
        operationId: 'engine',
        summary: 'Ask the search without a sweep',
        description:
          'The bodies of the pipe `sweepd engine OP --jsonl`: an object in, an object out, nothing stored. A refused config is an answer with `error` (status 200), as it is there. The dialogue `session` is for the pipe alone.',
        tags: ['engine'],
        params: z.object({ op: z.string().meta({ description: 'The op, such as validate, next or simulate.' }) }),
        body: Input,
        response: { 200: Output, ...refusals(...withBody, 'admin_only', 'engine_op_not_found') },
      },
    },
    async (request) => {
      requireAdmin(actorOf(request));
      const op = await room.engine(request.params.op);
      if (op === null) throw notFound('engine_op', request.params.op);
      return op(request.body);
    },
  );
}
