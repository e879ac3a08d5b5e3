/** `sweepd runs ...`: look at, stop and delete runs. */
import { Command } from 'commander';
import { type JsonObject, jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { query, type RunView, runAt, viewOf } from './client/views.ts';
import { confirm } from './confirm.ts';
import { examples } from './help.ts';
import { visible } from './output/escape.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { stateInk } from './output/style.ts';
import { type Cell, formatFields } from './output/table.ts';
import { ago, duration, flatten, fullValue } from './output/values.ts';
import { showHistory } from './runs-history.ts';
import { listRuns } from './runs-list.ts';

interface RunOptions extends ServerOptions {
  project?: string;
}

const projectOption = ['--project <entity/name>', 'the project, where several have a run of this id'] as const;

export function runsCommand(): Command {
  const family = new Command('runs').description('Look at runs and what they logged');
  const add = (usage: string, description: string, ...lines: string[]) =>
    withServerOptions(
      family
        .command(usage)
        .description(description)
        .addHelpText('after', examples(...lines)),
    );

  add(
    'ls [sweep]',
    'List runs: of a sweep with its parameters, or of all',
    'sweepd runs ls k3x9q2ab --sort best --limit 10',
  )
    .option('--project <entity/name>', 'only those of a project')
    .option('--state <states>', 'only those in these states, e.g. running,failed')
    .option('--sort <order>', 'newest, oldest, or best (of a sweep) first', 'newest')
    .option('--limit <n>', 'how many at most', '50')
    .action(listRuns);
  add('show <run>', 'Show a run: state, parameters, summary', 'sweepd runs show p7d2m4wz')
    .option(...projectOption)
    .action(showRun);
  add(
    'history <run>',
    'Print what a run logged, row by row',
    'sweepd runs history p7d2m4wz --keys loss,acc',
    'sweepd runs history p7d2m4wz --csv > run.csv',
  )
    .option('--csv', 'print CSV, with every column')
    .option('--keys <names>', 'only these columns, separated by commas')
    .option('--limit <n>', 'only the first n rows')
    .option(...projectOption)
    .action(showHistory);
  add('stop <run...>', 'Ask runs to stop; they end killed', 'sweepd runs stop p7d2m4wz --reason "diverged"')
    .option('--reason <text>', 'shown with the run')
    .option(...projectOption)
    .action(stopRuns);
  add('rm <run...>', 'Delete runs and all that they logged', 'sweepd runs rm p7d2m4wz --yes')
    .option('-y, --yes', 'do not ask')
    .option(...projectOption)
    .action(removeRuns);
  return family;
}

async function showRun(path: string, options: RunOptions): Promise<void> {
  const run = runAt(path, options.project);
  const { body } = await connect(options).request('GET', run.path + query({ project: run.project }));
  if (options.json) return printJson(body);
  const view = viewOf<RunView>(body);
  print(formatFields(fieldsOf(view), paint));
  showValues('Parameters', view.config);
  showValues('Summary', withoutInternals(view.summary));
}

function fieldsOf(run: RunView): [string, Cell][] {
  const now = Date.now();
  const from = run.started_at ?? run.created_at;
  const seconds = (Date.parse(run.ended_at ?? new Date(now).toISOString()) - Date.parse(from)) / 1000;
  const exit = run.exit_code === null ? '' : `, exit code ${run.exit_code}`;
  const reason = run.stop_reason === null ? '' : ` (${visible(run.stop_reason)})`;
  const fields: [string, Cell][] = [
    ['Run', { text: visible(run.id), ink: 'bold' }],
    ['Name', { text: visible(run.name) }],
    ['Project', { text: visible(`${run.entity}/${run.project}`) }],
    ['Sweep', { text: run.sweep_id === null ? '' : `${visible(run.sweep_id)}, run ${run.number ?? '?'}` }],
    ['State', { text: `${visible(run.state)}${reason}${exit}`, ink: stateInk(run.state) }],
    ['Attempt', { text: run.attempt > 1 ? `${run.attempt}, after run ${visible(run.predecessor ?? '?')}` : '' }],
    ['Superseded', { text: run.superseded ? 'yes: its point was handed to another run' : '' }],
    ['Best value', { text: run.best_value === null ? '' : fullValue(run.best_value) }],
    ['Rows', { text: String(run.rows) }],
    ['Agent', { text: visible(run.agent ?? '') }],
    ['Host', { text: visible(run.host ?? '') }],
    ['Created', { text: `${ago(run.created_at, now)} by ${visible(run.user)}` }],
    ['Took', { text: duration(Math.max(0, seconds)) }],
    ['Page', { text: visible(run.url), ink: 'cyan' }],
  ];
  return fields.filter(([, { text }]) => text !== '');
}

function showValues(title: string, values: JsonObject): void {
  const leaves = [...flatten(values)];
  if (leaves.length === 0) return;
  const fields = leaves.map(([name, value]): [string, Cell] => [`  ${visible(name)}`, { text: fullValue(value) }]);
  print(`\n${paint('bold', title)}\n${formatFields(fields, paint)}`);
}

/** Without what W&B's client notes for itself. */
const withoutInternals = (summary: JsonObject): JsonObject =>
  jsonObject(Object.entries(summary).filter(([name]) => !name.startsWith('_')));

async function stopRuns(paths: string[], options: RunOptions & { reason?: string }): Promise<void> {
  const client = connect(options);
  for (const path of paths) {
    const run = runAt(path, options.project);
    const request = jsonObject(options.reason === undefined ? [] : [['reason', options.reason]]);
    const { body } = await client.request('POST', `${run.path}/stop${query({ project: run.project })}`, request);
    if (options.json) {
      printJson(body);
      continue;
    }
    const { id, state } = viewOf<RunView>(body);
    const isLive = state === 'running' || state === 'preempting';
    print(isLive ? `Run ${visible(id)} was asked to stop.` : `Run ${visible(id)} is ${visible(state)}.`);
  }
}

async function removeRuns(paths: string[], options: RunOptions & { yes?: boolean }): Promise<void> {
  const client = connect(options);
  for (const path of paths) {
    const run = runAt(path, options.project);
    const address = run.path + query({ project: run.project });
    const view = viewOf<RunView>((await client.request('GET', address)).body);
    const what = `run ${visible(view.id)} of ${visible(`${view.entity}/${view.project}`)}`;
    if (!options.yes && !(await confirm(`Delete ${what} and its ${view.rows} rows?`))) {
      note(`Kept ${what}.`);
      continue;
    }
    await client.request('DELETE', address);
    if (options.json) printJson(jsonObject([['deleted', view.id]]));
    else print(`Deleted ${what}.`);
  }
}
