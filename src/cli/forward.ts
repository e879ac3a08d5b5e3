/** `sweepd forward ...`: forwarding to a W&B server, as the server has it. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { idOf, viewOf } from './client/views.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { formatTable } from './output/table.ts';
import { ago, duration } from './output/values.ts';

interface ForwardingView {
  state: 'off' | 'running' | 'waiting' | 'paused';
  upstream: string | null;
  reason: string | null;
  until: string | null;
  last_success_at: string | null;
  runs_waiting: number;
  runs_refused: number;
  refused: { run: string; project: string; reason: string; refused_at: string | null }[];
}

export function forwardCommand(): Command {
  const family = new Command('forward').description('Forwarding to a W&B server (SWEEPD_UPSTREAM_API_KEY)');
  const add = (usage: string, description: string, example: string) =>
    withServerOptions(family.command(usage).description(description).addHelpText('after', examples(example)));
  add('status', 'Where it stands: what waits, what was refused and why', 'sweepd forward status').action(status);
  add('pause', 'Send nothing until told otherwise', 'sweepd forward pause --reason "moving the project"')
    .option('--reason <text>', 'shown while it lasts', 'paused by hand')
    .action((options: ServerOptions & { reason: string }) =>
      change(options, '/forwarding/pause', jsonObject([['reason', options.reason]])),
    );
  add('resume', 'Go on sending', 'sweepd forward resume').action((options: ServerOptions) =>
    change(options, '/forwarding/resume'),
  );
  add('retry [run...]', 'Send refused runs once more; all of them if none is named', 'sweepd forward retry p7d2m4wz')
    .option('--project <entity/name>', 'where several projects have a run of that name')
    .action(retry);
  family
    .argument('[bundle]', 'a file of "sweepd export", forwarded without a server')
    .option('--config <file>', 'config file in YAML, for a bundle (SWEEPD_CONFIG)')
    .addHelpText('after', examples('sweepd forward status', 'sweepd forward runs.sweepd.gz'))
    .action((bundle: string | undefined, options: { config?: string }) =>
      bundle === undefined ? family.help({ error: true }) : forwardFile(bundle, options.config),
    );
  return family;
}

/** A bundle that was made where no upstream can be reached. */
async function forwardFile(bundle: string, config: string | undefined): Promise<void> {
  if (!existsSync(bundle)) throw new CommandError(`There is no file ${bundle}, and no such command.`, null, 2);
  const { loadSettings } = await import('../runtime/config.ts');
  const { createLogger } = await import('../runtime/logger.ts');
  const { forwardBundle } = await import('../runtime/forward-bundle.ts');
  const settings = loadSettings({}, process.env, config ?? process.env.SWEEPD_CONFIG);
  let said = '';
  const { runs, refused } = await forwardBundle(bundle, settings, createLogger('error'), (waiting, reason) => {
    const line = reason === null ? `${waiting} of the runs wait` : `${waiting} of the runs wait: ${visible(reason)}`;
    if (line !== said) note(line);
    said = line;
  });
  print(`${runs - refused.length} runs are at ${visible(settings.upstream_url)}.`);
  for (const { run, reason } of refused) note(`${visible(run)} was refused: ${visible(reason)}`);
  if (refused.length > 0) throw new CommandError(`${refused.length} runs were refused.`);
}

async function status(options: ServerOptions): Promise<void> {
  const { body } = await connect(options).request('GET', '/forwarding');
  if (options.json) return printJson(body);
  show(viewOf<ForwardingView>(body));
}

async function change(options: ServerOptions, path: string, sent?: ReturnType<typeof jsonObject>): Promise<void> {
  const { body } = await connect(options).request('POST', path, sent);
  if (options.json) return printJson(body);
  show(viewOf<ForwardingView>(body));
}

async function retry(runs: string[], options: ServerOptions & { project?: string }): Promise<void> {
  const client = connect(options);
  const asked = runs.length > 0 ? runs.map(idOf) : [undefined];
  let retried = 0;
  for (const run of asked) {
    const named = run === undefined ? [] : [['run', run] as const];
    const project = options.project === undefined ? [] : [['project', options.project] as const];
    const { body } = await client.request('POST', '/forwarding/retry', jsonObject([...named, ...project]));
    retried += viewOf<{ retried: number }>(body).retried;
  }
  if (options.json) return printJson(jsonObject([['retried', retried]]));
  print(retried === 1 ? '1 run is sent once more.' : `${retried} runs are sent once more.`);
}

function show(view: ForwardingView): void {
  const now = Date.now();
  print(`Upstream  ${view.upstream === null ? 'none: set SWEEPD_UPSTREAM_API_KEY' : visible(view.upstream)}`);
  const until = view.until === null ? '' : `, again in ${duration(Math.max(0, (Date.parse(view.until) - now) / 1000))}`;
  const reason = view.reason === null ? '' : `: ${visible(view.reason)}`;
  print(`State     ${view.state}${reason}${until}`);
  print(`Waiting   ${view.runs_waiting} runs`);
  print(`Refused   ${view.runs_refused} runs`);
  if (view.last_success_at !== null) print(`Last sent ${ago(view.last_success_at, now)}`);
  if (view.refused.length === 0) return;
  print('');
  const rows = view.refused.map(({ run, project, reason: why, refused_at }) => [
    { text: visible(run), ink: 'bold' as const },
    { text: visible(project) },
    { text: refused_at === null ? '' : ago(refused_at, now), ink: 'dim' as const },
    { text: visible(why) },
  ]);
  print(formatTable(['RUN', 'PROJECT', 'WHEN', 'WHY'], rows, paint));
  note('"sweepd forward retry" sends them once more.');
}
