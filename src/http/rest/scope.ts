/** What the routes of the REST API share. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Actor } from '../../service/context.ts';
import type { RestLists } from '../../store/views/rest-lists.ts';
import type { HttpRoom } from '../room.ts';
import type { OpenEnds } from './open-ends.ts';

export type RestScope = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface RestRoom extends HttpRoom {
  lists: RestLists;
  openEnds: OpenEnds;
}

/** Who asks, by the key of the request. */
export const actorOf = (request: FastifyRequest): Actor => request.getDecorator<Actor>('actor');

/** What links to this server's pages begin with. */
export const baseUrlOf = (room: HttpRoom, request: FastifyRequest): string =>
  room.publicUrl ?? `${request.protocol}://${request.host}`;
