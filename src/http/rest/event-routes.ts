/** /events: what changes, as it changes. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notFound } from '../../domain/errors.ts';
import { eventFeed } from './event-feed.ts';
import { sweepId } from './fields.ts';
import { refusals } from './problem-schema.ts';
import type { RestRoom } from './scope.ts';

const description = `An endless answer of Server-Sent Events. Each is a hint with the newest state; several changes within a moment are one event.

- \`ready\`: once, at the beginning: everything that happens from now on is told. Read the lists after it.
- \`sweep\`: {id, entity, project, state, state_reason, run_count}; \`sweep_deleted\`: {id}
- \`run\`: {id, entity, project, sweep_id, number, state, rows, best_value, heartbeat_at}; \`run_deleted\`: {sweep_id}

A comment every 15 s keeps the connection open. After a lost connection nothing is sent again: read the lists anew.`;

export function eventRoutes(scope: FastifyInstance, room: RestRoom): void {
  scope.get<{ Querystring: { sweep?: string } }>(
    '/events',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'events',
        summary: 'Watch changes',
        description,
        tags: ['events'],
        querystring: z.object({ sweep: sweepId.optional().meta({ description: 'Only what concerns this sweep.' }) }),
        response: {
          200: {
            description: 'The events.',
            content: {
              'text/event-stream': {
                schema: z.string().meta({ examples: ['event: sweep\ndata: {"id":"k3x9q2ab","state":"paused"}\n\n'] }),
              },
            },
          },
          ...refusals('sweep_not_found'),
        },
      },
    },
    async (request, reply) => {
      const { sweep } = request.query;
      if (sweep !== undefined && room.views.sweep(sweep) === undefined) throw notFound('sweep', sweep);
      return (
        reply
          .type('text/event-stream')
          .header('cache-control', 'no-store')
          // nginx would gather the events before it hands them on.
          .header('x-accel-buffering', 'no')
          .header('connection', 'close')
          .send(eventFeed(room, sweep, room.openEnds(reply)))
      );
    },
  );
}
