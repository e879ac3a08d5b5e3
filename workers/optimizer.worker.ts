/** A worker on another machine: computes for model-based searches. It needs the Redis URL alone (SWEEPD_REDIS_URL, or _FILE). */
import { SweepdError } from '../src/domain/errors.ts';
import { loadSettings } from '../src/runtime/config.ts';
import { startWorkerProcess, type WorkerProcess } from '../src/runtime/workers-link.ts';

function fail(error: unknown): never {
  console.error(`sweepd worker: ${error instanceof SweepdError ? error.message : ((error as Error).stack ?? error)}`);
  process.exit(1);
}

let worker: WorkerProcess | undefined;
// Before it begins: whoever starts it may end it at once.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await worker?.close().catch(fail);
    process.exit(0);
  });
}

try {
  const { redis_url: url } = loadSettings({}, process.env, undefined);
  if (url === undefined) {
    console.error('sweepd worker: set SWEEPD_REDIS_URL to the Redis of the server, e.g. redis://queue-host:6379');
    process.exit(2);
  }
  worker = await startWorkerProcess(url, (line) => console.log(`sweepd worker: ${line}`));
  worker.refused.then(fail);
} catch (error) {
  fail(error);
}
