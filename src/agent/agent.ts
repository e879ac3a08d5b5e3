/**
 * sweepd's own agent: takes runs of one sweep over REST and runs the sweep's command for each, in as many slots as it is given.
 * Who starts it steers it: `drain` (take no more), `terminate` (end the programs), `kill`.
 */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../domain/json.ts';
import { startBackOff } from './back-off.ts';
import type { Child } from './child.ts';
import { watchFailures } from './failures.ts';
import { isTransient, type RestClient, RestError } from './rest-client.ts';
import { type LeasedRun, readLease, readSweep } from './rest-views.ts';
import { executeRun } from './run.ts';
import type { AgentOptions, Shared } from './shared.ts';

export interface AgentResult {
  /** Why it took no more: in words, for people. */
  reason: string;
  /** The agent gave up: the programs fail, or the server refuses it. */
  failed: boolean;
  runs: number;
  failedRuns: number;
}

export interface Agent {
  /** @throws RestError where the sweep cannot be read at the start; SweepdError where its command cannot be run here */
  work(): Promise<AgentResult>;
  /** Takes no more runs; those under way go on to their end. */
  drain(reason: string): void;
  /** Ends the programs under way too, without reporting them: their points are run again once their leases have ended. */
  terminate(): void;
  kill(): void;
}

const pollS = 20;

export function createAgent(client: RestClient, options: AgentOptions): Agent {
  const { slots, count, onEvent } = options;
  const draining = new AbortController();
  const terminating = new AbortController();
  const children = new Set<Child>();
  const failures = watchFailures(options.environment);
  let ending: { reason: string; failed: boolean } | undefined;
  let taken = 0;

  function drain(reason: string, failed = false): void {
    ending ??= { reason, failed };
    draining.abort();
  }

  /** A run to do, or null where this slot is done. */
  async function ask(slot: number, shared: Shared): Promise<LeasedRun | null> {
    const agent = slots === 1 ? options.name : `${options.name}:${slot}`;
    const backOff = startBackOff(draining.signal);
    let requestId = randomUUID();
    while (!draining.signal.aborted) {
      try {
        const body = { agent, request_id: requestId, wait_s: pollS } as unknown as JsonObject;
        const limits = { timeoutMs: (pollS + 30) * 1000, signal: draining.signal };
        const answer = await client.request(
          'POST',
          `/sweeps/${encodeURIComponent(shared.sweep.id)}/lease`,
          body,
          limits,
        );
        if (backOff.reset()) onEvent({ event: 'server_back' });
        const { leased, sweepState, retryAfterS } = readLease(answer);
        if (leased !== null) return leased;
        if (sweepState === 'finished' || sweepState === 'canceled') {
          drain(`the sweep is ${sweepState}`);
          return null;
        }
        requestId = randomUUID();
        await backOff.sleep(retryAfterS * 1000);
      } catch (error) {
        if (draining.signal.aborted) return null;
        if (!isTransient(error)) return giveUp(error, drain);
        if (backOff.begins()) onEvent({ event: 'server_gone', detail: (error as Error).message });
        await backOff.wait();
      }
    }
    return null;
  }

  async function runSlots(shared: Shared): Promise<void> {
    const slotsDone = Array.from({ length: slots }, (_, slot) =>
      runSlot(slot, shared).catch((error) => {
        // A fault here (no space for the parameter file): the other slots' programs still end, and are reported, first.
        drain(error instanceof Error ? error.message : String(error), true);
      }),
    );
    await Promise.all(slotsDone);
  }

  async function runSlot(slot: number, shared: Shared): Promise<void> {
    while (!draining.signal.aborted) {
      if (count !== null && taken >= count) return drain('as many as --count says');
      taken++;
      const leased = await ask(slot, shared);
      if (leased === null) {
        taken--;
        return;
      }
      const outcome = await executeRun(shared, slot, leased);
      const verdict = failures.add(outcome);
      if (verdict !== null) drain(verdict, true);
    }
  }

  return {
    async work() {
      const { body } = await client.request('GET', `/sweeps/${encodeURIComponent(options.sweepId)}`);
      const sweep = readSweep(body, options);
      const shared: Shared = {
        client,
        options,
        sweep,
        failures,
        children,
        draining: draining.signal,
        terminating: terminating.signal,
        drain,
      };
      onEvent({ event: 'agent_started', name: options.name, sweep: sweep.id, slots });
      await runSlots(shared);
      const { reason, failed } = ending ?? { reason: 'nothing left to do', failed: false };
      const result = { reason, failed, runs: failures.runs(), failedRuns: failures.failed() };
      onEvent({ event: 'agent_ended', ...result });
      return result;
    },
    drain: (reason) => drain(reason),
    terminate() {
      terminating.abort();
      drain('told to end');
      for (const child of children) child.stop();
    },
    kill() {
      terminating.abort();
      drain('told to end');
      for (const child of children) child.kill();
    },
  };
}

/** The server says no, and will say so again. */
function giveUp(error: unknown, drain: Shared['drain']): null {
  if (!(error instanceof RestError)) throw error;
  drain(error.code === 'sweep_not_found' ? 'the sweep was deleted' : error.message, error.code !== 'sweep_not_found');
  return null;
}
