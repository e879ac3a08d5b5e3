/** A lease: one agent's right to one run, until a deadline that every sign of life moves. Only a token or a run id fences it. */

export const leaseStates = ['live', 'ended', 'expired'] as const;
export type LeaseState = (typeof leaseStates)[number];

export const leaseTransitions: readonly { from: LeaseState; to: LeaseState; on: string }[] = [
  { from: 'live', to: 'ended', on: 'the run ended' },
  { from: 'live', to: 'expired', on: 'no sign of life until the deadline' },
  { from: 'expired', to: 'live', on: 'the run was revived' },
  { from: 'ended', to: 'live', on: 'the run began again under its own id' },
];

export const suggestionStates = ['ready', 'taken', 'withdrawn'] as const;
export type SuggestionState = (typeof suggestionStates)[number];

export const suggestionTransitions: readonly { from: SuggestionState; to: SuggestionState; on: string }[] = [
  { from: 'ready', to: 'taken', on: 'handed to an agent' },
  { from: 'taken', to: 'ready', on: 'its run was lost and attempts are left' },
  { from: 'taken', to: 'ready', on: 'its run was preempted or deleted' },
  { from: 'ready', to: 'taken', on: 'its lost run was revived' },
  { from: 'withdrawn', to: 'taken', on: 'its lost run was revived' },
  { from: 'ready', to: 'withdrawn', on: 'the sweep was stopped' },
  { from: 'withdrawn', to: 'ready', on: 'the sweep is resumed' },
];

/**
 * How a `run` command is delivered again when its answer may have been lost (W&B's agent retries after 2 to 4 s, and asks
 * again after 5 s at the earliest: protocol, heartbeats). Milliseconds.
 */
export const redelivery = {
  /** An agent that asks again this soon after our last answer did not get it. */
  lostAnswerMs: 4_500,
  /** How often the command may be sent after a longer gap; then the run counts as failed before it began. */
  laterDeliveries: 1,
} as const;

/** How long a run may be missing from its agent's list without a `complete` before it is ended. Milliseconds. */
export const missingGraceMs = 10_000;
/** How long the in-band stop (file_stream's `stopped: true`) has before the agent is told to end the process. Milliseconds. */
export const stopGraceMs = 25_000;
