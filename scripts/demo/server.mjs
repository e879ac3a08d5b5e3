// The server of the demo: its own process, on a free port, with a data directory of its own.

import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../lib/children.mjs';
import { inRoot } from '../lib/paths.mjs';

/** @returns {{url, apiKey, finished, stop}} once it listens */
export async function startServer(folder, redisUrl = null) {
  const data = join(folder, 'data');
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SWEEPD_')));
  const { child, finished } = start(
    process.execPath,
    [inRoot('dist', 'src', 'cli', 'main.js'), 'serve', '--port', '0', '--data', data],
    {
      env: redisUrl === null ? environment : { ...environment, SWEEPD_REDIS_URL: redisUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const log = join(folder, 'server.log');
  child.stderr.pipe(createWriteStream(log));
  const url = await new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (piece) => {
      printed += piece;
      const found = /http:\/\/\S+/.exec(printed);
      if (found) resolve(found[0]);
    });
    finished.then(() => reject(new Error(`The server did not start:\n${readFileSync(log, 'utf8')}`)));
  });
  return {
    url,
    apiKey: readFileSync(join(data, 'api-key'), 'utf8').trim(),
    finished,
    stop: () => {
      child.kill('SIGTERM');
      return finished;
    },
  };
}
