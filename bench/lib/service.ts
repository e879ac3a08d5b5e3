/** The use cases on a store of their own in this process, without HTTP, as the server wires them. */
import { pino } from 'pino';
import { rulesOf } from '../../src/optimizer/stop/rules.ts';
import { createChanges } from '../../src/runtime/changes.ts';
import { randomIds, systemClock } from '../../src/runtime/clock.ts';
import { createWorkQueue } from '../../src/runtime/work-queue.ts';
import type { Service } from '../../src/service/context.ts';
import { openStore } from '../../src/store/open.ts';
import { createStore } from '../../src/store/store.ts';

/** Who sweeps and agents belong to. */
export const actor = { userName: 'bench', role: 'admin' } as const;

const checkpointEveryMs = 5_000;

/**
 * There is no model search in it: a model-based sweep hands out quasi-random points.
 * @param redisUrl undefined: the embedded queue
 */
export async function withService<T>(
  dataDirectory: string,
  redisUrl: string | undefined,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const store = createStore(openStore(dataDirectory));
  const changes = createChanges((error) => {
    throw error;
  });
  const queue = await createWorkQueue(store, { redis_url: redisUrl }, changes, pino({ level: 'silent' }));
  // As the server does it (runtime/timers.ts).
  const checkpoints = setInterval(() => store.sqlite.pragma('wal_checkpoint(PASSIVE)'), checkpointEveryMs);
  try {
    while (queue.problem() !== null) await new Promise((again) => setTimeout(again, 10));
    return await work({
      store,
      clock: systemClock(),
      ids: randomIds,
      settings: { leaseMs: 3_600_000, entity: 'bench' },
      rulesOf,
      notify: changes.publish,
      queue,
      fairness: new Map(),
      beforeAsk: () => null,
    });
  } finally {
    clearInterval(checkpoints);
    await queue.close();
    store.writer.close();
    store.close();
  }
}
