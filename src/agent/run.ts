/** One run from the hand-out to its end: files, program, signs of life, report. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, type JsonObject, jsonObject } from '../domain/json.ts';
import { startBackOff } from './back-off.ts';
import { type Child, type ChildEnd, startChild } from './child.ts';
import { expandCommand } from './command.ts';
import type { Outcome } from './failures.ts';
import { childEnvironment, runFiles, writeParameterFile } from './parameter-file.ts';
import { isTransient, RestError } from './rest-client.ts';
import type { LeasedRun } from './rest-views.ts';
import type { RunShared, Shared } from './shared.ts';

/** As often as W&B's agent: it is how long a stop request takes to arrive. */
const heartbeatMs = 5_000;

/** What is known of a run while its program runs. */
interface Life {
  child: Child;
  /** Why the server wants the program to end; null while it does not. */
  stopReason: string | null;
  /** The run is no longer ours: deleted, or its point was handed to another agent. */
  isLost: boolean;
}

export async function executeRun(shared: RunShared, slot: number, run: LeasedRun): Promise<Outcome> {
  const { options } = shared;
  const begin = performance.now();
  const { argv, environment } = prepare(shared, run);
  options.onEvent({
    event: 'run_started',
    slot,
    run: run.id,
    number: run.number,
    attempt: run.attempt,
    config: run.config,
    command: argv,
  });
  const child = startChild(argv, {
    cwd: options.cwd,
    environment,
    killDelayMs: options.killDelayMs,
    onLine: options.slots > 1 ? (line) => options.onLine(slot, line) : undefined,
    toStderr: options.toStderr,
  });
  shared.children.add(child);
  // The agent may have been told to end its programs while this one was being started.
  if (shared.terminating.aborted) child.stop();
  const life: Life = { child, stopReason: null, isLost: false };
  const beating = startHeartbeats(shared, slot, run, life);
  const end = await child.ended;
  beating.stop();
  shared.children.delete(child);
  const outcome = outcomeOf(shared, life, end);
  options.onEvent({
    event: 'run_ended',
    slot,
    run: run.id,
    outcome,
    exit_code: end.code,
    signal: end.signal,
    seconds: Math.round((performance.now() - begin) / 100) / 10,
    reason: end.error === undefined ? life.stopReason : `it cannot be started: ${end.error.message}`,
  });
  if (outcome !== 'lost') await report(shared, run, end.code === 0 ? 'finished' : 'failed');
  return outcome;
}

function outcomeOf(shared: Shared, life: Life, end: ChildEnd): Outcome {
  if (life.isLost) return 'lost';
  if (life.stopReason !== null) return 'stopped';
  if (end.code === 0) return 'finished';
  return shared.terminating.aborted ? 'lost' : 'failed';
}

function prepare(shared: RunShared, run: LeasedRun): { argv: string[]; environment: NodeJS.ProcessEnv } {
  const { options, sweep, client } = shared;
  const files = runFiles(options.environment, options.cwd, sweep.id, run.id);
  const place = {
    entity: sweep.entity,
    project: sweep.project,
    sweepId: sweep.id,
    runId: run.id,
    token: run.token,
    serverUrl: client.url,
    apiKey: client.apiKey,
  };
  const environment = childEnvironment(options.environment, place, files);
  const { argv, usesJsonFile, jsonText } = expandCommand({
    items: sweep.items,
    program: sweep.program,
    parameters: run.config,
    jsonFile: files.json,
    environment,
  });
  writeParameterFile(files.yaml, run.config);
  if (usesJsonFile) {
    mkdirSync(dirname(files.json), { recursive: true });
    writeFileSync(files.json, jsonText);
  }
  return { argv, environment };
}

function startHeartbeats(shared: RunShared, slot: number, run: LeasedRun, life: Life): { stop(): void } {
  const { options } = shared;
  const everyMs = Math.min(heartbeatMs, Math.max(200, run.periodMs / 3));
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let isAway = false;

  function endProgram(reason: string): void {
    life.stopReason = reason;
    options.onEvent({ event: 'run_stopping', slot, run: run.id, reason });
    life.child.stop();
  }

  async function beat(): Promise<void> {
    try {
      const reason = await stopRequested(shared, run);
      if (isAway) options.onEvent({ event: 'server_back' });
      isAway = false;
      if (reason !== null && life.stopReason === null && !isOver) endProgram(reason);
    } catch (error) {
      if (isTransient(error)) {
        if (!isAway && !isOver) options.onEvent({ event: 'server_gone', detail: (error as Error).message });
        isAway = true;
      } else if (error instanceof RestError && (error.code === 'lease_lost' || error.status === 404)) {
        life.isLost = true;
        if (!isOver) endProgram(error.message);
      }
      // Any other refusal (a revoked key) does not make the program's work worthless: it goes on.
    }
    if (!isOver && !life.isLost) timer = setTimeout(beat, everyMs);
  }

  timer = setTimeout(beat, everyMs);
  return {
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** A sign of life. @returns why the program should end, or null */
async function stopRequested({ client, sweep }: RunShared, run: LeasedRun): Promise<string | null> {
  const { body } = await client.request('POST', `/runs/${encodeURIComponent(run.id)}/heartbeat`, tokenOf(run));
  if (body.stop !== true) return null;
  const reason = typeof body.reason === 'string' ? body.reason : 'the server wants it';
  // A run that its program reported as ended counts as stopped too, but the program may have more to do.
  const project = encodeURIComponent(`${sweep.entity}/${sweep.project}`);
  const { body: seen } = await client.request('GET', `/runs/${encodeURIComponent(run.id)}?project=${project}`);
  const endedByItself = seen.state === 'finished' || seen.state === 'failed' || seen.state === 'preempted';
  return endedByItself && seen.stop_requested_at === null ? null : reason;
}

const tokenOf = (run: LeasedRun): JsonObject => jsonObject([['token', run.token]]);

/** A run that was handed out and cannot be begun on this machine: reported as failed it would use its point up. */
export function tellUnbegun(shared: Shared, slot: number, run: LeasedRun): void {
  const end = { outcome: 'lost' as const, exit_code: null, signal: null, seconds: 0, reason: null };
  shared.options.onEvent({ event: 'run_ended', slot, run: run.id, ...end });
}

/** Says how the run ended, for as long as it takes; harmless where W&B's client has said so already. */
async function report(shared: Shared, run: LeasedRun, state: 'finished' | 'failed'): Promise<void> {
  const { client, options } = shared;
  const backOff = startBackOff(shared.terminating);
  const body = jsonObject([
    ['token', run.token],
    ['state', state],
  ]);
  for (;;) {
    try {
      const answer = await client.request('POST', `/runs/${encodeURIComponent(run.id)}/finish`, body);
      if (backOff.reset() && isObject(answer.body)) options.onEvent({ event: 'server_back' });
      return;
    } catch (error) {
      // 404 and 409: the run is not ours any more. Whatever else is refused would be refused again.
      if (!isTransient(error) || shared.terminating.aborted) return;
      if (backOff.begins()) options.onEvent({ event: 'server_gone', detail: (error as Error).message });
      await backOff.wait();
    }
  }
}
