/** `sweepd sweep ...`: create, look at, steer and delete sweeps. */
import { Command } from 'commander';
import type { RestClient } from '../agent/rest-client.ts';
import { jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { at, idOf, type SweepView, viewOf } from './client/views.ts';
import { confirm } from './confirm.ts';
import { examples } from './help.ts';
import { visible } from './output/escape.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { stateInk } from './output/style.ts';
import { listSweeps, showSweep } from './sweep-show.ts';
import { createSweep, editSweep } from './sweep-write.ts';

export function sweepCommand(): Command {
  const family = new Command('sweep').description('Create, look at and steer sweeps');
  const add = (usage: string, description: string, example: string) =>
    withServerOptions(family.command(usage).description(description).addHelpText('after', examples(example)));

  add('create <file>', 'Create a sweep from a config (YAML or JSON; - reads stdin)', 'sweepd sweep create sweep.yaml')
    .option('--project <name>', "project of the sweep (default: the config's, then uncategorized)")
    .option('--entity <name>', "entity of the sweep (default: the config's, then the server's)")
    .option('--force', "create it although W&B's schema complains (errors stay errors)")
    .action(createSweep);
  add('ls', 'List sweeps, newest first', 'sweepd sweep ls --state running,paused')
    .option('--project <entity/name>', 'only those of a project')
    .option('--state <states>', 'only those in these states: running, paused, finished, canceled')
    .option('--limit <n>', 'how many at most', '50')
    .action(listSweeps);
  add('show <sweep>', 'Show a sweep: state, counts, best run', 'sweepd sweep show k3x9q2ab')
    .option('--config', 'print its config as it was sent, and nothing else')
    .action(showSweep);

  const steer: [string, string, string, string][] = [
    ['pause', 'paused', 'Pause: no new runs, running ones go on', 'is paused'],
    ['resume', 'running', 'Resume: hand out runs again (also after stop or cancel)', 'is running'],
    ['stop', 'finished', 'Stop: no new runs, running ones come to their end', 'is finished'],
    ['cancel', 'canceled', 'Cancel: no new runs, and stop the running ones', 'is canceled'],
  ];
  for (const [name, state, description, said] of steer) {
    add(`${name} <sweep...>`, description, `sweepd sweep ${name} k3x9q2ab`).action(
      (sweeps: string[], options: ServerOptions) => setState(connect(options), sweeps, state, said, options),
    );
  }
  add(
    'edit <sweep> <file>',
    'Replace the config of a sweep by that of a file (- reads stdin)',
    'sweepd sweep show k3x9q2ab --config > new.yaml   # change it, then\n  sweepd sweep edit k3x9q2ab new.yaml',
  )
    .option('--force', "take it although W&B's schema complains")
    .action(editSweep);
  add('rm <sweep...>', 'Delete sweeps with their runs and all that they logged', 'sweepd sweep rm k3x9q2ab --yes')
    .option('-y, --yes', 'do not ask')
    .action(removeSweeps);
  return family;
}

async function setState(
  client: RestClient,
  sweeps: readonly string[],
  state: string,
  said: string,
  { json }: ServerOptions,
): Promise<void> {
  for (const sweep of sweeps) {
    const { body } = await client.request('PATCH', at('sweeps', idOf(sweep)), jsonObject([['state', state]]));
    const view = viewOf<SweepView>(body);
    if (json) printJson(body);
    else print(`Sweep ${visible(view.id)} ${paint(stateInk(view.state), said)}.`);
  }
}

async function removeSweeps(sweeps: string[], options: ServerOptions & { yes?: boolean }): Promise<void> {
  const client = connect(options);
  for (const sweep of sweeps) {
    const path = at('sweeps', idOf(sweep));
    const view = viewOf<SweepView>((await client.request('GET', path)).body);
    const what = `sweep ${visible(view.id)} of ${visible(`${view.entity}/${view.project}`)} and its ${view.run_count} runs`;
    if (!options.yes && !(await confirm(`Delete ${what}, with all that they logged?`))) {
      note(`Kept ${what}.`);
      continue;
    }
    await client.request('DELETE', path);
    if (options.json) printJson(jsonObject([['deleted', view.id]]));
    else print(`Deleted ${what}.`);
  }
}
