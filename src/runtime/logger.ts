/** Logs to stderr, so that stdout carries the one line that says where the server listens; readable on a terminal, JSON elsewhere. */
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import pretty from 'pino-pretty';

export function createLogger(level: string): FastifyBaseLogger {
  const options = {
    level,
    redact: ['req.headers.authorization', 'headers.authorization', 'api_key', '*.api_key', '*.token'],
  };
  const stream = process.stderr.isTTY
    ? pretty({ destination: 2, colorize: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' })
    : process.stderr;
  return pino(options, stream);
}
