/** W&B's agents: one process bound to one sweep. It never says goodbye; only its silence tells. */
import { notFound } from '../domain/errors.ts';
import type { AgentRow } from '../store/schema.ts';
import type { Actor, Service } from './context.ts';

/** @throws SweepdError `sweep_not_found` */
export function registerAgent(
  service: Service,
  actor: Actor,
  input: { sweepId: string; host: string },
): Promise<AgentRow> {
  const { store, ids } = service;
  return store.writer.write(() => {
    if (store.sweeps.byId(input.sweepId) === undefined) throw notFound('sweep', input.sweepId);
    const now = service.clock.now();
    const id = ids.token();
    return store.agents.insert({
      id,
      kind: 'wandb',
      sweepId: input.sweepId,
      name: id.slice(0, 8),
      host: input.host,
      userName: actor.userName,
      createdAt: now,
      heartbeatAt: now,
    });
  });
}
