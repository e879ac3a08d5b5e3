/** Logs to stderr, so that stdout carries the one line that says where the server listens; readable on a terminal, JSON elsewhere. */
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

// Loaded only where somebody looks: a server started by a program has no use for it.
const pretty = process.stderr.isTTY ? (await import('pino-pretty')).default : null;

export function createLogger(level: string): FastifyBaseLogger {
  const options = {
    level,
    redact: ['req.headers.authorization', 'headers.authorization', 'api_key', '*.api_key', '*.token'],
  };
  const stream = pretty
    ? pretty({ destination: 2, colorize: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' })
    : process.stderr;
  return pino(options, stream);
}
