/**
 * What happens by time alone: overdue leases, stop rules that look at the clock, what a queue lost, and the checkpoint of the write-ahead
 * log (kept out of commits: it stalls them).
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Service } from '../service/context.ts';
import { createTidier } from '../service/tidy-streams.ts';
import type { Forwarder } from '../wandb/upstream/forwarder.ts';

const reapEveryMs = 1_000;
const checkpointEveryMs = 5_000;
const recoverEveryMs = 5_000;
const forwardEveryMs = 1_000;
const tidyEveryMs = 1_000;

/** @returns stops them */
export function startTimers(
  service: Service,
  log: FastifyBaseLogger,
  reapOnce: () => Promise<void>,
  forwarder: Forwarder | null,
): () => void {
  let reaping = false;
  const reaper = setInterval(async () => {
    if (reaping) return;
    reaping = true;
    try {
      await reapOnce();
    } catch (error) {
      log.error({ err: error }, 'ending overdue runs failed; it is tried again');
    } finally {
      reaping = false;
    }
  }, reapEveryMs);
  const checkpoint = setInterval(() => {
    try {
      service.store.sqlite.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      log.warn({ err: error }, 'the write-ahead log could not be checkpointed; it is tried again');
    }
  }, checkpointEveryMs);
  const recoverer = setInterval(() => {
    service.queue
      .recover()
      .catch((error) => log.error({ err: error }, 'bringing the queue in line failed; it is tried again'));
  }, recoverEveryMs);
  recoverer.unref();
  // A step that takes longer than the period is joined by the next call.
  const forward = setInterval(() => {
    forwarder?.step().catch((error) => log.error({ err: error }, 'forwarding failed; it is tried again'));
  }, forwardEveryMs);
  forward.unref();
  const tidier = createTidier(service);
  let tidying = false;
  const tidy = setInterval(async () => {
    if (tidying) return;
    tidying = true;
    try {
      await tidier.step();
    } catch (error) {
      log.warn({ err: error }, 'packing old lines failed; it is tried again');
    } finally {
      tidying = false;
    }
  }, tidyEveryMs);
  tidy.unref();
  reaper.unref();
  checkpoint.unref();
  return () => {
    clearInterval(recoverer);
    clearInterval(reaper);
    clearInterval(checkpoint);
    clearInterval(forward);
    clearInterval(tidy);
  };
}
