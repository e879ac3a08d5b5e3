import { ask, isExecutable, resolveProgram } from '../lib/find.mjs';
import { readTools } from '../tools.mjs';
import { SetupFailure } from './failure.mjs';

/**
 * The path of a program: what its environment variable names, what the last set-up found, else the first candidate
 * that answers to --version as `accepts` wants it.
 */
export function locate({ variable, tool, candidates, accepts }) {
  const named = process.env[variable];
  if (named) {
    const program = resolveProgram(named);
    if (answers(program, accepts)) return program;
    throw new SetupFailure(`${variable} names ${program}, which ${refusal(program, accepts)}`);
  }
  const known = readTools()[tool];
  if (known && isExecutable(known)) return known;
  return candidates().find((program) => answers(program, accepts));
}

const versionOf = (program) => (isExecutable(program) ? ask(program, ['--version'])?.split('\n')[0] : undefined);

function answers(program, accepts) {
  const version = versionOf(program);
  return version !== undefined && accepts(version);
}

function refusal(program, accepts) {
  const version = versionOf(program);
  return version === undefined ? 'does not run.' : `says "${version}", and we need ${accepts.wanted}.`;
}
