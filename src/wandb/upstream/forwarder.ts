/**
 * Which run or sweep is forwarded when: those that changed, a few at a time, each at most once a rhythm, and none while the upstream is
 * to be left alone. All that it knows beyond the database may be lost at any time: it looks for what waits at start and on a timer.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Change } from '../../service/context.ts';
import {
  forwardingNudge,
  forwardingPause,
  noteForwardingPolicy,
  noteRun,
  noteSweep,
  pauseForwarding,
  resumeForwarding,
} from '../../service/forwarding.ts';
import { createBackOff } from './back-off.ts';
import { UpstreamError } from './client.ts';
import { fingerprint, type Upstream } from './context.ts';
import { viewerQuery } from './documents.ts';
import { forwardRun } from './forward-run.ts';
import { keepAlive } from './forward-state.ts';
import { forwardSweep, forwardSweepState } from './forward-sweep.ts';

export interface ForwarderOptions extends Omit<Upstream, 'entity' | 'sweepsUnderWay'> {
  log: FastifyBaseLogger;
  /** For messages: the key is never shown. */
  url: string;
  /** Told apart from another by a fingerprint, so that a new key ends the pause of a wrong one. */
  apiKey: string;
  /** From [0, 1). */
  random?: () => number;
  /** A run that goes on logging is forwarded once in so long, milliseconds. */
  rhythmMs?: number;
}

export interface ForwarderHealth {
  url: string;
  /** Why nothing is sent at present, and until when (wall milliseconds); null while all is well. */
  waiting: { reason: string; until: number } | null;
  /** When upstream last took something. */
  lastSuccessAt: number | null;
}

export interface Forwarder {
  /** Something changed; costs nothing but a note. */
  noteChange(change: Change): void;
  /** Sends what is due by the clock, until nothing more is. Calls while it is at it are one. */
  step(): Promise<void>;
  health(): ForwarderHealth;
  /** Lets go of what is under way. */
  close(): void;
}

const standardRhythmMs = 5_000;
const atOnce = 6;
const lookEveryMs = 60_000;
/** W&B takes a run that is silent for some minutes for crashed; a sweepd upstream after its lease, 90 s. */
const aliveEveryMs = 30_000;
const mostLookedAt = 5_000;

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { service, views, client, log, url } = options;
  const rhythmMs = options.rhythmMs ?? standardRhythmMs;
  const keyMark = fingerprint(options.apiKey);
  const backOff = createBackOff(options.random ?? Math.random);
  const now = () => service.clock.now();
  /** Runs that changed, and from when on they may be looked at. */
  const due = new Map<number, number>();
  /** When something of the run was last sent, while it is alive. */
  const lastSent = new Map<number, number>();
  const sweepsDue = new Set<string>();
  /** Under way: what one run sends must arrive in order. */
  const underWay = new Set<number>();
  let upstream: Upstream | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let aliveAt = Number.NEGATIVE_INFINITY;
  let nudge = '';
  let lastSuccessAt: number | null = null;
  let isClosed = false;
  let stepping: Promise<void> | null = null;

  const mayGoOn = () => !isClosed && backOff.until <= now() && forwardingPause(service) === null;

  /** @returns whether it succeeded */
  async function attempt(item: string, work: () => Promise<void>, refuse: (reason: string) => Promise<void>) {
    try {
      await work();
      backOff.succeeded(item);
      lastSuccessAt = now();
      return true;
    } catch (error) {
      if (isClosed) return false;
      if (!(error instanceof UpstreamError)) {
        // A file that was replaced while it was read, or a bug: either way it is this item's affair.
        backOff.failed(item, new UpstreamError('unreachable', 'an error of this server', 500), now());
        log.error({ err: error, item }, 'forwarding failed; it is tried again');
      } else if (error.failure === 'wrong_key') {
        await pauseForwarding(service, `${url} does not accept the key (${error.message})`, keyMark);
        log.error({ upstream: url }, `forwarding is paused: the upstream does not accept the key: ${error.message}`);
      } else if (error.failure === 'refused') {
        await refuse(error.message);
        log.warn({ item, reason: error.message }, 'the upstream refused; "sweepd forward retry" tries it again');
      } else {
        const wasWell = backOff.until === 0;
        backOff.failed(item, error, now());
        if (wasWell && backOff.until > 0)
          log.warn({ reason: error.message }, 'the upstream cannot be reached; tried again');
      }
      return false;
    }
  }

  /** Who the key belongs to: everything else needs the entity. */
  async function connect(): Promise<void> {
    await noteForwardingPolicy(service, options.policy.fingerprint);
    const pause = forwardingPause(service);
    if (pause?.key != null && pause.key !== keyMark) await resumeForwarding(service);
    if (!mayGoOn()) return;
    await attempt(
      'upstream',
      async () => {
        const { viewer } = await client.graphql<{ viewer: { entity: string | null; username: string | null } | null }>(
          viewerQuery,
          {},
        );
        if (viewer === null) throw new UpstreamError('wrong_key', 'it belongs to nobody', 401);
        upstream = { ...options, entity: viewer.entity ?? viewer.username ?? 'default', sweepsUnderWay: new Map() };
      },
      // Whoever refuses this would refuse everything.
      (reason) => pauseForwarding(service, `${url} refuses: ${reason}`, keyMark),
    );
  }

  function look(): void {
    lookedAt = now();
    for (const id of service.store.forwarding.waiting(mostLookedAt)) if (!due.has(id)) due.set(id, 0);
    for (const id of service.store.forwarding.sweepsWaiting()) sweepsDue.add(id);
  }

  async function sendRun(to: Upstream, runId: number): Promise<void> {
    const run = views.runById(runId);
    const begun = now();
    const isSent = await attempt(
      `run ${runId}`,
      () => forwardRun(to, runId),
      (reason) => noteRun(service, runId, { refused: reason, refusedAt: now() }),
    );
    if (!isSent) {
      if (service.store.forwarding.run(runId)?.refused == null) due.set(runId, backOff.dueAt(`run ${runId}`));
      return;
    }
    lastSent.set(runId, begun);
    // Until its last change is a while ago there may be another of the same time.
    if (run !== undefined && service.store.forwarding.run(runId)?.seenAt !== run.updatedAt && isWanted(to, run)) {
      due.set(runId, Math.max(begun + rhythmMs, due.get(runId) ?? 0));
    }
  }

  function isWanted(to: Upstream, run: { projectId: number; begunAt: number | null; endedAt: number | null }): boolean {
    const project = views.projectById(run.projectId);
    if (run.begunAt === null && run.endedAt === null) return false;
    return project !== undefined && to.policy.destinationOf(project) !== null;
  }

  async function sendSweep(to: Upstream, sweepId: string, isLast: boolean): Promise<void> {
    const sweep = views.sweep(sweepId);
    const project = sweep === undefined ? undefined : views.projectById(sweep.projectId);
    const wanted = project === undefined ? null : to.policy.destinationOf(project);
    // A sweep that stays here is looked at again when it changes.
    if (sweep !== undefined && wanted === null) await noteSweep(service, sweepId, { seenAt: sweep.updatedAt });
    if (sweep === undefined || wanted === null || service.store.forwarding.sweep(sweepId)?.refused != null) {
      sweepsDue.delete(sweepId);
      return;
    }
    if (backOff.dueAt(`sweep ${sweepId}`) > now()) return;
    await attempt(
      `sweep ${sweepId}`,
      async () => {
        await forwardSweep(to, sweep, wanted);
        // The state comes last: a cancelled sweep would stop its runs there.
        if (!isLast || service.store.forwarding.sweepHasWaiting(sweepId)) return;
        await forwardSweepState(to, sweep);
        sweepsDue.delete(sweepId);
      },
      async (reason) => {
        sweepsDue.delete(sweepId);
        await noteSweep(service, sweepId, { refused: reason });
      },
    );
  }

  const nextDue = (): number | undefined => {
    const time = now();
    for (const [id, at] of due) if (at <= time && !underWay.has(id)) return id;
    return undefined;
  };

  async function sendRuns(to: Upstream): Promise<void> {
    const worker = async () => {
      for (let id = nextDue(); id !== undefined && mayGoOn(); id = nextDue()) {
        due.delete(id);
        underWay.add(id);
        await sendRun(to, id).finally(() => underWay.delete(id));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** Runs that are alive here and had nothing to say for a while. */
  async function keepRunsAlive(to: Upstream): Promise<void> {
    if (now() - aliveAt < aliveEveryMs) return;
    aliveAt = now();
    for (const { runId, destination } of service.store.forwarding.alive()) {
      if (!mayGoOn()) return;
      if (now() - (lastSent.get(runId) ?? 0) < aliveEveryMs || due.has(runId)) continue;
      const isSent = await attempt(
        `run ${runId}`,
        () => keepAlive(to, runId, destination),
        (reason) => noteRun(service, runId, { refused: reason, refusedAt: now() }),
      );
      if (isSent) lastSent.set(runId, now());
    }
  }

  async function stepOnce(): Promise<void> {
    const nudged = forwardingNudge(service);
    if (nudged !== nudge) {
      nudge = nudged;
      backOff.clear();
      lookedAt = Number.NEGATIVE_INFINITY;
    }
    if (isClosed || backOff.until > now()) return;
    if (upstream === null) await connect();
    if (upstream === null || !mayGoOn()) return;
    if (now() - lookedAt >= lookEveryMs) look();
    for (const id of [...sweepsDue]) if (mayGoOn()) await sendSweep(upstream, id, false);
    await sendRuns(upstream);
    for (const id of [...sweepsDue]) if (mayGoOn()) await sendSweep(upstream, id, true);
    await keepRunsAlive(upstream);
    for (const id of lastSent.keys()) if (now() - (lastSent.get(id) ?? 0) > 10 * aliveEveryMs) lastSent.delete(id);
  }

  return {
    noteChange(change) {
      if (change.kind === 'run') {
        const { runId } = change;
        if (!due.has(runId)) due.set(runId, (lastSent.get(runId) ?? Number.NEGATIVE_INFINITY) + rhythmMs);
        if (change.sweepId !== null) sweepsDue.add(change.sweepId);
      } else if (change.kind === 'sweep') sweepsDue.add(change.sweepId);
    },
    step() {
      stepping ??= stepOnce().finally(() => {
        stepping = null;
      });
      return stepping;
    },
    health: () => ({
      url,
      waiting: backOff.until > now() ? { reason: backOff.reason ?? 'unknown', until: backOff.until } : null,
      lastSuccessAt,
    }),
    close() {
      isClosed = true;
      client.close();
    },
  };
}
