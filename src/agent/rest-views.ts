/** What the agent reads in the server's answers. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { invalidInput } from '../domain/errors.ts';
import { isObject, type JsonObject, type JsonValue, jsonObject, numberOf } from '../domain/json.ts';
import { commandItems, macro } from './command.ts';
import type { RestAnswer } from './rest-client.ts';

export interface SweepToRun {
  id: string;
  entity: string;
  project: string;
  program: string | null;
  /** The items of the command line, macros as they stand. */
  items: readonly string[];
}

export interface LeasedRun {
  id: string;
  sweepId: string;
  number: number;
  attempt: number;
  config: JsonObject;
  token: string;
  /** How long a sign of life counts. */
  periodMs: number;
}

const usualPeriodMs = 90_000;

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : jsonObject());

/** @throws SweepdError where the sweep's command cannot be run here: before a point is taken for it */
export function readSweep(
  body: JsonObject,
  { cwd, environment }: { cwd: string; environment: NodeJS.ProcessEnv },
): SweepToRun {
  const config = objectOf(body.config);
  const items = commandItems(config, textOf(body.config_text));
  const program = typeof config.program === 'string' ? config.program : null;
  const id = textOf(body.id);
  checkProgram({ id, program, items, cwd, environment });
  return { id, entity: textOf(body.entity), project: textOf(body.project), program, items };
}

function checkProgram(input: {
  id: string;
  program: string | null;
  items: readonly string[];
  cwd: string;
  environment: NodeJS.ProcessEnv;
}): void {
  const { id, program, items, cwd, environment } = input;
  if (program === null && items.includes(macro('program'))) {
    throw invalidInput(
      'no_program',
      `The config of sweep ${id} names no program. Add "program: train.py" to it (sweepd sweep edit ${id} FILE), or a "command" without ${macro('program')}.`,
    );
  }
  const interpreterAt = items.indexOf(macro('interpreter'));
  if (interpreterAt < 0 || program === null || items[interpreterAt + 1] !== macro('program')) return;
  if (!existsSync(resolve(cwd, program))) {
    throw invalidInput(
      'program_missing',
      `There is no ${program} in ${cwd}. Start the agent in the directory that the sweep's program is relative to.`,
    );
  }
  if (!isOnPath('python', environment)) {
    throw invalidInput(
      'no_python',
      `There is no "python" on the PATH, which is what ${macro('interpreter')} stands for. Activate an environment that has one, or write python3 into the sweep's "command".`,
    );
  }
}

function isOnPath(program: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment.PATH ?? '').split(delimiter).some((folder) => {
    try {
      const file = join(folder, program);
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

export function readLease({ body, serverTime }: RestAnswer): {
  leased: LeasedRun | null;
  sweepState: string;
  retryAfterS: number;
} {
  const retryAfterS = numberOf(body.retry_after_s) ?? 5;
  if (!isObject(body.run)) return { leased: null, sweepState: textOf(body.sweep_state), retryAfterS };
  const { run } = body;
  const lease = objectOf(body.lease);
  // By the server's own clock: ours may be off.
  const periodMs = Date.parse(textOf(lease.expires_at)) - (serverTime ?? Number.NaN);
  const leased = {
    id: textOf(run.id),
    sweepId: textOf(run.sweep_id),
    number: numberOf(run.number) ?? 0,
    attempt: numberOf(run.attempt) ?? 1,
    config: objectOf(run.config),
    token: textOf(lease.token),
    periodMs: Number.isNaN(periodMs) || periodMs <= 0 ? usualPeriodMs : periodMs,
  };
  return { leased, sweepState: 'running', retryAfterS };
}
