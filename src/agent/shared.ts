/** What an agent is given, and what its slots share. */
import type { Child } from './child.ts';
import type { AgentEvent } from './events.ts';
import type { Failures } from './failures.ts';
import type { RestClient } from './rest-client.ts';
import type { SweepToRun } from './rest-views.ts';

/** What an agent serves: one sweep, or whatever is next in a pool. */
export type AgentSource = { sweepId: string } | { pool: string; tags: readonly string[] };

export interface AgentOptions {
  source: AgentSource;
  /** The slots are called `name:0`, `name:1`...; one slot alone is called `name`. */
  name: string;
  slots: number;
  /** Runs to take in all, null: until the sweep ends. */
  count: number | null;
  /** Ends after so long without work; null: never (an agent of a pool), or once the sweep is over. Milliseconds. */
  idleMs: number | null;
  killDelayMs: number;
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** Where stdout is kept free for the agent's own report. */
  toStderr: boolean;
  onEvent(event: AgentEvent): void;
  /** A line of a slot's program, where several share the terminal. */
  onLine(slot: number, line: string): void;
}

export interface Shared {
  readonly client: RestClient;
  readonly options: AgentOptions;
  readonly failures: Failures;
  readonly children: Set<Child>;
  /** Fires when no more runs are to be taken. */
  readonly draining: AbortSignal;
  /** Fires when the agent itself ends its programs. */
  readonly terminating: AbortSignal;
  drain(reason: string, failed?: boolean): void;
}

/** The same for one run: with the sweep that it is of. */
export interface RunShared extends Shared {
  readonly sweep: SweepToRun;
}
