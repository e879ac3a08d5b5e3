/**
 * The pages behind the links that W&B's client prints. Plain HTML without a script; the content reloads itself while something runs.
 * From the machine itself they are open, as a TensorBoard would be; from anywhere else the browser asks for the API key.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound, SweepdError } from '../../domain/errors.ts';
import { authenticate } from '../../service/keys.ts';
import type { HttpRoom } from '../room.ts';
import type { Html } from './html.ts';
import { page } from './layout.ts';
import { projectPage } from './project-page.ts';
import { runPage } from './run-page.ts';
import { sweepPage } from './sweep-page.ts';

type Path = { entity: string; project: string; id: string };

export function registerPages(app: FastifyInstance, room: HttpRoom): void {
  app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendErrorPage(error, request, reply));
    scope.addHook('onRequest', async (request) => mayRead(room, request));

    scope.get('/', async (_request, reply) => send(reply, projectPage(room, null)));
    scope.get<{ Params: Path }>('/:entity/:project', async (request, reply) =>
      send(reply, projectPage(room, projectAt(room, request.params))),
    );
    scope.get<{ Params: Path }>('/:entity/:project/sweeps/:id', async (request, reply) => {
      const project = projectAt(room, request.params);
      const sweep = room.views.sweep(request.params.id);
      if (sweep?.projectId !== project.id) throw notFound('sweep', request.params.id);
      return send(reply, sweepPage(room, project, sweep));
    });
    scope.get<{ Params: Path }>('/:entity/:project/runs/:id', async (request, reply) => {
      const project = projectAt(room, request.params);
      const run = room.views.run(project.id, request.params.id);
      if (run === undefined) throw notFound('run', request.params.id);
      return send(reply, runPage(room, project, run));
    });
  });
}

function projectAt(room: HttpRoom, path: Path) {
  const project = room.views.project(path.entity, path.project);
  if (project === undefined) throw notFound('project', `${path.entity}/${path.project}`);
  return project;
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
// The name in the address bar must be the machine's own, too: else a foreign page could point its name at 127.0.0.1.
const loopbackHost = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/;

function mayRead(room: HttpRoom, request: FastifyRequest): void {
  const proxied = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  if (!proxied && loopback.test(request.ip) && loopbackHost.test(request.headers.host ?? '')) return;
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  const basic = scheme?.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString() : '';
  authenticate(room.service, scheme?.toLowerCase() === 'bearer' ? value : basic.slice(basic.indexOf(':') + 1) || null);
}

function send(reply: FastifyReply, content: Html) {
  return reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    )
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .send(`<!doctype html>${content.text}`);
}

function sendErrorPage(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof SweepdError && error.kind === 'unauthenticated') {
    reply.code(401).header('www-authenticate', 'Basic realm="sweepd: any user name, the API key as password"');
    return send(reply, page('Sign in', [], 'This page needs an API key: any user name, the key as password.'));
  }
  if (error instanceof SweepdError) {
    reply.code(error.kind === 'not_found' ? 404 : 400);
    return send(reply, page('Not found', [], error.message));
  }
  request.log.error({ err: error, errorId: request.id }, 'unexpected error');
  return send(reply.code(500), page('Error', [], `Something went wrong on the server (error ${request.id}).`));
}
