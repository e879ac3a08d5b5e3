// What a team has beside the server: a Redis, and a worker that computes for the search.
import { spawnSync } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { start } from '../lib/children.mjs';
import { inRoot } from '../lib/paths.mjs';
import { readTools } from '../tools.mjs';

function redisProgram() {
  const known = readTools().redisServer;
  if (known !== null) return known;
  const { status } = spawnSync(process.execPath, [inRoot('scripts', 'setup.mjs'), '--redis'], { stdio: 'inherit' });
  const found = readTools().redisServer;
  if (status !== 0 || found === null) process.exit(1);
  return found;
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** One command without spaces in its arguments. @returns {Promise<string>} its answer without the length before it */
function ask(port, command) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', (bytes) => {
      socket.destroy();
      const [first, second] = String(bytes).split('\r\n');
      resolve(first.startsWith('$') ? second : first);
    });
  });
}

/** @returns {Promise<{url, jobsDone, stop}>} once it answers */
export async function startRedis(folder) {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'];
  const log = join(folder, 'redis.log');
  const { child, finished } = start(redisProgram(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(createWriteStream(log));
  let ended = false;
  finished.then(() => (ended = true));
  while ((await ask(port, 'PING').catch(() => '')) !== '+PONG') {
    if (ended) throw new Error(`redis-server did not start:\n${readFileSync(log, 'utf8')}`);
    await wait(50);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    /** How many of the optimizer's jobs were made, by BullMQ's own count. */
    jobsDone: async () => {
      const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
      return Number(await ask(port, `GET bull:optimizer-${version.replaceAll('.', '_')}:id`)) || 0;
    },
    stop: () => {
      child.kill('SIGTERM');
      return finished;
    },
  };
}

/** A worker, as another machine would have it: it knows the Redis URL and nothing else. */
export async function startWorker(redisUrl, folder) {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SWEEPD|WANDB)_/.test(name)),
  );
  const { child, finished } = start(process.execPath, [inRoot('dist', 'workers', 'optimizer.worker.js')], {
    cwd: folder,
    env: { ...environment, SWEEPD_REDIS_URL: redisUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = join(folder, 'worker.log');
  const file = createWriteStream(log);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (piece) => {
      if (String(piece).includes('Computes for')) resolve();
    });
    finished.then(() => reject(new Error(`The worker did not start:\n${readFileSync(log, 'utf8')}`)));
  });
  return {
    stop: () => {
      child.kill('SIGTERM');
      return finished;
    },
  };
}
