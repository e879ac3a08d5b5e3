import { randomBytes, randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Ids } from '../domain/clock.ts';

/** Wall time at start plus monotonic time since: no jump of the machine's clock ends a lease. */
export function systemClock(): Clock {
  const start = Date.now() - performance.now();
  return { now: () => Math.round(start + performance.now()) };
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const randomIds: Ids = {
  short: () => Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join(''),
  token: () => randomBytes(16).toString('hex'),
};
