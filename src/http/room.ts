/** What this room is handed by `runtime/`. */
import type { JsonObject } from '../domain/json.ts';
import type { Change, Service } from '../service/context.ts';
import type { Blobs } from '../service/files.ts';
import type { Insight } from '../service/insight.ts';
import type { Views } from '../store/views/views.ts';

export interface ForwardingHealth {
  url: string;
  /** Why nothing is sent at present, and until when (wall milliseconds); null while all is well. */
  waiting: { reason: string; until: number } | null;
  lastSuccessAt: number | null;
}

export interface HttpRoom {
  service: Service;
  views: Views;
  blobs: Blobs;
  version: string;
  /** Set where the server is reached by another name than the request's Host says. */
  publicUrl: string | null;
  /** What the service changes, after each commit. @returns ends it */
  subscribe: (listener: (change: Change) => void) => () => void;
  /** Where forwarding stands by what this process knows; null where no upstream is set. */
  forwarding: () => ForwardingHealth | null;
  /** Answers /readyz: null where all is well, else what is wrong by part. */
  readiness: () => Promise<Record<string, string> | null>;
  /** Workers on other machines that are connected; null where no Redis is set. */
  workers: () => Promise<number | null>;
  /** Computations over a sweep's runs. */
  insight: Insight;
  /** The Prometheus text. */
  metrics: () => Promise<string>;
  /** What `sweepd engine OP` answers to one object; null where there is no such op. */
  engine: (op: string) => Promise<((input: JsonObject) => JsonObject) | null>;
  /** Told of each request's route, status and duration (seconds). */
  onRequest: (route: string, status: number, seconds: number) => void;
}
