// The Python with the real `wandb` client: the one that SWEEPD_PYTHON names, else a private environment in .cache/python.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, isExecutable, resolveProgram } from '../lib/find.mjs';
import { inCache, inRoot } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';
import { fillEnvironment, isFilled, pythonIn } from './python-environment.mjs';

const HOME = inCache('python');
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

function privateIsReady(context) {
  if (!isFilled(HOME, wantedFiles(context))) return false;
  Object.assign(context.tools, { python: pythonIn(HOME), wandb: join(HOME, 'bin/wandb') });
  return true;
}

export const pythonStep = {
  name: 'python',
  title: 'Python environment with wandb, numpy, gymnasium',
  isReady(context) {
    const own = process.env.SWEEPD_PYTHON;
    return own ? useOwnPython(resolveProgram(own), context) : privateIsReady(context);
  },
  async work(context, log) {
    await fillEnvironment(HOME, wantedFiles(context), log);
    privateIsReady(context);
  },
};
