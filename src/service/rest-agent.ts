/**
 * The loop of an agent that speaks REST: ask for a run, report, finish. Its right is the lease's token, and the token is the fence:
 * once the point was handed to another run, every call with the old one is refused as `lease_lost`.
 */
import { conflict, invalidInput, notFound } from '../domain/errors.ts';
import { isObject, jsonObject, parseJson, writeJson } from '../domain/json.ts';
import { isLive } from '../domain/run.ts';
import type { AgentRow, LeaseRow, RunRow, SweepRow } from '../store/schema.ts';
import { type Actor, askWaitMs, type Offer, type Service } from './context.ts';
import { applyReport } from './ingest.ts';
import { settleSweep } from './settle-sweep.ts';
import { withOffer } from './take-offer.ts';
import { takeSuggestion } from './take-suggestion.ts';

export interface Leased {
  run: RunRow;
  lease: LeaseRow;
  /** `{name: value}` as lossless JSON text. */
  parameters: string;
}

export interface Asked {
  /** null: nothing to do just now; the sweep's state says whether it is worth asking again. */
  leased: Leased | null;
  sweepState: SweepRow['state'];
}

export interface AskForRun {
  sweepId: string;
  /** One slot's own name; it is made known on its first call. */
  agent: string;
  /** The same id gives the same run again, whatever became of the first answer. */
  requestId: string | null;
  /** Longest wait for a model's point, milliseconds. */
  waitMs?: number;
}

/**
 * A run of one sweep.
 * @throws SweepdError `sweep_not_found`
 */
export async function askForRun(service: Service, actor: Actor, input: AskForRun): Promise<Asked> {
  const wait = service.beforeAsk(input.sweepId, input.waitMs ?? askWaitMs);
  if (wait !== null) await wait;
  if (service.queue.engine === 'embedded') return handOut(service, actor, input, null);
  return withOffer(service, isRepeated(service, input) ? null : input.sweepId, (offer) =>
    handOut(service, actor, input, offer),
  );
}

function isRepeated({ store }: Service, { sweepId, agent, requestId }: AskForRun): boolean {
  const known = requestId === null ? undefined : store.agents.byRestName(sweepId, agent);
  return known !== undefined && requestId !== null && store.leases.ofRequest(known.id, requestId) !== undefined;
}

function handOut(service: Service, actor: Actor, input: AskForRun, offer: Offer | null): Promise<Asked> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const sweep = store.sweeps.byId(input.sweepId);
    if (sweep === undefined) throw notFound('sweep', input.sweepId);
    const agent = knownAgent(service, actor, sweep, input.agent, now);
    const before = input.requestId === null ? undefined : store.leases.ofRequest(agent.id, input.requestId);
    const beforeRun = before === undefined ? undefined : store.runs.byId(before.runId);
    if (before !== undefined && beforeRun !== undefined) {
      return {
        leased: { run: beforeRun, lease: before, parameters: parametersOf(service, beforeRun) },
        sweepState: sweep.state,
      };
    }
    const handedOut = takeSuggestion(service, unit, sweep, agent, now, { requestId: input.requestId, offer });
    if (handedOut !== null) {
      const { run, lease, parameters } = handedOut;
      return { leased: { run, lease, parameters }, sweepState: sweep.state };
    }
    settleSweep(service, unit, store.sweeps.byId(sweep.id), now);
    return { leased: null, sweepState: store.sweeps.byId(sweep.id)?.state ?? sweep.state };
  });
}

function knownAgent(service: Service, actor: Actor, sweep: SweepRow, name: string, now: number): AgentRow {
  const { store, ids } = service;
  const known = store.agents.byRestName(sweep.id, name);
  if (known !== undefined) {
    // To the second: an agent that asks hundreds of times a second is not more alive for it.
    if (now - known.heartbeatAt >= 1_000) store.agents.touch(known.id, now);
    return known;
  }
  return store.agents.insert({
    id: ids.token(),
    kind: 'rest',
    sweepId: sweep.id,
    name,
    host: name,
    userName: actor.userName,
    createdAt: now,
    heartbeatAt: now,
  });
}

/** What the run was handed out with, `{name: value}` as text. */
export function parametersOf(service: Service, run: RunRow): string {
  const suggestion = run.suggestionId === null ? undefined : service.store.suggestions.byId(run.suggestionId);
  return suggestion?.parameters ?? '{}';
}

export interface SignOfLife {
  run: RunRow;
  stop: boolean;
  reason: string | null;
  /** Wall-clock milliseconds. */
  expiresAt: number;
}

/** @throws SweepdError `run_not_found`, `lease_lost` */
export function heartbeatRun(service: Service, runName: string, token: string): Promise<SignOfLife> {
  return service.store.writer.write((unit) => {
    const now = service.clock.now();
    const run = applyReport(service, unit, leasedRun(service, runName, token), {}, now).run;
    return signOfLife(service, run, now);
  });
}

/**
 * Stores rows of a run's history; row i is the last arrival that wrote it, so a repeated request changes nothing.
 * @param rows JSON texts of objects
 * @throws SweepdError `run_not_found`, `lease_lost`, `offset_gap` where rows before `offset` are missing
 */
export function logRows(
  service: Service,
  runName: string,
  token: string,
  offset: number,
  rows: readonly string[],
): Promise<SignOfLife> {
  return service.store.writer.write((unit) => {
    const now = service.clock.now();
    const before = leasedRun(service, runName, token);
    if (offset > before.historyLines) {
      throw conflict(
        'offset_gap',
        `Row ${before.historyLines} comes next, the request starts at ${offset}: send the rows between first.`,
      );
    }
    const report =
      rows.length === 0
        ? {}
        : { history: { offset, lines: rows }, summary: summaryAfter(service, before, offset, rows) };
    const { run } = applyReport(service, unit, before, report, now);
    return signOfLife(service, run, now);
  });
}

/** @throws SweepdError `run_not_found`, `lease_lost`, `invalid_summary` */
export function finishRun(
  service: Service,
  runName: string,
  token: string,
  state: 'finished' | 'failed',
  summary: string | null,
): Promise<RunRow> {
  return service.store.writer.write((unit) => {
    const run = leasedRun(service, runName, token);
    // The same call once more, or a run that was ended from outside meanwhile.
    if (!isLive(run.state) && run.state !== 'crashed') return run;
    const report = { exitCode: state === 'finished' ? 0 : 1 };
    const full = summary === null ? report : { ...report, summary: mergeSummary(run.summary, [summary]) };
    return applyReport(service, unit, run, full, service.clock.now()).run;
  });
}

function leasedRun(service: Service, runName: string, token: string): RunRow {
  const { store } = service;
  const [lease, run] = store.leases.byToken(token) ?? [];
  if (lease === undefined || run === undefined || run.name !== runName)
    throw notFound('run', `${runName} with this token`);
  // A live lease is its run's newest; any other may have a successor under the same run id.
  const isNewest = lease.state === 'live' || store.leases.ofRun(run.id)?.token === token;
  if (run.supersededAt !== null || !isNewest) {
    throw conflict(
      'lease_lost',
      `The lease on run ${runName} ran out and its point was handed to another run. Stop working on it.`,
    );
  }
  return run;
}

function signOfLife(service: Service, run: RunRow, now: number): SignOfLife {
  const ended = !isLive(run.state);
  const reason = run.stopReason ?? (ended ? `the run is ${run.state}` : null);
  return {
    run,
    stop: run.stopRequestedAt !== null || ended,
    reason,
    expiresAt: ended ? now : now + service.settings.leaseMs,
  };
}

/** Rows that are sent once more must not set the summary back: what came behind them counts after them. */
function summaryAfter(service: Service, run: RunRow, offset: number, rows: readonly string[]): string {
  const end = offset + rows.length;
  const behind = end < run.historyLines ? service.store.streams.written(run.id, 'history', end) : [];
  return mergeSummary(run.summary, [...rows, ...behind.map(({ text }) => text)]);
}

/** The last value of each key, as the summary of a run that sends none of its own. */
function mergeSummary(summary: string, rows: readonly string[]): string {
  const merged = jsonObject();
  for (const text of [summary, ...rows]) {
    const row = parseJson(text);
    if (!isObject(row)) throw invalidInput('invalid_summary', 'A row and a summary are JSON objects.');
    Object.assign(merged, row);
  }
  return writeJson(merged);
}
