import { homedir } from 'node:os';
import { join } from 'node:path';
import { allOnPath, ask, foldersStarting, isExecutable } from '../lib/find.mjs';

const NEWEST_MINOR = 14;
const NAMES = ['python3', ...Array.from({ length: 6 }, (_, i) => `python3.${NEWEST_MINOR - i}`), 'python'];
const LOCATIONS = ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3'];

// `executable` matters: a pyenv shim stands for another file, and only in folders where its version is chosen.
const ABOUT = `
import importlib.util as u, json, sys
def has(name): return bool(getattr(u.find_spec(name), 'origin', None))
print(json.dumps({'executable': sys.executable, 'version': list(sys.version_info[:3]),
  'venv': has('venv') and has('ensurepip')}))`;

function* candidates() {
  yield* allOnPath(NAMES);
  yield* LOCATIONS.filter(isExecutable);
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  yield* foldersStarting(pyenv, '3.')
    .map((folder) => join(folder, 'bin/python3'))
    .filter(isExecutable);
}

function aboutPython(program) {
  const answer = ask(program, ['-c', ABOUT]);
  return answer ? JSON.parse(answer) : undefined;
}

/** The first Python 3.`minor` or newer; with `venv`, one that can make virtual environments. */
export function findPython({ minor, venv = false }) {
  for (const program of candidates()) {
    const python = aboutPython(program);
    if (python && isAtLeast(python.version, minor) && (python.venv || !venv)) return python;
  }
  return undefined;
}

const isAtLeast = ([major, minor], wanted) => major === 3 && minor >= wanted;
