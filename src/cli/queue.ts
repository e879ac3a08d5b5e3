/** `sweepd queue`: what is next in each pool, who holds what and why something waits; and who may have how much. */
import { Command } from 'commander';
import { jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { at, query, readAll, viewOf } from './client/views.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { numberOption } from './output/options.ts';
import { note, paint, paintNote, print, printJson } from './output/print.ts';
import { type Cell, formatTable } from './output/table.ts';
import { ago } from './output/values.ts';

interface QueueView {
  engine: string;
  problem: string | null;
  workers: number | null;
  pools: PoolView[];
}

interface PoolView {
  name: string;
  agents: number;
  next: {
    sweep_id: string;
    name: string | null;
    team: string;
    user: string;
    priority: number;
    tags: string[];
    ready: number;
    running: number;
    why: string | null;
  }[];
  holders: { run_id: string; sweep_id: string; user: string; agent: string; since: string }[];
}

interface ShareView {
  kind: string;
  name: string;
  weight: number;
  max_parallel: number | null;
  running: number;
}

export function queueCommand(): Command {
  const family = withServerOptions(
    new Command('queue')
      .description('What is next, who holds what and since when, and why something waits')
      .option('--pool <pool>', 'this pool alone')
      .addHelpText(
        'after',
        examples(
          'sweepd queue --pool gpu',
          'sweepd queue share user ada --weight 3 --max-parallel 8',
          'sweepd queue shares',
        ),
      ),
  )
    .enablePositionalOptions()
    .action(showQueue);
  withServerOptions(
    family
      .command('share <kind> <name>')
      .description('Say what a user or a team (an entity) may have; needs an admin key')
      .option('--weight <number>', 'twice the weight, twice the leases; 1 is the usual')
      .option('--max-parallel <n>', 'runs at a time, or "none"')
      .option('--reset', 'back to the usual')
      .addHelpText(
        'after',
        examples('sweepd queue share user ada --weight 3', 'sweepd queue share team vision --max-parallel 16'),
      ),
  ).action(setShare);
  withServerOptions(
    family
      .command('shares')
      .description('List what is set for users and teams')
      .addHelpText('after', examples('sweepd queue shares')),
  ).action(listShares);
  return family;
}

async function showQueue(options: ServerOptions & { pool?: string }): Promise<void> {
  const { body } = await connect(options).request('GET', `/queue${query({ pool: options.pool })}`);
  if (options.json) return printJson(body);
  const { engine, problem, workers, pools } = viewOf<QueueView>(body);
  if (problem !== null) note(paintNote('yellow', visible(problem)));
  if (pools.length === 0) note('No pool has a running sweep or an agent.');
  for (const [i, pool] of pools.entries()) {
    if (i > 0) print('');
    printPool(pool, engine);
  }
  if (workers !== null) note(workersLine(workers));
}

function workersLine(workers: number): string {
  if (workers === 0) return 'No worker is connected: the server itself computes for model-based searches.';
  return `${workers === 1 ? '1 worker computes' : `${workers} workers compute`} for model-based searches.`;
}

function printPool({ name, agents, next, holders }: PoolView, engine: string): void {
  const slots = agents === 1 ? '1 slot' : `${agents} slots`;
  const through = engine === 'bullmq' ? ', shared through Redis' : '';
  print(`${paint('bold', `Pool ${visible(name)}`)}: ${slots} of its agents${through}`);
  const rows = next.map((sweep, i): Cell[] => [
    { text: sweep.why === null ? String(i + 1) : '-', right: true },
    { text: visible(sweep.sweep_id), ink: 'bold' },
    { text: visible(`${sweep.team}/${sweep.user}`) },
    { text: String(sweep.priority), right: true },
    { text: String(sweep.ready), right: true },
    { text: String(sweep.running), right: true },
    { text: visible(sweep.tags.join(',')) },
    sweep.why === null ? { text: '' } : { text: visible(sweep.why), ink: 'yellow' },
  ]);
  if (rows.length > 0) {
    print(
      formatTable(['NEXT', 'SWEEP', 'TEAM/USER', 'PRIORITY', 'READY', 'RUNNING', 'TAGS', 'WAITS FOR'], rows, paint),
    );
  }
  if (holders.length === 0) return;
  const now = Date.now();
  const held = holders.map((holder): Cell[] => [
    { text: visible(holder.run_id), ink: 'bold' },
    { text: visible(holder.sweep_id) },
    { text: visible(holder.user) },
    { text: visible(holder.agent) },
    { text: ago(holder.since, now), ink: 'dim' },
  ]);
  print(formatTable(['RUN', 'SWEEP', 'USER', 'HELD BY', 'SINCE'], held, paint));
}

interface ShareOptions extends ServerOptions {
  weight?: string;
  maxParallel?: string;
  reset?: boolean;
}

async function setShare(kind: string, name: string, options: ShareOptions): Promise<void> {
  if (kind !== 'user' && kind !== 'team') {
    throw new CommandError(`A share is of a user or a team (given: ${kind}).`, null, 2);
  }
  const client = connect(options);
  const path = at('shares', kind, name);
  if (options.reset) {
    await client.request('DELETE', path);
    if (!options.json) print(`${kind} ${visible(name)} has the usual again.`);
    return;
  }
  const { weight, maxParallel } = options;
  if (weight === undefined && maxParallel === undefined) {
    throw new CommandError('Give --weight, --max-parallel, or --reset.', null, 2);
  }
  const most = maxParallel === 'none' ? null : numberOption('--max-parallel', maxParallel ?? '1', 1);
  const { body } = await client.request(
    'PUT',
    path,
    jsonObject([
      ...(weight === undefined ? [] : [['weight', positive('--weight', weight)] as [string, number]]),
      ...(maxParallel === undefined ? [] : [['max_parallel', most] as [string, number | null]]),
    ]),
  );
  if (options.json) return printJson(body);
  printShares([viewOf<ShareView>(body)]);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new CommandError(`${name} must be a number above 0 (given: ${text}).`, null, 2);
}

async function listShares(options: ServerOptions): Promise<void> {
  const items = await readAll(connect(options), '/shares', {});
  if (options.json) return printJson(jsonObject([['items', items]]));
  if (items.length === 0) note('Nothing is set: everybody has weight 1 and no limit.');
  else printShares(items.map((item) => viewOf<ShareView>(item)));
}

function printShares(shares: readonly ShareView[]): void {
  const rows = shares.map((share): Cell[] => [
    { text: share.kind },
    { text: visible(share.name), ink: 'bold' },
    { text: String(share.weight), right: true },
    { text: share.max_parallel === null ? 'none' : String(share.max_parallel), right: true },
    { text: String(share.running), right: true },
  ]);
  print(formatTable(['KIND', 'NAME', 'WEIGHT', 'LIMIT', 'RUNNING'], rows, paint));
}
