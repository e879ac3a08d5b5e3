// A private Python environment in .cache: made from a Python of this machine, filled from requirements files, stamped with both.
import { join } from 'node:path';
import { ask } from '../lib/find.mjs';
import { root } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';
import { expectOwnFolder } from './own-folder.mjs';
import { findPython } from './python-find.mjs';
import { run } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';
import { aptInstall, installCommand } from './system.mjs';

/** wandb 0.31 wants 3.10. */
const OLDEST_MINOR = 10;

export const pythonIn = (home) => join(home, 'bin/python');

const versionOf = (home) => ask(pythonIn(home), ['-ISc', 'import platform; print(platform.python_version())']);

/** The stamp of an environment that still runs. Its scripts contain its path, so a moved folder does not count. */
function usableStamp(home) {
  const stamp = readStamp(home);
  return stamp?.root === root && stamp.version === versionOf(home) ? stamp : undefined;
}

/** Whether the environment runs and holds what these requirements files say now. */
export function isFilled(home, files) {
  const installed = usableStamp(home)?.requirements;
  return installed !== undefined && files.every((file) => installed[file] === hashOf([file]));
}

async function findBasePython(log) {
  const needs = { minor: OLDEST_MINOR, venv: true };
  const found = findPython(needs) ?? ((await aptInstall(log, 'python3 python3-venv')) && findPython(needs));
  if (found) return found.executable;
  throw new SetupFailure(`no Python 3.${OLDEST_MINOR} or newer with the modules venv and ensurepip was found.`, {
    command: installCommand({ apt: 'python3-venv', dnf: 'python3', brew: 'python3' }),
  });
}

/** Makes the environment where there is none that runs, and installs the files' requirements into it. */
export async function fillEnvironment(home, files, log) {
  expectOwnFolder(home);
  const before = usableStamp(home);
  if (!before)
    await run(log, await findBasePython(log), ['-m', 'venv', '--clear', home], {
      failure: `the Python environment ${home} could not be made.`,
    });
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-q', ...files.flatMap((file) => ['-r', file])];
  // Some machines are configured for `pip install --user`, which an environment refuses.
  await run(log, pythonIn(home), pip, {
    env: { PIP_USER: '0' },
    failure: 'pip could not install the Python packages.',
  });
  const requirements = { ...before?.requirements };
  for (const file of files) requirements[file] = hashOf([file]);
  writeStamp(home, { root, version: versionOf(home), requirements });
}
