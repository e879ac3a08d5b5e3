/** The Fastify app: what every route shares (limits, error form, headers), health, metrics, and the pages. */
import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ErrorKind, SweepdError } from '../domain/errors.ts';
import type { Service } from '../service/context.ts';
import type { Views } from '../store/views/views.ts';
import { registerHealth } from './health.ts';
import { registerPages } from './pages/pages.ts';

export interface HttpRoom {
  service: Service;
  views: Views;
  version: string;
  /** Answers /readyz: null where all is well, else what is wrong by part. */
  readiness: () => Promise<Record<string, string> | null>;
  /** The Prometheus text. */
  metrics: () => Promise<string>;
  /** Told of each request's route, status and duration (seconds). */
  onRequest: (route: string, status: number, seconds: number) => void;
}

const statuses: Record<ErrorKind, number> = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  overloaded: 503,
};

/** @param addRoutes further rooms' routes (W&B's protocol), added by `runtime/` */
export function buildApp(
  room: HttpRoom,
  logger: FastifyBaseLogger,
  addRoutes: (app: FastifyInstance) => void,
): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    disableRequestLogging: true,
    genReqId: () => randomUUID().slice(0, 8),
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
  app.addHook('onResponse', async (request, reply) => {
    room.onRequest(request.routeOptions.url ?? 'unmatched', reply.statusCode, reply.elapsedTime / 1000);
  });
  registerHealth(app, room);
  registerPages(app, room);
  addRoutes(app);
  return app;
}

/** `application/problem+json` (RFC 9457) with a stable `code`. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  reply.type('application/problem+json');
  if (error instanceof SweepdError) {
    const status = statuses[error.kind];
    if (error.kind === 'overloaded') reply.header('retry-after', '2');
    const { code, message: detail, problems } = error;
    return reply.code(status).send({ type: 'about:blank', title: title(code), status, code, detail, problems });
  }
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string };
  if (statusCode !== undefined && statusCode < 500) {
    const known = fastifyCodes[code ?? ''] ?? 'bad_request';
    return reply
      .code(statusCode)
      .send({
        type: 'about:blank',
        title: title(known),
        status: statusCode,
        code: known,
        detail: message,
        problems: [],
      });
  }
  request.log.error({ err: error, errorId: request.id }, 'unexpected error');
  return reply.code(500).send({
    type: 'about:blank',
    title: 'Internal error',
    status: 500,
    code: 'internal',
    detail: `Something went wrong on the server (error ${request.id}; its log says more).`,
    problems: [],
  });
}

const title = (code: string) => {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const fastifyCodes: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_VALIDATION: 'invalid_request',
};
