/** An agent that belongs to a pool and serves whatever sweep is next. After the hand-out it reports like any other (rest-agent.ts). */
import type { AgentRow, RunRow, SweepRow } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import { type Actor, askWaitMs, type Offer, type Service } from './context.ts';
import { type Leased, parametersOf } from './rest-agent.ts';
import { sweepsFor } from './schedule.ts';
import { settleSweep } from './settle-sweep.ts';
import { withOffer } from './take-offer.ts';
import { takeSuggestion } from './take-suggestion.ts';

export interface PoolAsk {
  pool: string;
  /** One slot's own name. */
  agent: string;
  tags: readonly string[];
  /** The same id gives the same run again. */
  requestId: string | null;
  /** Longest wait for a model's point, milliseconds. */
  waitMs?: number;
}

/** @returns null: the pool has nothing for this agent just now */
export async function askPool(service: Service, actor: Actor, ask: PoolAsk): Promise<Leased | null> {
  const { store, clock } = service;
  const known = store.agents.byPoolName(ask.pool, ask.agent);
  const isRepeated =
    known !== undefined && ask.requestId !== null && store.leases.ofRequest(known.id, ask.requestId) !== undefined;
  const tags = JSON.stringify([...new Set(ask.tags)].sort());
  const [likely] = isRepeated ? [] : sweepsFor(service, { pool: ask.pool, tags }, clock.now());
  const wait = likely === undefined ? null : service.beforeAsk(likely.id, ask.waitMs ?? askWaitMs);
  if (wait !== null) await wait;
  return withOffer(service, likely?.id ?? null, (offer) =>
    store.writer.write((unit) => {
      const now = clock.now();
      const agent = knownAgent(service, actor, ask, tags, now);
      const before = ask.requestId === null ? undefined : store.leases.ofRequest(agent.id, ask.requestId);
      const beforeRun: RunRow | undefined = before === undefined ? undefined : store.runs.byId(before.runId);
      if (before !== undefined && beforeRun !== undefined) {
        return { run: beforeRun, lease: before, parameters: parametersOf(service, beforeRun) };
      }
      for (const sweep of sweepsFor(service, agent, now)) {
        const leased = takeOf(service, unit, sweep, agent, now, ask.requestId, sweep.id === likely?.id ? offer : null);
        if (leased !== null) return leased;
      }
      return null;
    }),
  );
}

function takeOf(
  service: Service,
  unit: Unit,
  sweep: SweepRow,
  agent: AgentRow,
  now: number,
  requestId: string | null,
  offer: Offer | null,
): Leased | null {
  const handedOut = takeSuggestion(service, unit, sweep, agent, now, { requestId, offer });
  if (handedOut !== null) return handedOut;
  settleSweep(service, unit, service.store.sweeps.byId(sweep.id), now);
  return null;
}

function knownAgent(service: Service, actor: Actor, ask: PoolAsk, tags: string, now: number): AgentRow {
  const { store, ids } = service;
  const known = store.agents.byPoolName(ask.pool, ask.agent);
  if (known === undefined) {
    return store.agents.insert({
      id: ids.token(),
      kind: 'pool',
      sweepId: null,
      name: ask.agent,
      host: ask.agent,
      userName: actor.userName,
      pool: ask.pool,
      tags,
      createdAt: now,
      heartbeatAt: now,
    });
  }
  if (known.tags !== tags) store.agents.setTags(known.id, tags);
  if (now - known.heartbeatAt >= 1_000) store.agents.touch(known.id, now);
  return { ...known, tags };
}
