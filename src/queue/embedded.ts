/** The queue of a server alone: the table of suggestions itself. Its order is the order of the claim, so there is nothing to keep. */
import type { WorkQueue } from '../service/context.ts';

/** @param countReady points of a sweep that are ready */
export function createEmbeddedQueue(countReady: (sweepId: string) => number): WorkQueue {
  return {
    engine: 'embedded',
    offer: () => {},
    take: () => 'in_transaction',
    withdraw: () => {},
    count: async (sweepId) => countReady(sweepId),
    recover: async () => {},
    problem: () => null,
    close: async () => {},
  };
}
