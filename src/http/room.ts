/** What this room is handed by `runtime/`. */
import type { JsonObject } from '../domain/json.ts';
import type { Change, Service } from '../service/context.ts';
import type { Insight } from '../service/insight.ts';
import type { Views } from '../store/views/views.ts';

export interface HttpRoom {
  service: Service;
  views: Views;
  version: string;
  /** Set where the server is reached by another name than the request's Host says. */
  publicUrl: string | null;
  /** What the service changes, after each commit. @returns ends it */
  subscribe: (listener: (change: Change) => void) => () => void;
  /** Answers /readyz: null where all is well, else what is wrong by part. */
  readiness: () => Promise<Record<string, string> | null>;
  /** Computations over a sweep's runs. */
  insight: Insight;
  /** The Prometheus text. */
  metrics: () => Promise<string>;
  /** What `sweepd engine OP` answers to one object; null where there is no such op. */
  engine: (op: string) => Promise<((input: JsonObject) => JsonObject) | null>;
  /** Told of each request's route, status and duration (seconds). */
  onRequest: (route: string, status: number, seconds: number) => void;
}
