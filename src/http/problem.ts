/** Errors on the wire: `application/problem+json` (RFC 9457) with a stable `code`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorKind, SweepdError } from '../domain/errors.ts';

const statuses: Record<ErrorKind, number> = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  overloaded: 503,
};

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
    return reply.code(statusCode).send({
      type: 'about:blank',
      title: title(known),
      status: statusCode,
      code: known,
      detail: known === 'body_too_large' ? tooLarge(request.routeOptions.bodyLimit) : message,
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

const tooLarge = (limit: number) =>
  `The body is larger than the ${limit / 2 ** 20} MiB that this takes: send less at once.`;

const title = (code: string) => {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The code of the error for a body with a content encoding; Fastify has none of its own. */
export const compressedBody = 'COMPRESSED_BODY';

const fastifyCodes: Record<string, string> = {
  [compressedBody]: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_VALIDATION: 'invalid_request',
};
