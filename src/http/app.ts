/** The Fastify app: what every route shares (limits, error form, headers), health, metrics, and the pages. */
import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { SweepdError } from '../domain/errors.ts';
import { registerHealth } from './health.ts';
import { registerPages } from './pages/pages.ts';
import { compressedBody, sendProblem } from './problem.ts';
import { registerRest } from './rest/rest.ts';
import type { HttpRoom } from './room.ts';

/** A few kilobytes can unpack to gigabytes, and no client that we know packs what it sends. */
function compressedRefusal(encoding: string | undefined): Error | undefined {
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return undefined;
  const message = 'Bodies are taken as they are, not compressed: send it without "Content-Encoding".';
  return Object.assign(new Error(message), { statusCode: 415, code: compressedBody });
}

/** Each request's id, by which the log tells of its unexpected error: no two alike in one start, hardly two alike in all logs. */
function errorIds(): () => string {
  const start = randomBytes(3).toString('hex');
  let requests = 0;
  return () => `${start}${(requests++).toString(36)}`;
}

/** @param addRoutes further rooms' routes (W&B's protocol), added by `runtime/` */
export function buildApp(
  room: HttpRoom,
  logger: FastifyBaseLogger,
  addRoutes: (app: FastifyInstance) => void,
): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: errorIds(),
    // An unexpected error is logged with the request's id by hand: a child logger for every request has no other use.
    childLoggerFactory: (log) => log,
    bodyLimit: 4 * 1024 * 1024,
    // Longer than the agents' five-second rhythm, so that their connections live on.
    keepAliveTimeout: 75_000,
    requestTimeout: 300_000,
    routerOptions: { maxParamLength: 4096 },
    return503OnClosing: true,
    // `__proto__` is a legal parameter name; bodies are only ever read by known field names or kept as text.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
  }) as unknown as FastifyInstance;
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new SweepdError('not_found', 'no_such_route', `There is nothing at ${request.url.split('?')[0]}.`),
      request,
      reply,
    ),
  );
  // With callbacks: a promise more a request, for every request, is measurable.
  app.addHook('onRequest', (request, _reply, done) => {
    done(compressedRefusal(request.headers['content-encoding']));
  });
  app.addHook('onResponse', (request, reply, done) => {
    room.onRequest(request.routeOptions.url ?? 'unmatched', reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  registerHealth(app, room);
  registerPages(app, room);
  registerRest(app, room);
  addRoutes(app);
  return app;
}
