/**
 * /export and /import: runs as one file. They carry bytes of any length, which the OpenAPI document has no words for: docs/cli.md
 * describes them.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { invalidInput, notFound } from '../../domain/errors.ts';
import { type Exported, exportBundle } from '../../service/export-bundle.ts';
import { importBundle } from '../../service/import-bundle.ts';
import { requireAdmin } from '../../service/keys.ts';
import { projectAt } from './fields.ts';
import { runAt } from './run-at.ts';
import { actorOf, type RestRoom } from './scope.ts';

interface Choice {
  sweep?: string;
  run?: string;
  project?: string;
}

export function bundleRoutes(scope: FastifyInstance, room: RestRoom): void {
  scope.get<{ Querystring: Choice }>('/export', { schema: { hide: true } }, async (request, reply) => {
    const chosen = choose(room, request.query);
    return reply
      .type('application/gzip')
      .serializer((payload) => payload as string)
      .send(exportBundle(room.service, room.blobs, [chosen]));
  });

  scope.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('application/gzip', (_request, payload, done) => done(null, payload));
    const bodyLimit = Number.MAX_SAFE_INTEGER;
    raw.post('/import', { bodyLimit, schema: { hide: true } }, async (request) => {
      requireAdmin(actorOf(request));
      if (request.body === undefined || request.body === null) {
        throw invalidInput('invalid_bundle', 'The body is a bundle, as application/gzip.');
      }
      return { ...(await importBundle(room.service, room.blobs, request.body as Readable)) };
    });
  });
}

/** A sweep's runs, one run, or all runs of a project. */
function choose(room: RestRoom, { sweep, run, project }: Choice): Exported {
  if (run !== undefined) {
    const found = runAt(room, run, project);
    return { project: found.project, runIds: [found.run.id] };
  }
  const row = sweep === undefined ? undefined : room.views.sweep(sweep);
  if (sweep !== undefined && row === undefined) throw notFound('sweep', sweep);
  const home = row === undefined ? projectAt(room, project) : room.views.projectById(row.projectId);
  if (home === undefined) throw invalidInput('invalid_request', 'Say what to export: ?sweep=, ?run= or ?project=.');
  const selection = row === undefined ? { projectId: home.id } : { sweepId: row.id };
  return { project: home, runIds: room.views.runIds(selection, 'oldest') };
}
