/** Logs to stderr, so that stdout carries the one line that says where the server listens; readable on a terminal, JSON elsewhere. */
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

export async function createLogger(level: string): Promise<FastifyBaseLogger> {
  const options = {
    level,
    redact: ['req.headers.authorization', 'headers.authorization', 'api_key', '*.api_key', '*.token'],
  };
  if (!process.stderr.isTTY) return pino(options, process.stderr);
  // Loaded only where somebody looks: a server started by a program has no use for it.
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({ destination: 2, colorize: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' });
  return pino(options, stream);
}
