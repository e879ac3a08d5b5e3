/** What a program wants people to be told. Kept with its run, and forwarded. */
import { notFound } from '../domain/errors.ts';
import type { Service } from './context.ts';

export interface Alert {
  title: string;
  text: string;
  /** INFO, WARN or ERROR. */
  level: string;
}

/** @throws SweepdError `run_not_found` */
export function addAlert(service: Service, runId: number, alert: Alert): Promise<void> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const run = store.runs.update(runId, { updatedAt: now });
    if (run === undefined) throw notFound('run', String(runId));
    store.alerts.add({ ...alert, runId, createdAt: now });
    unit.afterCommit(() => service.notify({ kind: 'run', runId, sweepId: run.sweepId }));
  });
}
