/** A run's states, as W&B's client knows them: any other word crashes its local controller. */

export const runStates = [
  'pending',
  'running',
  'finished',
  'failed',
  'crashed',
  'killed',
  'preempting',
  'preempted',
] as const;
export type RunState = (typeof runStates)[number];

export interface RunTransition {
  from: RunState;
  to: RunState;
  on: string;
}

/** docs/state-machine.md draws this table; a test compares the two. */
export const runTransitions: readonly RunTransition[] = [
  { from: 'pending', to: 'running', on: 'the program reports' },
  { from: 'pending', to: 'finished', on: 'its first report is its last, exit code 0' },
  { from: 'pending', to: 'failed', on: 'redelivered in vain, or its first report is its last' },
  { from: 'pending', to: 'crashed', on: 'lease expired' },
  { from: 'pending', to: 'killed', on: 'stopped before it began, or with its first report' },
  { from: 'running', to: 'finished', on: 'exit code 0' },
  { from: 'running', to: 'failed', on: 'any other exit code' },
  { from: 'running', to: 'killed', on: 'ended after a stop request' },
  { from: 'running', to: 'crashed', on: 'lease expired, or its agent no longer names it' },
  { from: 'running', to: 'preempting', on: 'mark_preempting' },
  { from: 'preempting', to: 'finished', on: 'exit code 0' },
  { from: 'preempting', to: 'preempted', on: 'any other end' },
  { from: 'preempting', to: 'killed', on: 'ended after a stop request' },
  { from: 'preempted', to: 'pending', on: 'handed out again (resume)' },
  { from: 'preempted', to: 'running', on: 'the program reports' },
  { from: 'crashed', to: 'running', on: 'reports again and has no successor' },
  { from: 'crashed', to: 'finished', on: 'revived by its last report, exit code 0' },
  { from: 'crashed', to: 'failed', on: 'revived by its last report, any other exit code' },
  { from: 'crashed', to: 'killed', on: 'revived by its last report after a stop request' },
  { from: 'finished', to: 'running', on: 'resumed by the program' },
  { from: 'failed', to: 'running', on: 'resumed by the program' },
  { from: 'killed', to: 'running', on: 'resumed by the program' },
];

export function runMayMove(from: RunState, to: RunState): boolean {
  return runTransitions.some((edge) => edge.from === from && edge.to === to);
}

/** A run that may still log: it holds its point, its lease and a place under the caps. */
export const liveRunStates = ['pending', 'running', 'preempting'] as const satisfies readonly RunState[];
export const isLive = (state: RunState): boolean => (liveRunStates as readonly RunState[]).includes(state);

/**
 * The state in which a run ends. A run that was asked to stop is killed whatever exit code it has: W&B's client reports a
 * stop as exit code 255 or 1, or not at all.
 */
export function endState(run: { state: RunState; stopRequestedAt: number | null }, exitCode: number): RunState {
  if (run.stopRequestedAt !== null) return 'killed';
  if (exitCode === 0) return 'finished';
  return run.state === 'preempting' ? 'preempted' : 'failed';
}

interface RunTimes {
  state: RunState;
  begunAt: number | null;
  heartbeatAt: number | null;
  updatedAt: number;
  endedAt: number | null;
  exitCode: number | null;
}

/** The run as it is once its program says something; `begunAt` keeps the first time. */
export function begun<Run extends RunTimes>(run: Run, now: number): Run {
  const begunAt = run.begunAt ?? now;
  return { ...run, state: 'running', begunAt, heartbeatAt: now, updatedAt: now, endedAt: null, exitCode: null };
}

/** The run as it is once it is over. */
export function ended<Run extends RunTimes>(run: Run, to: RunState, exitCode: number | null, now: number): Run {
  return { ...run, state: to, exitCode, endedAt: now, updatedAt: now };
}
