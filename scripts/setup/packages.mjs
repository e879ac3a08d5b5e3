import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ask } from '../lib/find.mjs';
import { inRoot, root } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';
import { expectOwnFolder } from './own-folder.mjs';
import { run } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const MODULES = inRoot('node_modules');

// npm's own record of what it installed is part of the key: it changes when somebody installs or removes by hand.
const packagesKey = () =>
  hashOf(['package-lock.json', 'node_modules/.package-lock.json'], {
    salt: [process.versions.modules, process.platform, process.arch],
  });

let knownReady = false;

export function packagesAreReady() {
  if (knownReady) return true;
  if (readStamp(MODULES)?.key === packagesKey()) knownReady = true;
  else if (matchesLockfile() && sqliteLoads()) markReady();
  return knownReady;
}

function markReady() {
  writeStamp(MODULES, { key: packagesKey() });
  knownReady = true;
}

/** Whether somebody's own `npm ci` or `npm install` already did the work. */
function matchesLockfile() {
  const wanted = readLock(inRoot('package-lock.json'));
  const present = readLock(join(MODULES, '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    if (!present[path] || !existsSync(inRoot(path))) return entry.optional === true;
    return present[path].version === entry.version && present[path].integrity === entry.integrity;
  });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Compiled for this Node, this system and this processor: only loading it tells. */
const sqliteLoads = () =>
  ask(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"], { cwd: root }) !== undefined;

/** The npm that runs us, else the one on PATH. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli && basename(cli) === 'npm-cli.js' ? [process.execPath, cli] : ['npm'];
}

/** Node's own headers, where its installation has them: saves node-gyp a download that closed networks refuse. */
function headersEnv() {
  const prefix = join(dirname(process.execPath), '..');
  const { npm_config_nodedir, npm_config_disturl } = process.env;
  if (npm_config_nodedir || npm_config_disturl) return {};
  try {
    const header = readFileSync(join(prefix, 'include/node/node_version.h'), 'utf8');
    const number = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(header)?.[1];
    const version = ['MAJOR', 'MINOR', 'PATCH'].map(number).join('.');
    return version === process.versions.node ? { npm_config_nodedir: prefix } : {};
  } catch {
    return {};
  }
}

function refusal(context, problem, command) {
  const { withoutCompiler } = context;
  if (!withoutCompiler) return { failure: `${problem}.`, hint: command };
  const advice = 'Here is no C++ compiler, make and Python 3 with which npm could build better-sqlite3: install them.';
  return { failure: `${problem}. ${advice}`, hint: withoutCompiler.hint };
}

// `npm test --silent` would silence the npm that we start too, and leave nothing in the log.
const NPM_ENV = { npm_config_loglevel: 'notice', npm_config_update_notifier: 'false', JOBS: 'max' };

export const packagesStep = {
  name: 'npm',
  title: 'npm packages (compiles better-sqlite3, 1-3 minutes)',
  isReady: packagesAreReady,
  async work(context, log) {
    expectOwnFolder(MODULES);
    const [npm, ...args] = npmCommand();
    await run(log, npm, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
      env: { ...NPM_ENV, ...headersEnv(), ...context.buildEnv },
      ...refusal(context, '`npm ci` failed', 'npm ci'),
    });
    if (!sqliteLoads()) {
      const problem = '`npm ci` went through, but better-sqlite3 was not built and does not load';
      const { failure, hint } = refusal(context, problem, 'npm rebuild better-sqlite3 --foreground-scripts');
      throw new SetupFailure(failure, { command: hint, log });
    }
    markReady();
  },
};
