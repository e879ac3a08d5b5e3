/** `sweepd sweep create` and `sweep edit`: a config goes to the server, and what is wrong with it comes back with its lines. */
import { type RestClient, RestError } from '../agent/rest-client.ts';
import type { Problem } from '../domain/errors.ts';
import { type JsonObject, jsonObject, plain } from '../domain/json.ts';
import { connect, type ServerOptions } from './client/connect.ts';
import { at, idOf, type SweepView, viewOf } from './client/views.ts';
import { type ConfigFile, forceAdvice, problemsOf, readConfigFile, refusal, showProblems } from './config-file.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { paint, print, printJson } from './output/print.ts';
import { formatFields } from './output/table.ts';

interface WriteOptions extends ServerOptions {
  force?: boolean;
  project?: string;
  entity?: string;
}

export async function createSweep(fileName: string, options: WriteOptions): Promise<void> {
  const client = connect(options);
  const file = readConfigFile(fileName);
  const body = await send(client, 'POST', '/sweeps', file, options);
  if (options.json) return printJson(body);
  const sweep = viewOf<SweepView>(body);
  const path = visible(`${sweep.entity}/${sweep.project}/${sweep.id}`);
  const size = sweep.run_count_expected === null ? 'no end of its own' : `${sweep.run_count_expected} points`;
  print(
    formatFields(
      [
        ['Sweep', { text: visible(sweep.id), ink: 'bold' }],
        ['Search', { text: `${visible(sweep.method)}, ${size}` }],
        ['Page', { text: visible(sweep.url), ink: 'cyan' }],
        ['Agent', { text: `sweepd agent ${visible(sweep.id)}` }],
        ['or', { text: `wandb agent ${path}` }],
      ],
      paint,
    ),
  );
}

export async function editSweep(sweep: string, fileName: string, options: WriteOptions): Promise<void> {
  const client = connect(options);
  const file = readConfigFile(fileName);
  const body = await send(client, 'PATCH', at('sweeps', idOf(sweep)), file, options);
  if (options.json) return printJson(body);
  print(`Sweep ${visible(viewOf<SweepView>(body).id)} has the config of ${visible(file.name)}.`);
}

/** @throws CommandError after everything that is wrong with the config was shown */
async function send(
  client: RestClient,
  method: 'POST' | 'PATCH',
  path: string,
  file: ConfigFile,
  { force, project, entity, json }: WriteOptions,
): Promise<JsonObject> {
  const request = jsonObject([['config', file.text]]);
  if (force) request.force = true;
  if (project !== undefined) request.project = project;
  if (entity !== undefined) request.entity = entity;
  try {
    const { body } = await client.request(method, path, request);
    if (!json) await showWarnings(file, plain(body.warnings ?? []) as Problem[]);
    return body;
  } catch (error) {
    if (!(error instanceof RestError) || error.code !== 'invalid_config' || json) throw error;
    throw await refused(file, error.problems);
  }
}

/** The server says what it found, not which list it is from, and of warnings not the line: our own reading of the file has both. */
async function showWarnings(file: ConfigFile, warnings: readonly Problem[]): Promise<void> {
  if (warnings.length === 0) return;
  const known = problemsOf(await inspect(file));
  showProblems(
    file,
    warnings.map((problem) => known.find((item) => isSame(item.problem, problem)) ?? { kind: 'warning', problem }),
  );
}

async function refused(file: ConfigFile, problems: readonly Problem[]): Promise<CommandError> {
  const known = problemsOf(await inspect(file));
  const list = problems.map((problem) => ({
    kind: known.find((item) => isSame(item.problem, problem))?.kind ?? ('error' as const),
    problem,
  }));
  showProblems(file, list);
  const isForceable = list.every(({ kind }) => kind !== 'error');
  return new CommandError(
    refusal(file, list),
    isForceable ? forceAdvice : 'Nothing was stored. Mend it and send it again.',
  );
}

const isSame = (a: Problem, b: Problem) => a.path === b.path && a.message === b.message;

async function inspect({ text }: ConfigFile) {
  const { inspectConfig } = await import('../runtime/engine-config.ts');
  return inspectConfig(text);
}
