/** `sweepd agent`: takes runs of a sweep, or of whatever is next in a pool, and starts the sweep's command for each. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Command } from 'commander';
import type { Agent } from '../agent/agent.ts';
import type { AgentSource } from '../agent/shared.ts';
import { agentReporter } from './agent-report.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { idOf } from './client/views.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { numberOption, secondsOption } from './output/options.ts';
import { note, paintNote } from './output/print.ts';

interface AgentCommandOptions extends ServerOptions {
  count?: string;
  slots: string;
  name?: string;
  pool?: string;
  tags?: string;
  idle?: string;
  killDelay: string;
}

const mostSlots = 1024;

export function agentCommand(): Command {
  return withServerOptions(
    new Command('agent')
      .description("Take runs of a sweep or a pool and start the sweep's command for each, in this directory")
      .argument('[sweep]', "the sweep's id, or ENTITY/PROJECT/ID; left out with --pool")
      .option('--pool <pool>', 'serve whatever sweep of this pool is next ("default": those that name none)')
      .option('--tags <tags>', 'with --pool: what this agent has, e.g. a100,24gb')
      .option('--idle <seconds>', 'end after this long without work')
      .option('--count <n>', 'end after this many runs')
      .option('--slots <n>', 'how many runs at a time', '1')
      .option('--name <name>', 'name of this agent (default: the host, and a part that differs each time)')
      .option('--kill-delay <seconds>', 'between SIGTERM and SIGKILL for a program that must end', '30'),
  )
    .addHelpText(
      'after',
      examples(
        'sweepd agent k3x9q2ab --count 10',
        'sweepd agent k3x9q2ab --slots 4',
        'sweepd agent --pool gpu --tags a100,24gb',
      ) +
        `
The command is W&B's: \${env} \${interpreter} \${program} \${args}, or the sweep's own "command" with the same macros.
The program finds its run in WANDB_RUN_ID and its like, so wandb.init() joins it; without wandb, in SWEEPD_URL,
SWEEPD_API_KEY, SWEEPD_RUN_ID and SWEEPD_TOKEN. Exit code 0 is finished, any other failed.

Ctrl-C once lets the running programs finish, twice ends them (SIGTERM, then SIGKILL), three times kills them at once.
`,
    )
    .action(runAgent);
}

/** @throws CommandError where it is not clear what to serve */
function sourceOf(sweep: string | undefined, { pool, tags }: AgentCommandOptions): AgentSource {
  if (sweep !== undefined && pool !== undefined) {
    throw new CommandError('An agent serves one sweep or a pool: leave one of them out.', null, 2);
  }
  if (sweep === undefined && pool === undefined) {
    throw new CommandError('What should the agent serve? Name a sweep, or a pool with --pool.', null, 2);
  }
  if (sweep !== undefined && tags !== undefined) {
    throw new CommandError('--tags goes with --pool: an agent of one sweep is not asked for tags.', null, 2);
  }
  if (sweep !== undefined) return { sweepId: idOf(sweep) };
  const names = (tags ?? '').split(',').map((tag) => tag.trim());
  return { pool: pool ?? '', tags: names.filter((tag) => tag !== '') };
}

async function runAgent(sweep: string | undefined, options: AgentCommandOptions): Promise<void> {
  const source = sourceOf(sweep, options);
  const slots = numberOption('--slots', options.slots, 1, mostSlots);
  const count = options.count === undefined ? null : numberOption('--count', options.count, 1);
  const killDelayMs = secondsOption('--kill-delay', options.killDelay) * 1000;
  const idleMs = options.idle === undefined ? null : secondsOption('--idle', options.idle) * 1000;
  const client = connect(options);
  const { createAgent } = await import('../agent/agent.ts');
  const agent = createAgent(client, {
    source,
    idleMs,
    name: options.name ?? `${hostname()}-${randomBytes(3).toString('hex')}`,
    slots,
    count,
    killDelayMs,
    cwd: process.cwd(),
    environment: process.env,
    toStderr: options.json === true,
    ...agentReporter({ slots, json: options.json === true }),
  });
  const unhook = hookSignals(agent);
  try {
    const { failed } = await agent.work();
    if (failed) process.exitCode = 1;
  } finally {
    unhook();
  }
}

/** @returns takes the handlers away again */
function hookSignals(agent: Agent): () => void {
  const say = (text: string) => note(paintNote('yellow', text));
  let interrupts = 0;
  const onInterrupt = () => {
    interrupts++;
    if (interrupts === 1) {
      say('Takes no more runs; those under way go on to their end. Ctrl-C again ends them.');
      agent.drain('interrupted');
    } else if (interrupts === 2) {
      say('Ends the programs (SIGTERM). Ctrl-C again kills them.');
      agent.terminate();
    } else agent.kill();
  };
  // Whoever sends these will not wait for a training to end.
  const onTerminate = () => agent.terminate();
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
  };
}
