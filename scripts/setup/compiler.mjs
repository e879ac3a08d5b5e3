// What node-gyp needs to compile better-sqlite3: a C++ compiler, make and Python. Only looked for when packages are to be installed.
import { existsSync } from 'node:fs';
import { ask } from '../lib/find.mjs';
import { packagesAreReady } from './packages.mjs';
import { findPython } from './python-find.mjs';
import { aptInstall, installCommand } from './system.mjs';

const runs = (command) => ask('sh', ['-c', `${command} --version`]) !== undefined;

/** CC and CXX for the compile, {} when node-gyp's own choice (c++'s usual names) will do, undefined without a compiler. */
function findCompiler() {
  const { CC, CXX } = process.env;
  if (CXX && runs(CXX)) return CC ? { CC, CXX } : { CXX };
  if (runs('g++') && runs('gcc')) return { CC: 'gcc', CXX: 'g++' };
  if (runs('clang++') && runs('clang')) return { CC: 'clang', CXX: 'clang++' };
  return undefined;
}

function findBuildTools() {
  const compiler = findCompiler();
  const python = findPython({ minor: 8 })?.executable;
  if (!compiler || !python || !runs('make')) return undefined;
  return process.env.npm_config_python || process.env.PYTHON ? compiler : { ...compiler, PYTHON: python };
}

const installHint = () =>
  process.platform === 'darwin' && !existsSync('/Library/Developer/CommandLineTools')
    ? 'xcode-select --install'
    : installCommand({ apt: 'build-essential python3', dnf: 'gcc-c++ make python3' });

export const compilerStep = {
  name: 'compiler',
  title: 'C++ compiler, make and Python for better-sqlite3',
  isReady(context) {
    if (packagesAreReady()) return true;
    context.buildEnv = findBuildTools();
    return context.buildEnv !== undefined;
  },
  async work(context, log) {
    await aptInstall(log, 'build-essential python3');
    context.buildEnv = findBuildTools();
    if (context.buildEnv) return undefined;
    // Not the end yet: on common platforms npm can fetch better-sqlite3 compiled. If that fails too, this is the advice.
    context.withoutCompiler = { hint: installHint() };
    return 'not found, so better-sqlite3 must come compiled';
  },
};
