/** What an agent tells while it works; `sweepd agent --json` prints these, one object a line. */
import type { JsonObject } from '../domain/json.ts';
import type { Outcome } from './failures.ts';

export type AgentEvent =
  | { event: 'agent_started'; name: string; sweep?: string; pool?: string; slots: number }
  | {
      event: 'run_started';
      slot: number;
      run: string;
      number: number;
      attempt: number;
      config: JsonObject;
      command: string[];
    }
  | { event: 'run_stopping'; slot: number; run: string; reason: string }
  | {
      event: 'run_ended';
      slot: number;
      run: string;
      outcome: Outcome;
      exit_code: number | null;
      signal: string | null;
      seconds: number;
      reason: string | null;
    }
  | { event: 'server_gone'; detail: string }
  | { event: 'server_back' }
  | { event: 'agent_ended'; reason: string; failed: boolean; runs: number; failedRuns: number };
