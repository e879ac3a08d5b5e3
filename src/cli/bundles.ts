/** `sweepd export` and `sweepd import`: runs from one server to another as one file. */
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Command } from 'commander';
import { isObject, type JsonObject, jsonObject, parseJson } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { idOf, query, viewOf } from './client/views.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { print, printJson } from './output/print.ts';

type Body = NonNullable<RequestInit['body']>;

interface ExportOptions extends ServerOptions {
  sweep?: string;
  run?: string;
  project?: string;
  force?: boolean;
}

export function exportCommand(): Command {
  return withServerOptions(
    new Command('export')
      .description('Write runs with all that they logged to one file')
      .argument('<file>', 'to write, e.g. runs.sweepd.gz')
      .option('--sweep <id>', 'the runs of a sweep, and the sweep')
      .option('--run <id>', 'one run')
      .option('--project <entity/name>', 'all runs of a project; with --run the project of the run')
      .option('--force', 'write over a file that is there')
      .addHelpText('after', examples('sweepd export mnist.sweepd.gz --sweep k3x9q2ab')),
  ).action(exportRuns);
}

export function importCommand(): Command {
  return withServerOptions(
    new Command('import')
      .description('Read runs from a file of "sweepd export" (needs an admin key)')
      .argument('<file>', 'to read; runs that are there already stay as they are')
      .addHelpText('after', examples('sweepd import mnist.sweepd.gz')),
  ).action(importRuns);
}

async function exportRuns(file: string, options: ExportOptions): Promise<void> {
  const { sweep, run, project } = options;
  if (sweep === undefined && run === undefined && project === undefined) {
    throw new CommandError('Say what to export: --sweep, --run or --project.', null, 2);
  }
  if (existsSync(file) && !options.force) throw new CommandError(`${file} is there.`, 'Add --force to write over it.');
  const client = connect(options);
  const asked = query({ sweep: sweep && idOf(sweep), run: run && idOf(run), project });
  const response = await call(client, 'GET', `/export${asked}`);
  if (response.body === null) throw new CommandError('The server answered without a body.');
  const part = `${file}.part`;
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(part));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw new CommandError(`The export broke off: ${(error as Error).message}`);
  }
  if (options.json) printJson(jsonObject([['file', file]]));
  else print(`Written to ${visible(file)}.`);
}

async function importRuns(file: string, options: ServerOptions): Promise<void> {
  if (!existsSync(file)) throw new CommandError(`There is no file ${file}.`);
  const body = Readable.toWeb(createReadStream(file)) as unknown as Body;
  const response = await call(connect(options), 'POST', '/import', body);
  const answer = bodyOf(await response.text());
  if (options.json) return printJson(answer);
  const { runs, skipped, sweeps } = viewOf<{ runs: number; skipped: number; sweeps: number }>(answer);
  const there = skipped === 0 ? '' : `; ${skipped} were there before`;
  print(`${runs} runs and ${sweeps} sweeps were read${there}.`);
}

async function call(client: ReturnType<typeof connect>, method: string, path: string, body?: Body) {
  const headers = { authorization: `Bearer ${client.apiKey}`, 'content-type': 'application/gzip' };
  const sent = body === undefined ? {} : { body, duplex: 'half' };
  let response: Response;
  try {
    response = await fetch(`${client.url}/api/v1${path}`, { method, headers, ...sent } as RequestInit);
  } catch (error) {
    throw new CommandError(`${client.url} does not answer: ${(error as Error).message}.`);
  }
  if (response.ok) return response;
  const { detail } = bodyOf(await response.text());
  throw new CommandError(typeof detail === 'string' ? detail : `${client.url} answers ${response.status}.`);
}

function bodyOf(text: string): JsonObject {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : jsonObject();
  } catch {
    return jsonObject();
  }
}
