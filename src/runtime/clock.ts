import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Ids } from '../domain/clock.ts';

/** Wall time at start plus monotonic time since: no jump of the machine's clock ends a lease. */
export function systemClock(): Clock {
  const start = Date.now() - performance.now();
  return { now: () => Math.round(start + performance.now()) };
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** The largest multiple of the letters' number that a byte can be below: what is above would favour the first letters. */
const fair = 252;

// A call to the system's generator costs more than an insert into an index: bytes are fetched for some 200 ids at once.
const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes that nobody else gets. */
function fresh(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

function short(): string {
  let id = '';
  while (id.length < 8) {
    for (const byte of fresh(8)) if (byte < fair && id.length < 8) id += letters[byte % letters.length];
  }
  return id;
}

export const randomIds: Ids = { short, token: () => fresh(16).toString('hex') };
