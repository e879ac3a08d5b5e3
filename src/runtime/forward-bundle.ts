/** Forwards a bundle without a server: it is read into a data directory of its own, forwarded from there, and the directory goes. */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { invalidInput } from '../domain/errors.ts';
import { createEmbeddedQueue } from '../queue/embedded.ts';
import { forwardingStatus } from '../service/forwarding.ts';
import { importBundle } from '../service/import-bundle.ts';
import { createBlobs } from '../store/blobs.ts';
import { openStore } from '../store/open.ts';
import { createStore } from '../store/store.ts';
import { createViews } from '../store/views/views.ts';
import { createService } from './build-service.ts';
import type { Settings } from './config.ts';
import { buildForwarder } from './forwarding.ts';

export interface BundleForwarded {
  runs: number;
  refused: { run: string; reason: string }[];
}

const stepEveryMs = 500;

/**
 * @param onProgress told of how many runs still wait, and of why nothing moves at present
 * @throws SweepdError `invalid_bundle`, `no_upstream`, `upstream_refuses`
 */
export async function forwardBundle(
  file: string,
  settings: Settings,
  log: FastifyBaseLogger,
  onProgress: (waiting: number, reason: string | null) => void,
): Promise<BundleForwarded> {
  const directory = mkdtempSync(join(tmpdir(), 'sweepd-bundle-'));
  const store = createStore(openStore(directory));
  try {
    const service = createService(store, settings, () => {}, createEmbeddedQueue(store.suggestions.countReady));
    const blobs = createBlobs(directory);
    const forwarder = buildForwarder({ service, views: createViews(store), blobs }, settings, log);
    if (forwarder === null)
      throw invalidInput('no_upstream', 'Set SWEEPD_UPSTREAM_API_KEY: there is no key to forward with.');
    const { runs } = await importBundle(service, blobs, createReadStream(file));
    for (;;) {
      await forwarder.step();
      const { waiting, paused, refusedRuns } = forwardingStatus(service);
      if (paused !== null) throw invalidInput('upstream_refuses', paused.reason);
      if (waiting === 0 && store.forwarding.sweepsWaiting().length === 0) {
        forwarder.close();
        return { runs, refused: refusedRuns.map(({ run, reason }) => ({ run: run.name, reason })) };
      }
      onProgress(waiting, forwarder.health().waiting?.reason ?? null);
      await pause(stepEveryMs);
    }
  } finally {
    store.writer.close();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
