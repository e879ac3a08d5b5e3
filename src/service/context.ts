/**
 * What every use case is handed. `runtime/` builds it; tests build it with a clock that they turn. Use cases are functions of
 * it; each that writes does so in one unit of the writer.
 */
import type { Clock, Ids } from '../domain/clock.ts';
import type { SweepRules } from '../domain/stop.ts';
import type { SweepConfig } from '../space/index.ts';
import type { Store } from '../store/store.ts';

export interface ServiceSettings {
  /** How long a lease lives after the last sign of life, milliseconds. */
  leaseMs: number;
  /** The entity of everything that names none. */
  entity: string;
}

/** What changed, for whoever waits or watches. Fired after the commit, never inside it. */
export type Change =
  | { kind: 'sweep'; sweepId: string }
  /** A point of the sweep may have become available. */
  | { kind: 'work'; sweepId: string }
  /** A model-based search has learned something, or a point of it was taken. */
  | { kind: 'search'; sweepId: string }
  | { kind: 'run'; runId: number; sweepId: string | null };

export interface Service {
  store: Store;
  clock: Clock;
  ids: Ids;
  settings: ServiceSettings;
  /** A sweep's stop rules as arithmetic (`optimizer/stop/`, which this room does not know). */
  rulesOf: (config: SweepConfig) => SweepRules;
  notify: (change: Change) => void;
  /** Awaited before an agent without work is answered: a model may be about to have a point. Null: nothing to wait for. */
  beforeAsk: (sweepId: string, waitMs: number) => Promise<void> | null;
}

/** How long an ask waits for a model's point where the agent says nothing else. Milliseconds. */
export const askWaitMs = 1_500;

/** Who asks: a user by the key that was shown. */
export interface Actor {
  userName: string;
  role: 'admin' | 'member';
}
