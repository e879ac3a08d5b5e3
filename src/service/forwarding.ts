/**
 * How far runs and sweeps were forwarded to the upstream server, and whether forwarding goes on. What is sent and how is the business of
 * `wandb/upstream/`; this is what must survive a restart.
 */
import { notFound } from '../domain/errors.ts';
import type { ForwardCounts } from '../store/forwarding.ts';
import type { ForwardedRunRow, ForwardedSweepRow, RunRow } from '../store/schema.ts';
import type { Service } from './context.ts';

export type { Arrival, ForwardCounts } from '../store/forwarding.ts';

export interface Pause {
  reason: string;
  /** Wall milliseconds. */
  since: number;
  /** A fingerprint of the key that the upstream would not have: another key is tried at once. Null where somebody paused. */
  key: string | null;
}

export interface RefusedRun {
  run: RunRow;
  reason: string;
  at: number | null;
}

export interface ForwardingStatus extends ForwardCounts {
  paused: Pause | null;
  refusedRuns: RefusedRun[];
}

const pauseSetting = 'forwarding_paused';
const nudgeSetting = 'forwarding_nudge';
const policySetting = 'forwarding_policy';
const refusedShown = 100;

export function forwardingPause(service: Service): Pause | null {
  const text = service.store.keys.setting(pauseSetting);
  return text ? (JSON.parse(text) as Pause) : null;
}

export function pauseForwarding(service: Service, reason: string, key: string | null = null): Promise<void> {
  return setPause(service, JSON.stringify({ reason, since: service.clock.now(), key } satisfies Pause));
}

export const resumeForwarding = (service: Service): Promise<void> => setPause(service, '');

function setPause(service: Service, text: string): Promise<void> {
  return service.store.writer.write(() => {
    service.store.keys.setSetting(pauseSetting, text);
    nudge(service);
  });
}

/** Changes whenever somebody paused, resumed or asked to try again: the forwarder looks, and forgets what it waits for. */
export const forwardingNudge = (service: Service): string => service.store.keys.setting(nudgeSetting) ?? '';

function nudge(service: Service): void {
  service.store.keys.setSetting(nudgeSetting, service.ids.token());
}

/**
 * Tries what upstream refused once more: one run, or everything.
 * @returns how many runs that are. @throws SweepdError `run_not_found`
 */
export function retryForwarding(service: Service, runId?: number): Promise<number> {
  const { store } = service;
  return store.writer.write(() => {
    if (runId !== undefined && store.runs.byId(runId) === undefined) throw notFound('run', String(runId));
    const cleared = store.forwarding.clearRefusals(runId);
    nudge(service);
    return cleared;
  });
}

export function forwardingStatus(service: Service): ForwardingStatus {
  const { forwarding } = service.store;
  const refusedRuns = forwarding
    .refused(refusedShown)
    .map(({ run, refused, refusedAt }) => ({ run, reason: refused ?? '', at: refusedAt }));
  return { paused: forwardingPause(service), ...forwarding.counts(), refusedRuns };
}

/** Has everything looked at again where the settings of forwarding are not those of the last start. */
export function noteForwardingPolicy(service: Service, fingerprint: string): Promise<void> {
  const { store } = service;
  return store.writer.write(() => {
    if (store.keys.setting(policySetting) === fingerprint) return;
    store.keys.setSetting(policySetting, fingerprint);
    store.forwarding.lookAgain();
  });
}

/** Notes what upstream has of a run. A run that was deleted meanwhile has nothing to note. */
export function noteRun(service: Service, runId: number, values: Partial<ForwardedRunRow>): Promise<void> {
  const { store } = service;
  return store.writer.write(() => {
    if (store.runs.byId(runId) !== undefined) store.forwarding.putRun(runId, values);
  });
}

export function noteFile(service: Service, runId: number, name: string, blob: string): Promise<void> {
  const { store } = service;
  return store.writer.write(() => {
    if (store.runs.byId(runId) !== undefined) store.forwarding.putFile(runId, name, blob);
  });
}

export function noteSweep(service: Service, sweepId: string, values: Partial<ForwardedSweepRow>): Promise<void> {
  const { store } = service;
  return store.writer.write(() => {
    if (store.sweeps.byId(sweepId) !== undefined) store.forwarding.putSweep(sweepId, values);
  });
}
