/**
 * What every use case is handed. `runtime/` builds it; tests build it with a clock that they turn. Use cases are functions of
 * it; each that writes does so in one unit of the writer.
 */
import type { Clock, Ids } from '../domain/clock.ts';
import type { SweepRules } from '../domain/stop.ts';
import type { SweepConfig } from '../space/index.ts';
import type { Store } from '../store/store.ts';
import type { Fairness } from './fair-share.ts';

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

/** One ready point as a queue holds it: the suggestion, and the number of the try that it is meant for. */
export interface Offer {
  suggestionId: number;
  attempt: number;
}

/**
 * Where the ready points of the sweeps wait, in order. What is ready is said by SQLite alone; a queue follows it, and may lose or
 * repeat anything: the claim in the hand-out's transaction is what counts. Which sweep is next is not its business (schedule.ts).
 */
export interface WorkQueue {
  engine: 'embedded' | 'bullmq';
  /** The sweep has points that the queue may not know yet. Returns at once. */
  offer(sweepId: string): void;
  /**
   * Takes the next point out. null: there is none just now, or the queue cannot say; the hand-out looks for itself.
   * `in_transaction`: it need not be asked, since the order of the table is its order.
   */
  take(sweepId: string): Promise<Offer | null> | 'in_transaction';
  /** The sweep hands nothing out for now. */
  withdraw(sweepId: string): void;
  /** Points of the sweep that wait. */
  count(sweepId: string): Promise<number>;
  /** Brings the queue in line with SQLite. */
  recover(): Promise<void>;
  /** What keeps the queue from working, in words for /readyz; null: nothing. */
  problem(): string | null;
  close(): Promise<void>;
}

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
  queue: WorkQueue;
  /** What each team and user has had of each pool. */
  fairness: Fairness;
}

/** How long an ask waits for a model's point where the agent says nothing else. Milliseconds. */
export const askWaitMs = 1_500;

/** Who asks: a user by the key that was shown. */
export interface Actor {
  userName: string;
  role: 'admin' | 'member';
}
