/** The REST API: /api/v1, its OpenAPI document, and /docs, the same for people. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, validatorCompiler } from 'fastify-type-provider-zod';
import { invalidInput } from '../../domain/errors.ts';
import { type JsonValue, writePlainJson } from '../../domain/json.ts';
import { authenticate } from '../../service/keys.ts';
import { createRestLists } from '../../store/views/rest-lists.ts';
import { sendProblem } from '../problem.ts';
import type { HttpRoom } from '../room.ts';
import { agentRoutes } from './agent-routes.ts';
import { addBodyParsers } from './body.ts';
import { bundleRoutes } from './bundle-routes.ts';
import { decisionRoutes } from './decision-routes.ts';
import { registerDocs } from './docs-page.ts';
import { engineRoutes } from './engine-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { forwardingRoutes } from './forwarding-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { trackOpenEnds } from './open-ends.ts';
import { openApiOptions } from './openapi.ts';
import { poolRoutes } from './pool-routes.ts';
import { runRoutes } from './run-routes.ts';
import type { RestRoom, RestScope } from './scope.ts';
import { searchRoutes } from './search-routes.ts';
import { seriesRoutes } from './series-routes.ts';
import { sweepRoutes } from './sweep-routes.ts';

export function registerRest(app: FastifyInstance, room: HttpRoom): void {
  app.register(async (outer) => {
    await outer.register(swagger, openApiOptions(room.version));
    registerDocs(outer);
    outer.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => outer.swagger());
    await outer.register(async (scope) => registerApi(scope, room), { prefix: '/api/v1' });
  });
}

function registerApi(scope: FastifyInstance, http: HttpRoom): void {
  const room: RestRoom = { ...http, lists: createRestLists(http.service.store), openEnds: trackOpenEnds(scope) };
  scope.decorateRequest('actor', null);
  scope.addHook('onRequest', (request, _reply, done) => {
    const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
    try {
      request.setDecorator('actor', authenticate(room.service, scheme?.toLowerCase() === 'bearer' ? value : null));
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  addBodyParsers(scope);
  scope.setValidatorCompiler(validatorCompiler);
  // One writer for all answers, since only it keeps the spelling of numbers; that they match their schemas is for the tests.
  scope.setReplySerializer((answer) => writePlainJson(answer as JsonValue));
  scope.setSerializerCompiler(() => (answer) => writePlainJson(answer as JsonValue));
  scope.setErrorHandler(sendRestProblem);
  const typed = scope as unknown as RestScope;
  sweepRoutes(typed, room);
  agentRoutes(typed, room);
  poolRoutes(typed, room);
  runRoutes(typed, room);
  decisionRoutes(typed, room);
  searchRoutes(typed, room);
  seriesRoutes(typed, room);
  keyRoutes(typed, room);
  engineRoutes(typed, room);
  forwardingRoutes(typed, room);
  bundleRoutes(scope, room);
  eventRoutes(scope, room);
}

function sendRestProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { code } = error as { code?: string };
  if (code === 'missing_key' || code === 'unknown_key' || code === 'revoked_key') {
    reply.header('www-authenticate', 'Bearer realm="sweepd"');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    (error as Error).message =
      'The body is taken as "Content-Type: application/json" (a sweep config also as application/yaml).';
  }
  return sendProblem(hasZodFastifySchemaValidationErrors(error) ? invalidRequest(error) : error, request, reply);
}

/** Every field that is wrong, by its path. */
function invalidRequest({
  validation,
}: {
  validation: readonly { instancePath: string; message?: string | undefined }[];
}) {
  const problems = validation.map(({ instancePath, message = 'is wrong' }) => ({
    path: instancePath.slice(1),
    message,
  }));
  const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return invalidInput('invalid_request', lines.join('\n'), problems);
}
