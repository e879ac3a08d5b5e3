// Runs the tools that a step needs. What they print goes to the step's log under .cache/log, and is shown only on failure.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { start } from '../lib/children.mjs';
import { inCache, root } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';
import { noteWorker } from './lock.mjs';

const TAIL_LINES = 25;

export class Log {
  constructor(name) {
    this.path = inCache('log', `setup-${name}.log`);
    rmSync(this.path, { force: true });
  }

  open() {
    mkdirSync(inCache('log'), { recursive: true });
    return openSync(this.path, 'a');
  }

  tail() {
    try {
      return readFileSync(this.path, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    } catch {
      return '';
    }
  }
}

/** True when the program ended with 0. */
export async function succeeds(log, command, args, env = {}) {
  const output = log.open();
  try {
    writeSync(output, `$ ${[command, ...args].join(' ')}\n`);
    const options = { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', output, output] };
    const { child, finished } = start(command, args, options);
    noteWorker(child.pid);
    const { code, error } = await finished;
    if (error) writeSync(output, `${error.message}\n`);
    return code === 0;
  } finally {
    closeSync(output);
  }
}

export async function run(log, command, args, { env, failure, hint } = {}) {
  if (await succeeds(log, command, args, env)) return;
  throw new SetupFailure(failure ?? `${command} failed.`, { command: hint, log });
}
