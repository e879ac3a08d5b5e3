/**
 * How the optimizer's work travels to other machines. A job is a few kB; what it is computed from is a Redis list a sweep and epoch, which
 * only grows: element 0 is what holds for the whole epoch, then a result each, in order. Workers keep what they have read of it.
 *
 * | key | what |
 * |---|---|
 * | `sweepd:obs:<sweep>:<epoch>` | the list; forgotten a day after its last use |
 * | `sweepd:server` | version of the server that was heard of last, for 6 s |
 * | `sweepd:server:<version>`, `sweepd:worker:<version>` | there is one of this version, for 6 s |
 * | `bull:optimizer-<version>:*` | BullMQ's queue: versions never mix |
 */

export interface OptimizerJob {
  sweepId: string;
  epoch: string;
  /** How many of the list's results count. */
  results: number;
  /** The snapshot's other fields, as they stand inside its braces: seed, pending points, the model's state. */
  fields: string;
  /** The task beside its snapshot, as JSON: `{"op": "suggest", "count": 1}`. */
  task: string;
}

/** The snapshot that a thread reads: the list's first element, its results, and the job's fields. */
export const snapshotOf = (base: string, results: readonly string[], fields: string): string =>
  `{${base},"results":[${results.join(',')}],${fields}}`;

/** A name of a queue knows no dots in some tools and no colons in BullMQ. */
export const queueName = (version: string): string => `optimizer-${version.replaceAll(/[^\w-]/g, '_')}`;
export const listKey = (sweepId: string, epoch: string): string => `sweepd:obs:${sweepId}:${epoch}`;
export const serverKey = (version?: string): string =>
  version === undefined ? 'sweepd:server' : `sweepd:server:${version}`;
export const workerKey = (version: string): string => `sweepd:worker:${version}`;

/** How often server and workers show themselves, and how long that counts. Milliseconds. */
export const showEveryMs = 2_000;
export const shownForMs = 6_000;
/** Seconds. */
export const listLifeS = 86_400;
