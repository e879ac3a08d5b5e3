/** Requests that stay open (a long poll, a stream of events): they end with their client or with the server. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/** @returns a signal that fires when the client has gone, or when the server stops: SIGTERM must not wait for them. */
export type OpenEnds = (reply: FastifyReply) => AbortSignal;

export function trackOpenEnds(scope: FastifyInstance): OpenEnds {
  const open = new Set<AbortController>();
  scope.addHook('preClose', async () => {
    for (const end of open) end.abort();
  });
  return (reply) => {
    const end = new AbortController();
    open.add(end);
    reply.raw.once('close', () => {
      open.delete(end);
      // An answer that went out whole has nobody left to tell, and every abort costs an exception with its stack.
      if (!reply.raw.writableFinished) end.abort();
    });
    return end.signal;
  };
}
