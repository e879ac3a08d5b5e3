// The Python with the real `wandb` client: the one that SWEEPD_PYTHON names, else a private environment in .cache/python.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, isExecutable, resolveProgram } from '../lib/find.mjs';
import { inCache, inRoot, root } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';
import { findPython } from './python-find.mjs';
import { run } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';
import { aptInstall, installCommand } from './system.mjs';

const HOME = inCache('python');
const PYTHON = join(HOME, 'bin/python');
/** wandb 0.31 wants 3.10. */
const OLDEST_MINOR = 10;
const EXAMPLES = 'examples/cartpole/requirements.txt';
const TESTS = 'test/requirements.txt';

const OWN_ABOUT = `
import importlib.metadata as m, json, os, sys, sysconfig
def has(name):
    try: return bool(m.version(name))
    except m.PackageNotFoundError: return False
print(json.dumps({'executable': sys.executable, 'missing': [n for n in sys.argv[1:] if not has(n)],
  'scripts': [sysconfig.get_path('scripts'), sysconfig.get_path('scripts', os.name + '_user')]}))`;

function wantedFiles({ forTests }) {
  if (!existsSync(inRoot(EXAMPLES))) throw new SetupFailure(`${EXAMPLES} is missing from this copy of the repository.`);
  return forTests && existsSync(inRoot(TESTS)) ? [EXAMPLES, TESTS] : [EXAMPLES];
}

/** The names of the packages; versions are pip's business. */
function requirementNames(files) {
  const lines = files.flatMap((file) => readFileSync(inRoot(file), 'utf8').split('\n'));
  return lines.map((line) => /^[A-Za-z0-9][\w.-]*/.exec(line.trim())?.[0]).filter(Boolean);
}

function useOwnPython(program, context) {
  const names = requirementNames(wantedFiles(context));
  const answer = ask(program, ['-c', OWN_ABOUT, ...names]);
  if (!answer) throw new SetupFailure(`SWEEPD_PYTHON names ${program}, which does not run as Python 3.`);
  const { executable, scripts, missing } = JSON.parse(answer);
  const wandb = scripts.map((folder) => join(folder, 'wandb')).find(isExecutable);
  if (missing.length > 0 || !wandb) {
    const lack = missing.join(', ') || 'the program wandb';
    const files = wantedFiles(context).map((file) => `-r ${file}`);
    throw new SetupFailure(
      `SWEEPD_PYTHON (${program}) lacks ${lack}. Without SWEEPD_PYTHON set-up makes an environment of its own.`,
      { command: `${program} -m pip install ${files.join(' ')}` },
    );
  }
  Object.assign(context.tools, { python: executable, wandb });
  return true;
}

const privateVersion = () => ask(PYTHON, ['-ISc', 'import platform; print(platform.python_version())']);

/** The stamp of a private environment that still runs. Its scripts contain its path, so a moved folder does not count. */
function usableStamp() {
  const stamp = readStamp(HOME);
  return stamp?.root === root && stamp.version === privateVersion() ? stamp : undefined;
}

function privateIsReady(context) {
  const installed = usableStamp()?.requirements;
  if (!installed || wantedFiles(context).some((file) => installed[file] !== hashOf([file]))) return false;
  Object.assign(context.tools, { python: PYTHON, wandb: join(HOME, 'bin/wandb') });
  return true;
}

async function findBasePython(log) {
  const needs = { minor: OLDEST_MINOR, venv: true };
  const found = findPython(needs) ?? ((await aptInstall(log, 'python3 python3-venv')) && findPython(needs));
  if (found) return found.executable;
  throw new SetupFailure(`no Python 3.${OLDEST_MINOR} or newer with the modules venv and ensurepip was found.`, {
    command: installCommand({ apt: 'python3-venv', dnf: 'python3', brew: 'python3' }),
  });
}

async function makePrivate(context, log) {
  const files = wantedFiles(context);
  const before = usableStamp();
  if (!before)
    await run(log, await findBasePython(log), ['-m', 'venv', '--clear', HOME], {
      failure: `the Python environment ${HOME} could not be made.`,
    });
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-q', ...files.flatMap((file) => ['-r', file])];
  // Some machines are configured for `pip install --user`, which an environment refuses.
  await run(log, PYTHON, pip, { env: { PIP_USER: '0' }, failure: 'pip could not install the Python packages.' });
  const requirements = { ...before?.requirements };
  for (const file of files) requirements[file] = hashOf([file]);
  writeStamp(HOME, { root, version: privateVersion(), requirements });
}

export const pythonStep = {
  name: 'python',
  title: 'Python environment with wandb, numpy, gymnasium',
  isReady(context) {
    const own = process.env.SWEEPD_PYTHON;
    return own ? useOwnPython(resolveProgram(own), context) : privateIsReady(context);
  },
  async work(context, log) {
    await makePrivate(context, log);
    privateIsReady(context);
  },
};
