#!/usr/bin/env node
/** The command line. Each command is a file; this one only names them and turns errors into one clear line. */
import { Command } from 'commander';
import { SweepdError } from '../domain/errors.ts';
import { version } from '../runtime/version.ts';
import { envCommand } from './env.ts';
import { serveCommand } from './serve.ts';

const program = new Command('sweepd')
  .description('A self-hosted controller for hyperparameter sweeps of Weights & Biases clients and plain REST agents')
  .version(version)
  .showHelpAfterError('(sweepd --help lists the commands)');

program.addCommand(serveCommand());
program.addCommand(envCommand());

try {
  await program.parseAsync();
} catch (error) {
  const known = error instanceof SweepdError || (error as { code?: string }).code === 'EADDRINUSE';
  console.error(`sweepd: ${known ? (error as Error).message : ((error as Error).stack ?? error)}`);
  process.exitCode = 1;
}
