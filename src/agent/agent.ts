/**
 * sweepd's own agent: takes runs of one sweep over REST and runs the sweep's command for each, in as many slots as it is given.
 * Who starts it steers it: `drain` (take no more), `terminate` (end the programs), `kill`.
 */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../domain/json.ts';
import { startBackOff } from './back-off.ts';
import type { Child } from './child.ts';
import { type Outcome, watchFailures } from './failures.ts';
import { isTransient, type RestClient, RestError } from './rest-client.ts';
import { type LeasedRun, readLease, readSweep, type SweepToRun } from './rest-views.ts';
import { executeRun, tellUnbegun } from './run.ts';
import type { AgentOptions, AgentSource, Shared } from './shared.ts';

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
  const { slots, count, onEvent, source } = options;
  const sweeps = knownSweeps(client, options);
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
  async function ask(slot: number): Promise<LeasedRun | null> {
    const idleSince = performance.now();
    const agent = slots === 1 ? options.name : `${options.name}:${slot}`;
    const backOff = startBackOff(draining.signal);
    let requestId = randomUUID();
    while (!draining.signal.aborted) {
      try {
        const tags = 'pool' in source ? { tags: [...source.tags] } : {};
        const body = { agent, request_id: requestId, wait_s: pollS, ...tags } as unknown as JsonObject;
        const limits = { timeoutMs: (pollS + 30) * 1000, signal: draining.signal };
        const answer = await client.request('POST', leasePath(source), body, limits);
        if (backOff.reset()) onEvent({ event: 'server_back' });
        const { leased, sweepState, retryAfterS } = readLease(answer);
        if (leased !== null) return leased;
        if (options.idleMs !== null && performance.now() - idleSince >= options.idleMs) {
          drain(`no work for ${Math.round(options.idleMs / 1000)} s`);
          return null;
        }
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
      // The other slots' asks go on: one that is cut off may have been granted a run, which nobody would work on.
      if (isFull()) return;
      taken++;
      const leased = await ask(slot);
      if (leased === null) {
        taken--;
        return;
      }
      const verdict = failures.add(await carryOut(slot, leased, shared));
      if (verdict !== null) drain(verdict, true);
    }
  }

  const isFull = (): boolean => count !== null && taken >= count;

  async function carryOut(slot: number, leased: LeasedRun, shared: Shared): Promise<Outcome> {
    try {
      const sweep = await sweeps.of(leased.sweepId, terminating.signal);
      return await executeRun({ ...shared, sweep }, slot, leased);
    } catch (error) {
      // It cannot be begun here (the program is missing), which is not the point's fault: another agent gets it once the lease is over.
      if (!terminating.signal.aborted) tellUnbegun(shared, slot, leased);
      throw error;
    }
  }

  return {
    async work() {
      if ('sweepId' in source) await sweeps.of(source.sweepId);
      const shared: Shared = {
        client,
        options,
        failures,
        children,
        draining: draining.signal,
        terminating: terminating.signal,
        drain,
      };
      const place = 'pool' in source ? { pool: source.pool } : { sweep: source.sweepId };
      onEvent({ event: 'agent_started', name: options.name, ...place, slots });
      await runSlots(shared);
      const usual = isFull() ? 'as many as --count says' : 'nothing left to do';
      const { reason, failed } = ending ?? { reason: usual, failed: false };
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

function leasePath(source: AgentSource): string {
  if ('pool' in source) return `/pools/${encodeURIComponent(source.pool)}/lease`;
  return `/sweeps/${encodeURIComponent(source.sweepId)}/lease`;
}

/** A sweep's program and command may change while it runs: they are read anew after a while. */
const rereadMs = 30_000;

function knownSweeps(client: RestClient, options: AgentOptions) {
  const known = new Map<string, { sweep: SweepToRun; at: number }>();
  return {
    /**
     * @param signal where a run waits for it: the server is asked until it answers, or until this fires
     * @throws SweepdError where the sweep's command cannot be run here; RestError
     */
    async of(sweepId: string, signal?: AbortSignal): Promise<SweepToRun> {
      const before = known.get(sweepId);
      if (before !== undefined && performance.now() - before.at < rereadMs) return before.sweep;
      const backOff = signal === undefined ? null : startBackOff(signal);
      for (;;) {
        try {
          const { body } = await client.request('GET', `/sweeps/${encodeURIComponent(sweepId)}`);
          const sweep = readSweep(body, options);
          known.set(sweepId, { sweep, at: performance.now() });
          return sweep;
        } catch (error) {
          if (!isTransient(error) || signal?.aborted || backOff === null) throw error;
          if (before !== undefined) return before.sweep;
          await backOff.wait();
        }
      }
    },
  };
}

/** The server says no, and will say so again. */
function giveUp(error: unknown, drain: Shared['drain']): null {
  if (!(error instanceof RestError)) throw error;
  drain(error.code === 'sweep_not_found' ? 'the sweep was deleted' : error.message, error.code !== 'sweep_not_found');
  return null;
}
