/**
 * The hand-out: a ready suggestion becomes a run with a lease, in the caller's transaction. Until this moment no count, no
 * run_cap and nothing that W&B's client reads can see the point.
 */
import { isObject, parseJson, writeJson } from '../domain/json.ts';
import { wireConfig } from '../space/index.ts';
import type { AgentRow, LeaseRow, RunRow, SuggestionRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Offer, Service } from './context.ts';
import { displayName } from './display-name.ts';
import { localMethod, reportScheduled } from './local-controller.ts';
import { countLease } from './schedule.ts';
import { topUp } from './search.ts';
import { isModelBased } from './search-results.ts';
import { capReached } from './shares.ts';

export interface HandedOut {
  run: RunRow;
  lease: LeaseRow;
  /** `{name: value}` as lossless JSON text. */
  parameters: string;
  /** The run goes on under its own id after a preemption. */
  resumed: boolean;
}

export interface Ask {
  requestId: string | null;
  /** What the queue gave for this ask, where it was asked. */
  offer: Offer | null;
}

/** @returns null where the sweep has no point to give just now, or may not have another run at once */
export function takeSuggestion(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  agent: AgentRow,
  now: number,
  { requestId, offer }: Ask = { requestId: null, offer: null },
): HandedOut | null {
  if (sweep.state !== 'running' || capReached(service, sweep) !== null) return null;
  const { store } = service;
  const claimed = claim(service, unit, sweep, offer, now);
  if (claimed === undefined) return null;
  countLease(service, sweep, now);
  const previous = claimed.attempts > 1 ? store.runs.latestOfSuggestion(claimed.id) : undefined;
  const resumed = previous?.state === 'preempted';
  const run = resumed
    ? resumePreempted(service, previous, agent, now)
    : makeRun(service, sweep, claimed, previous, agent, now);
  if (claimed.method === localMethod) reportScheduled(service, sweep.id, claimed, run);
  const lease = store.leases.insert({
    runId: run.id,
    sweepId: sweep.id,
    agentId: agent.id,
    token: service.ids.token(),
    now,
    expiresAt: now + service.settings.leaseMs,
    requestId,
  });
  unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: sweep.id }));
  if (isModelBased(sweep)) unit.afterCommit(() => service.notify({ kind: 'search', sweepId: sweep.id }));
  return { run, lease, parameters: claimed.parameters, resumed };
}

/** The offered point; where it is gone, or nothing was offered, the next of the table; where there is none, the search makes more. */
function claim(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  offer: Offer | null,
  now: number,
): SuggestionRow | undefined {
  const { suggestions } = service.store;
  const offered = offer === null ? undefined : suggestions.claim(offer.suggestionId, offer.attempt);
  const claimNext = isModelBased(sweep) ? suggestions.claimBest : suggestions.claimOldest;
  const claimed = offered ?? claimNext(sweep.id);
  if (claimed !== undefined || topUp(service, sweep, now) === 0) return claimed;
  unit.afterCommit(() => service.queue.offer(sweep.id));
  return claimNext(sweep.id);
}

function makeRun(
  service: Service,
  sweep: SweepRow,
  suggestion: SuggestionRow,
  previous: RunRow | undefined,
  agent: AgentRow,
  now: number,
): RunRow {
  const { store } = service;
  // From here on the lost run may not come back: its point belongs to the successor.
  if (previous !== undefined) store.runs.update(previous.id, { supersededAt: now });
  const number = store.sweeps.countRun(sweep, suggestion.attempts === 1 ? 1 : 0, now);
  return store.runs.insertLeased({
    projectId: sweep.projectId,
    name: service.ids.short(),
    sweepId: sweep.id,
    suggestionId: suggestion.id,
    // Counted along the lost runs: a preempted run that goes on is no further attempt.
    attempt: (previous?.attempt ?? 0) + 1,
    number,
    predecessorId: previous?.id ?? null,
    agentId: agent.id,
    userName: agent.userName,
    displayName: displayName(store.runs.nextSequence()),
    config: wireParameters(suggestion.parameters),
    now,
  });
}

function resumePreempted(service: Service, run: RunRow, agent: AgentRow, now: number): RunRow {
  const moved = service.store.runs.move(run.id, 'preempted', 'pending', {
    agentId: agent.id,
    endedAt: null,
    exitCode: null,
    heartbeatAt: now,
    updatedAt: now,
    resumedAt: now,
  });
  if (moved === undefined) throw new Error(`Run ${run.name} left the state preempted inside a transaction.`);
  return moved;
}

/** `{name: value}` text as `{name: {value}}` text: the form of W&B's wire, with every number spelled as it was. */
export function wireParameters(parameters: string): string {
  const point = parseJson(parameters);
  return isObject(point) ? writeJson(wireConfig(point)) : '{}';
}
