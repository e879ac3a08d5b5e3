/** /healthz: the process answers. /readyz: it can take work. /metrics: numbers for Prometheus. */
import type { FastifyInstance } from 'fastify';
import type { HttpRoom } from './room.ts';

export function registerHealth(app: FastifyInstance, room: HttpRoom): void {
  app.get('/healthz', async () => ({ status: 'ok', version: room.version }));
  app.get('/readyz', async (_request, reply) => {
    const problems = await room.readiness();
    return reply
      .code(problems === null ? 200 : 503)
      .send({ status: problems === null ? 'ready' : 'not ready', ...problems });
  });
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await room.metrics()));
}
