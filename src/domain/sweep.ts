/** A sweep's states and who may move it where. docs/state-machine.md draws this table; a test compares the two. */

export const sweepStates = ['pending', 'running', 'paused', 'finished', 'canceled'] as const;
export type SweepState = (typeof sweepStates)[number];

/**
 * `user`: asked for by a person or a program (W&B's client sends RUNNING from any state to resume).
 * `search`: the sweep came to its own end (grid exhausted, run_cap, a stop rule).
 */
export type SweepActor = 'user' | 'search';

export interface SweepTransition {
  from: SweepState;
  to: SweepState;
  by: SweepActor;
  /** What causes it, in the words of the diagram. */
  on: string;
}

export const sweepTransitions: readonly SweepTransition[] = [
  { from: 'running', to: 'paused', by: 'user', on: 'pause' },
  { from: 'paused', to: 'running', by: 'user', on: 'resume' },
  { from: 'running', to: 'finished', by: 'user', on: 'stop' },
  { from: 'paused', to: 'finished', by: 'user', on: 'stop' },
  { from: 'running', to: 'canceled', by: 'user', on: 'cancel' },
  { from: 'paused', to: 'canceled', by: 'user', on: 'cancel' },
  { from: 'finished', to: 'running', by: 'user', on: 'resume' },
  { from: 'canceled', to: 'running', by: 'user', on: 'resume' },
  { from: 'running', to: 'finished', by: 'search', on: 'exhausted' },
  { from: 'running', to: 'finished', by: 'search', on: 'target, plateau or budget' },
  { from: 'paused', to: 'finished', by: 'search', on: 'target, plateau or budget' },
  { from: 'running', to: 'paused', by: 'search', on: 'failures in a row' },
];

/** True where the table has the edge, or where nothing would change (asking twice is not an error). */
export function sweepMayMove(from: SweepState, to: SweepState, by: SweepActor): boolean {
  return from === to || sweepTransitions.some((edge) => edge.from === from && edge.to === to && edge.by === by);
}
