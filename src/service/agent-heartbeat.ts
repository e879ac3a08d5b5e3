/**
 * W&B's agent asks every 5 s, naming the runs whose process is alive; the answer is one command. Everything that its silence
 * about a run can mean is decided here, on the clock of the service:
 *
 * - a command whose answer may have been lost is sent again: at once if the agent is back sooner than it would be after an answer,
 *   once more later; then the run failed before it began (a program that dies before `wandb.init` looks the same);
 * - a run that had begun and is no longer named has 10 s to report its end (reaper.ts counts them);
 * - a stop that the program did not obey in band goes to the agent, again with each heartbeat.
 *
 * A `run` command is never sent while the agent names a live run: it would start a second child at once.
 */
import { notFound } from '../domain/errors.ts';
import { redelivery, stopGraceMs } from '../domain/lease.ts';
import { isLive } from '../domain/run.ts';
import type { AgentRow, LeaseRow, RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import { askWaitMs, type Offer, type Service } from './context.ts';
import { endRun } from './end-run.ts';
import { beginOrRevive } from './revive-run.ts';
import { settleSweep } from './settle-sweep.ts';
import { capReached } from './shares.ts';
import { configOf } from './sweep-config.ts';
import { withOffer } from './take-offer.ts';
import { takeSuggestion } from './take-suggestion.ts';

export type AgentCommand =
  | { type: 'run' | 'resume'; run: RunRow; parameters: string }
  | { type: 'stop'; run: RunRow }
  | { type: 'exit' };

export interface Heartbeat {
  agent: AgentRow;
  command: AgentCommand | null;
}

/**
 * @param alive run ids (names) that the agent says are alive
 * @throws SweepdError `agent_not_found`: to the client that means that its sweep was deleted
 */
export async function agentHeartbeat(
  service: Service,
  agentId: string,
  alive: ReadonlySet<string>,
): Promise<Heartbeat> {
  const sweepId = alive.size > 0 ? null : service.store.agents.byId(agentId)?.sweepId;
  const wait = sweepId == null ? null : service.beforeAsk(sweepId, askWaitMs);
  if (wait !== null) await wait;
  if (service.queue.engine === 'embedded') return heartbeat(service, agentId, alive, null);
  return withOffer(service, idleIn(service, agentId, alive), (offer) => heartbeat(service, agentId, alive, offer));
}

/** The sweep that an agent without a run will probably ask for a point of. */
function idleIn({ store }: Service, agentId: string, alive: ReadonlySet<string>): string | null {
  if (alive.size > 0 || store.leases.liveOfAgent(agentId).length > 0) return null;
  return store.agents.byId(agentId)?.sweepId ?? null;
}

function heartbeat(
  service: Service,
  agentId: string,
  alive: ReadonlySet<string>,
  offer: Offer | null,
): Promise<Heartbeat> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const agent = store.agents.byId(agentId);
    const sweep = agent?.sweepId == null ? undefined : store.sweeps.byId(agent.sweepId);
    if (agent === undefined || sweep === undefined) throw notFound('agent', agentId);
    store.agents.touch(agent.id, now);
    const command = decide(service, unit, sweep, agent, alive, now, offer);
    // A pause is no waiting for a lost run.
    const idle = command === null && alive.size === 0 && sweep.state === 'running';
    store.agents.answered(agent.id, now, idle ? (agent.idleSince ?? now) : null);
    return { agent, command };
  });
}

function decide(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  agent: AgentRow,
  alive: ReadonlySet<string>,
  now: number,
  offer: Offer | null,
): AgentCommand | null {
  const { store } = service;
  let stop: RunRow | undefined;
  let again: RunRow | undefined;
  for (const lease of store.leases.liveOfAgent(agent.id)) {
    const run = store.runs.byId(lease.runId);
    if (run === undefined) continue;
    if (alive.has(run.name)) {
      signOfLife(service, lease, now);
      if (isStopDue(run, now)) stop ??= run;
    } else if (run.begunAt !== null && run.state !== 'pending') {
      if (lease.missingSince === null) store.leases.update(lease.id, { missingSince: now });
    } else if (sweep.state !== 'running' && lease.namedAt === null) {
      // Nothing is delivered now: the run waits for the sweep to go on, as long as its lease lasts.
    } else if (mayDeliverAgain(service, agent, lease, now)) {
      again ??= run;
    } else {
      endRun(service, unit, run, run.stopRequestedAt === null ? 'failed' : 'killed', null, now);
    }
  }
  stop ??= strayRunToStop(service, unit, sweep, agent, alive, now);
  if (stop !== undefined) {
    store.runs.update(stop.id, { stopSentAt: now });
    return { type: 'stop', run: stop };
  }
  if (alive.size > 0) return null;
  if (again !== undefined) return { type: 'run', run: again, parameters: parametersOf(service, again) };
  return nextCommand(service, unit, store.sweeps.byId(sweep.id) ?? sweep, agent, now, offer);
}

function signOfLife(service: Service, lease: LeaseRow, now: number): void {
  const { store } = service;
  store.leases.extend(lease.runId, now + service.settings.leaseMs);
  if (lease.namedAt === null || lease.missingSince !== null) {
    store.leases.update(lease.id, { namedAt: lease.namedAt ?? now, missingSince: null });
  }
}

const isStopDue = (run: RunRow, now: number): boolean =>
  run.stopRequestedAt !== null && (run.stopAtOnce || now - run.stopRequestedAt >= stopGraceMs);

function mayDeliverAgain(service: Service, agent: AgentRow, lease: LeaseRow, now: number): boolean {
  // It was named once, so the command had arrived and the child is gone.
  if (lease.namedAt !== null) return false;
  if (agent.answeredAt !== null && now - agent.answeredAt <= redelivery.lostAnswerMs) return true;
  if (lease.laterDeliveries >= redelivery.laterDeliveries) return false;
  service.store.leases.update(lease.id, { laterDeliveries: lease.laterDeliveries + 1 });
  return true;
}

/**
 * A run that this agent names although it has no lease on it any more: it was given up and is alive after all, or it was ended
 * from outside. The first is revived, the second is told to stop.
 */
function strayRunToStop(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  agent: AgentRow,
  alive: ReadonlySet<string>,
  now: number,
): RunRow | undefined {
  for (const name of alive) {
    const run = service.store.runs.byName(sweep.projectId, name);
    if (run === undefined || run.agentId !== agent.id || isLive(run.state)) continue;
    if (run.state === 'crashed' && run.supersededAt === null) {
      if (run.begunAt !== null) beginOrRevive(service, unit, run, now);
    } else if (run.state === 'crashed' || run.state === 'killed') {
      return run;
    }
  }
  return undefined;
}

function nextCommand(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  agent: AgentRow,
  now: number,
  offer: Offer | null,
): AgentCommand | null {
  const { store, settings } = service;
  if (sweep.state === 'finished' || sweep.state === 'canceled') return { type: 'exit' };
  if (sweep.state !== 'running') return null;
  const handedOut = takeSuggestion(service, unit, sweep, agent, now, { requestId: null, offer });
  if (handedOut !== null) {
    const { run, parameters, resumed } = handedOut;
    return { type: resumed ? 'resume' : 'run', run, parameters };
  }
  settleSweep(service, unit, store.sweeps.byId(sweep.id), now);
  if (store.sweeps.byId(sweep.id)?.state === 'finished') return { type: 'exit' };
  // It has points, but no room for another run: that may last as long as its other runs do.
  if (store.suggestions.hasReady(sweep.id) || capReached(service, sweep) !== null) return null;
  // Nothing to give, but a live run could still be lost and its point come back: wait for two lease periods at most.
  const waitedLong = agent.idleSince !== null && now - agent.idleSince >= 2 * settings.leaseMs;
  return waitedLong && configOf(sweep).controller !== 'local' ? { type: 'exit' } : null;
}

function parametersOf(service: Service, run: RunRow): string {
  const suggestion = run.suggestionId === null ? undefined : service.store.suggestions.byId(run.suggestionId);
  return suggestion?.parameters ?? '{}';
}
