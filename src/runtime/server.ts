/**
 * The composition root: builds every room, hands the parts to each other, and starts and stops them in order. Nothing else
 * knows all rooms.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { buildApp } from '../http/app.ts';
import type { OptimizerJobs } from '../queue/optimizer-jobs.ts';
import type { Service, WorkQueue } from '../service/context.ts';
import { forwardingPause } from '../service/forwarding.ts';
import { judgeTime } from '../service/judge-time.ts';
import { ensureKey, newKey } from '../service/keys.ts';
import type { ModelSearch } from '../service/model-search.ts';
import { graceAtStart, reap } from '../service/reaper.ts';
import { createBlobs } from '../store/blobs.ts';
import { recordUrl } from '../store/lock.ts';
import { openStore } from '../store/open.ts';
import { createStore, type Store } from '../store/store.ts';
import { createViews } from '../store/views/views.ts';
import { registerWandbRoutes } from '../wandb/routes.ts';
import { createUrlSigner } from '../wandb/signed-urls.ts';
import type { Forwarder } from '../wandb/upstream/forwarder.ts';
import { createService } from './build-service.ts';
import { createChanges } from './changes.ts';
import type { Settings } from './config.ts';
import { buildForwarder } from './forwarding.ts';
import { addForwardingGauges, addGauges, createMetrics } from './metrics.ts';
import { createOptimizerPool, type OptimizerPool } from './optimizer-pool.ts';
import { startModelSearch } from './start-model-search.ts';
import { startTimers } from './timers.ts';
import { version } from './version.ts';
import { createWorkQueue } from './work-queue.ts';
import { startWorkersLink } from './workers-link.ts';

export interface RunningServer {
  /** Where it listens, e.g. http://127.0.0.1:8080. */
  url: string;
  /** Set where this start made the server's first key: to be shown once. */
  newApiKey: string | null;
  /** Takes no more work, lets what was read be answered, flushes, closes. Safe to call twice. */
  stop(): Promise<void>;
}

/** @throws SweepdError `data_in_use`, `schema_newer`, `port_in_use` */
export async function startServer(settings: Settings, log: FastifyBaseLogger): Promise<RunningServer> {
  const dataDirectory = resolve(settings.data_dir);
  const open = openStore(dataDirectory);
  let app: FastifyInstance | undefined;
  let stopTimers = () => {};
  let store: Store | undefined;
  let search: ModelSearch | undefined;
  const elsewhere = await startWorkersLink(settings, log);
  const optimizer = createOptimizerPool(undefined, elsewhere?.compute);
  let queue: WorkQueue | undefined;
  let forwarder: Forwarder | null = null;
  try {
    store = createStore(open, {
      onStorageError: (error) => log.error({ err: error }, 'the storage refused a write'),
      onEffectError: (error) => log.error({ err: error }, 'an effect after a commit failed'),
    });
    const changes = createChanges((error) => log.error({ err: error }, 'a listener to changes failed'));
    queue = await createWorkQueue(store, settings, changes, log);
    const service = createService(store, settings, changes.publish, queue);
    const modelSearch = startModelSearch(service, optimizer.suggest, changes, log);
    search = modelSearch;
    const newApiKey = await ensureFirstKey(service, settings, dataDirectory);
    const kept = await graceAtStart(service);
    if (kept > 0) log.info({ leases: kept }, 'live leases got a fresh period after the restart');
    const views = createViews(store);
    const blobs = createBlobs(dataDirectory);
    forwarder = buildForwarder({ service, views, blobs }, settings, log);
    if (forwarder !== null) changes.subscribe(forwarder.noteChange);
    const metrics = createMetrics(version);
    addGauges(metrics, views, service.clock.now, service.settings.leaseMs);
    if (forwarder !== null) {
      const isPaused = () => forwardingPause(service) !== null;
      addForwardingGauges(metrics, store.forwarding.counts, isPaused, forwarder.health);
    }
    const signer = createUrlSigner(await urlSecret(service));
    const publicUrl = settings.public_url?.replace(/\/$/, '') ?? null;
    app = buildApp(
      {
        service,
        views,
        blobs,
        version,
        publicUrl,
        subscribe: changes.subscribe,
        forwarding: () => forwarder?.health() ?? null,
        readiness: () => readiness(service),
        // Loaded with its first use, as the threads are: a server that starts again is back sooner.
        engine: async (op) => (await import('./engine.ts')).engineOp(op),
        workers: async () => (await elsewhere?.countWorkers()) ?? null,
        insight: optimizer,
        metrics: () => metrics.registry.metrics(),
        onRequest: (route, status, seconds) => metrics.requests.labels(route, String(status)).observe(seconds),
      },
      log,
      (fastify) =>
        registerWandbRoutes(fastify, {
          service,
          views,
          blobs,
          signer,
          publicUrl,
          onUnknownOperation: unknownOperationLog(log, () => metrics.unknownOperations.inc()),
        }),
    );
    stopTimers = startTimers(
      service,
      log,
      async () => {
        metrics.endedByReaper.inc(await reap(service));
        await judgeTime(service);
      },
      forwarder,
    );
    const url = await app.listen({ host: settings.host, port: settings.port });
    recordUrl(dataDirectory, url);
    return {
      url,
      newApiKey,
      stop: once(() => stopAll({ app, stopTimers, store, search, optimizer, queue, elsewhere, forwarder })),
    };
  } catch (error) {
    await stopAll({ app, stopTimers, store, search, optimizer, queue, elsewhere, forwarder });
    open.close();
    throw error;
  }
}

const cutConnectionsAfterMs = 3_000;

interface Running {
  app: FastifyInstance | undefined;
  stopTimers: () => void;
  store: Store | undefined;
  search: ModelSearch | undefined;
  optimizer: OptimizerPool;
  queue: WorkQueue | undefined;
  elsewhere: OptimizerJobs | null;
  forwarder: Forwarder | null;
}

async function stopAll(running: Running): Promise<void> {
  const { app, stopTimers, store, search, optimizer, queue, elsewhere, forwarder } = running;
  stopTimers();
  forwarder?.close();
  // First, so that asks which wait for a fit are answered; what is being computed is computed again after the next start.
  const searchEnded = search?.close();
  await elsewhere?.close();
  await optimizer.close();
  await searchEnded;
  // A connection that never sent a request (a browser opens such) would hold the close; requests that were read are answered by then.
  const cut = setTimeout(() => app?.server.closeAllConnections(), cutConnectionsAfterMs);
  await app?.close();
  clearTimeout(cut);
  await queue?.close();
  store?.writer.close();
  store?.close();
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

/**
 * The admin's key: the one that is set, else the one that an earlier start made, else a new one, kept in the data directory for
 * `sweepd env` with mode 600.
 * @returns the key if it was made just now
 */
async function ensureFirstKey(service: Service, settings: Settings, dataDirectory: string): Promise<string | null> {
  const first = { userName: settings.entity, role: 'admin', label: 'first key' } as const;
  if (settings.api_key !== undefined) {
    await ensureKey(service, settings.api_key, first);
    return null;
  }
  const file = join(dataDirectory, 'api-key');
  if (existsSync(file)) {
    await ensureKey(service, readFileSync(file, 'utf8').trim(), first);
    return null;
  }
  const key = newKey();
  await ensureKey(service, key, first);
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return key;
}

/** The secret behind upload URLs: in the database, so that a URL outlives a restart. */
function urlSecret(service: Service): Promise<string> {
  return service.store.writer.write(() => {
    const known = service.store.keys.setting('url_secret');
    if (known !== undefined) return known;
    const made = randomBytes(32).toString('hex');
    service.store.keys.setSetting('url_secret', made);
    return made;
  });
}

async function readiness(service: Service): Promise<Record<string, string> | null> {
  try {
    await service.store.writer.write(() => service.store.keys.setSetting('ready_probe', String(service.clock.now())));
  } catch (error) {
    return { database: (error as Error).message };
  }
  const redis = service.queue.problem();
  return redis === null ? null : { redis };
}

/** Logs each operation that this server lacks once, and counts every request for it. */
function unknownOperationLog(log: FastifyBaseLogger, count: () => void) {
  const seen = new Set<string>();
  return (name: string, messages: readonly string[]) => {
    count();
    const key = `${name}: ${messages[0] ?? ''}`;
    if (seen.has(key) || seen.size > 1_000) return;
    seen.add(key);
    log.warn(
      { operation: name, messages: messages.slice(0, 3) },
      'the client asked for what this server does not have',
    );
  };
}
