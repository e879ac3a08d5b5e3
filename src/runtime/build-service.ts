/** What every use case is handed, as the settings have it. */
import { rulesOf } from '../optimizer/stop/rules.ts';
import type { Service, WorkQueue } from '../service/context.ts';
import type { Store } from '../store/store.ts';
import { randomIds, systemClock } from './clock.ts';
import type { Settings } from './config.ts';

export function createService(store: Store, settings: Settings, notify: Service['notify'], queue: WorkQueue): Service {
  return {
    store,
    clock: systemClock(),
    ids: randomIds,
    settings: { leaseMs: settings.lease_s * 1000, entity: settings.entity },
    rulesOf,
    notify,
    beforeAsk: () => null,
    queue,
    fairness: new Map(),
  };
}
