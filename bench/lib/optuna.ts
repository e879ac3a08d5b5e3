/** Optuna's shared storages, where this machine has them: a Python with optuna, and for the journal on Redis a redis-server. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { track } from '../../test/chaos/lib/server-process.ts';
import type { Contender, Measurement } from './measurement.ts';

const program = fileURLToPath(new URL('../optuna_cycles.py', import.meta.url));
const python = process.env.SWEEPD_BENCH_PYTHON ?? 'python3';
const redisServer = process.env.SWEEPD_BENCH_REDIS ?? 'redis-server';

/** @returns why this machine cannot, or null */
export function missingOptuna(): string | null {
  return canImport('optuna')
    ? null
    : `${python} has no optuna (SWEEPD_BENCH_PYTHON names another Python; pip install optuna redis)`;
}

/** @returns why this machine cannot, or null */
export function missingRedis(): string | null {
  if (!canImport('redis')) return `${python} has no redis (pip install redis)`;
  return spawnSync(redisServer, ['--version']).status === 0 ? null : `there is no ${redisServer} on PATH`;
}

const canImport = (name: string) => spawnSync(python, ['-c', `import ${name}`]).status === 0;

export const optunaSqlite = (parent: string, processes: number): Contender => ({
  name: `Optuna on SQLite, ${label(processes)}`,
  measure: (seconds) => inFolder(parent, (dir) => run(['--storage', 'sqlite', '--dir', dir], processes, seconds)),
});

export const optunaRedis = (parent: string, processes: number): Contender => ({
  name: `Optuna on Redis (journal), ${label(processes)}`,
  measure: (seconds) =>
    inFolder(parent, async (dir) => {
      const redis = await startRedis(dir);
      try {
        const args = ['--storage', 'journal-redis', '--redis-port', String(redis.port), '--dir', dir];
        return await run(args, processes, seconds);
      } finally {
        await redis.stop();
      }
    }),
});

const label = (processes: number) => `${processes} ${processes === 1 ? 'process' : 'processes'}`;

async function run(args: string[], processes: number, seconds: number): Promise<Measurement> {
  const all = [program, ...args, '--processes', String(processes), '--seconds', String(seconds)];
  const { stdout } = await promisify(execFile)(python, all, { timeout: (seconds * 10 + 180) * 1000 });
  return JSON.parse(stdout) as Measurement;
}

async function inFolder<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(parent, 'optuna-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startRedis(directory: string) {
  const port = await freePort();
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ];
  const child: ChildProcess = track(spawn(redisServer, options, { stdio: 'ignore' }));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  while (!(await answers(port))) if (child.exitCode !== null) throw new Error('redis-server did not start.');
  return {
    port,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => done(true)).once('error', () => setImmediate(done, false));
  });

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
