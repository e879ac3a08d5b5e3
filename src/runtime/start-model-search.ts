/** Model-based search, wired: the optimizer is handed to the service, and what changes wakes it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Service } from '../service/context.ts';
import type { Suggest } from '../service/fits.ts';
import { createModelSearch, type ModelSearch } from '../service/model-search.ts';
import type { Changes } from './changes.ts';

/** From here on asks of the service wait for a model where one is about to have a point. */
export function startModelSearch(
  service: Service,
  suggest: Suggest,
  changes: Changes,
  log: FastifyBaseLogger,
): ModelSearch {
  const search = createModelSearch(service, {
    suggest,
    delay: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
    stopwatch: () => performance.now(),
    onFailure: (sweepId, error) =>
      log.error({ err: error, sweep: sweepId }, 'the optimizer failed: quasi-random points stand in'),
  });
  service.beforeAsk = search.beforeAsk;
  changes.subscribe((change) => {
    if (change.kind === 'search') search.wake(change.sweepId);
    else if (change.kind === 'sweep') search.sweepChanged(change.sweepId);
  });
  return search;
}
