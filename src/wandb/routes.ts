/** The routes that W&B's client knows: /graphql, file_stream, and the URLs that it uploads to and downloads from. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound, SweepdError } from '../domain/errors.ts';
import type { Actor } from '../service/context.ts';
import { storeFile } from '../service/files.ts';
import { ingest } from '../service/ingest.ts';
import { authenticate } from '../service/keys.ts';
import { ingestShared } from '../service/shared-run.ts';
import type { FileRow } from '../store/views/views.ts';
import type { WandbRoom } from './context.ts';
import { type FileStreamBody, reportOf } from './file-stream.ts';
import { type GraphqlBody, runGraphql } from './graphql.ts';
import { statusOf } from './status.ts';
import { streamNotices } from './stream-notices.ts';

export interface WandbRoutes extends WandbRoom {
  /** Set where the server is reached by another name than the request's Host says. */
  publicUrl: string | null;
}

/** A single line may have 10 MiB, a request about as much again. */
const bodyLimit = 64 * 1024 * 1024;

type RunPath = { entity: string; project: string; run: string };

export function registerWandbRoutes(app: FastifyInstance, room: WandbRoutes): void {
  app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendError(error, request, reply));

    scope.decorateRequest('actor', null);
    // Before a body is read: whoever has no key shall not make the server hold 64 MB.
    const onRequest = async (request: FastifyRequest) =>
      request.setDecorator('actor', authenticateBasic(room, request));

    scope.post('/graphql', { bodyLimit, onRequest }, async (request, reply) => {
      const actor = request.getDecorator<Actor>('actor');
      const baseUrl = room.publicUrl ?? `${request.protocol}://${request.host}`;
      const answer = await runGraphql({ ...room, actor, baseUrl }, (request.body ?? {}) as GraphqlBody);
      if (answer.unexpected !== undefined) throw answer.unexpected;
      if (answer.status === 503) reply.header('retry-after', '2');
      return reply.code(answer.status).send(answer.body);
    });

    const streamPath = '/files/:entity/:project/:run/file_stream';
    scope.post<{ Params: RunPath }>(streamPath, { bodyLimit, onRequest }, async (request) => {
      const run = runAt(room, request.params);
      const { report, refused } = reportOf((request.body ?? {}) as FileStreamBody, run);
      const writer = sharedWriter(request);
      const notices = writer === null ? streamNotices(room.views, run, report) : [];
      const answer = await (writer === null
        ? ingest(room.service, run.id, report)
        : ingestShared(room.service, run.id, writer, report));
      if (answer === null) throw notFound('run', request.params.run);
      if (notices.length > 0)
        request.log.warn({ run: run.name, notices }, 'odd line numbers in a stream; all was kept');
      const said = { exitcode: null, limits: {}, stopped: answer.stop };
      if (refused.length === 0) return said;
      request.log.warn({ run: run.name, refused }, 'lines of a stream were refused');
      return { ...said, refused };
    });

    const filePath = '/files/:entity/:project/:run/*';
    scope.get<{ Params: RunPath & { '*': string } }>(filePath, { onRequest }, async (request, reply) => {
      const file = room.views.file(runAt(room, request.params).id, request.params['*']);
      if (file === undefined) throw notFound('file', request.params['*']);
      return sendFile(room, reply, file);
    });

    scope.get<{ Params: { token: string } }>('/storage/:token', async (request, reply) => {
      const grant = room.signer.open(request.params.token, room.service.clock.now());
      const file = grant?.may === 'read' ? room.views.file(grant.runId, grant.name) : undefined;
      if (file === undefined) throw notFound('file', 'this URL');
      return sendFile(room, reply, file);
    });

    // Uploads are streamed to the disk: no parser, no body limit but the file's own.
    scope.register(async (raw) => {
      raw.removeAllContentTypeParsers();
      raw.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      raw.put<{ Params: { token: string } }>(
        '/storage/:token',
        { bodyLimit: Number.MAX_SAFE_INTEGER },
        async (request, reply) => {
          const grant = room.signer.open(request.params.token, room.service.clock.now());
          if (grant?.may !== 'write') {
            throw new SweepdError('forbidden', 'upload_refused', 'This upload URL is not valid, or not any more.');
          }
          const mimetype = request.headers['content-type'] ?? 'application/octet-stream';
          await storeFile(room.service, room.blobs, {
            runId: grant.runId,
            name: grant.name,
            mimetype,
            body: (request.body as typeof request.raw | null) ?? request.raw,
          });
          return reply.code(200).send();
        },
      );
    });
  });
}

/** Set where several processes write one run: each by a name of its own (`mode="shared"`). */
function sharedWriter(request: FastifyRequest): string | null {
  const writer = request.headers['x-wandb-async-client-id'];
  return typeof writer === 'string' && writer !== '' ? writer.slice(0, 200) : null;
}

function runAt(room: WandbRoom, path: RunPath) {
  const run = room.views.runByPath(path.entity, path.project, path.run);
  if (run === undefined) throw notFound('run', `${path.entity}/${path.project}/${path.run}`);
  return run;
}

/** `Authorization: Basic base64("api:" + KEY)`. */
function authenticateBasic(room: WandbRoom, request: FastifyRequest): Actor {
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer') return authenticate(room.service, value);
  const text = scheme?.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString() : '';
  return authenticate(room.service, text.slice(text.indexOf(':') + 1) || null);
}

/** Always as an attachment that no browser runs: a file's content is whatever a program logged. */
function sendFile(room: WandbRoom, reply: FastifyReply, file: FileRow) {
  return reply
    .header('content-type', file.mimetype)
    .header('content-length', file.sizeBytes)
    .header('content-disposition', 'attachment')
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(room.blobs.read(file.blob));
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof SweepdError) {
    if (error.kind === 'overloaded') reply.header('retry-after', '2');
    return reply.code(statusOf(error.kind)).send({ error: error.message, errors: [{ message: error.message }] });
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ errors: [{ message: (error as Error).message }] });
  request.log.error({ err: error, errorId: request.id }, 'unexpected error');
  const message = `Something went wrong on the server (error ${request.id}; its log says more).`;
  return reply.code(500).send({ error: message, errors: [{ message }] });
}
