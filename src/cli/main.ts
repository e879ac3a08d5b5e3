#!/usr/bin/env node
/** The command line. Each command is a file; this one only names them and turns errors into one clear line. */
import { Command, CommanderError } from 'commander';
import { version } from '../runtime/version.ts';
import { agentCommand } from './agent.ts';
import { exportCommand, importCommand } from './bundles.ts';
import { configCommand } from './config-check.ts';
import { doctorCommand } from './doctor.ts';
import { engineCommand } from './engine.ts';
import { envCommand } from './env.ts';
import { explainCommand } from './explain.ts';
import { forwardCommand } from './forward.ts';
import { keysCommand } from './keys.ts';
import { tellError } from './output/errors.ts';
import { visibleLines } from './output/escape.ts';
import { note, paintNote, printPlain } from './output/print.ts';
import { queueCommand } from './queue.ts';
import { refineCommand } from './refine.ts';
import { runsCommand } from './runs.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { sweepCommand } from './sweep.ts';

const program = new Command('sweepd')
  .description('A self-hosted controller for hyperparameter sweeps of Weights & Biases clients and plain REST agents')
  .version(version)
  // Of the options in `sweepd queue shares --json` those behind a command are that command's.
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
Example:
  sweepd serve &                       # the server; its data is in ./data
  sweepd sweep create sweep.yaml       # prints the id of the sweep
  sweepd agent SWEEP                   # runs it here (or: eval "$(sweepd env)"; wandb agent ENTITY/PROJECT/SWEEP)
  sweepd runs ls SWEEP --sort best
`,
  );

const commands = [
  serveCommand(),
  envCommand(),
  sweepCommand(),
  runsCommand(),
  explainCommand(),
  refineCommand(),
  agentCommand(),
  queueCommand(),
  configCommand(),
  simulateCommand(),
  engineCommand(),
  keysCommand(),
  forwardCommand(),
  exportCommand(),
  importCommand(),
  doctorCommand(),
];
for (const command of commands) program.addCommand(command);
throwOnExit(program);

/** `sweepd ls | head`: whoever reads no more has what he wanted. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own message; only its exit code for wrong usage is not ours.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else fail(error);
}

/** Commander would end the process by itself, with exit code 1 for a wrong option. */
function throwOnExit(command: Command): void {
  command.exitOverride().showHelpAfterError(`(${nameOf(command)} --help says more)`);
  command.commands.forEach(throwOnExit);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function fail(error: unknown): void {
  const told = tellError(error);
  process.exitCode = told?.exitCode ?? 1;
  if (told === null) {
    note(`sweepd: ${(error as Error)?.stack ?? error}`);
    return;
  }
  const { code, message, advice } = told;
  if (process.argv.includes('--json')) {
    printPlain({ error: { code, message, advice, problems: told.problems } });
    return;
  }
  note(`${paintNote('red', 'sweepd:')} ${visibleLines(message)}`);
  if (advice !== null) note(visibleLines(advice));
}
