/**
 * Changes as Server-Sent Events. Several changes of one run within a moment are one event with its newest state: a reader that
 * is slow, or a run that logs a thousand rows a second, costs neither memory nor time.
 */
import { Readable } from 'node:stream';
import type { Change } from '../../service/context.ts';
import { isoOrNull } from './fields.ts';
import type { RestRoom } from './scope.ts';

const gatherMs = 100;
const aliveEveryMs = 15_000;
/** Above this the reader has not taken what it has: it gets no more until then, and nothing is lost. */
const unreadBytes = 256 * 1024;

/** @param sweepId only what concerns this sweep; @param signal ends the stream */
export function eventFeed(room: RestRoom, sweepId: string | undefined, signal: AbortSignal): Readable {
  const stream = new Readable({ read() {} });
  const sweeps = new Set<string>();
  const runs = new Map<number, string | null>();
  let timer: NodeJS.Timeout | undefined;

  function note(change: Change): void {
    if (sweepId !== undefined && change.sweepId !== sweepId) return;
    if (change.kind === 'run') runs.set(change.runId, change.sweepId);
    else if (change.kind !== 'search') sweeps.add(change.sweepId);
    else return;
    timer ??= setTimeout(send, gatherMs);
  }

  function send(): void {
    timer = undefined;
    if (stream.readableLength > unreadBytes) {
      timer = setTimeout(send, gatherMs);
      return;
    }
    for (const id of sweeps) stream.push(sweepEvent(room, id));
    for (const [id, sweep] of runs) stream.push(runEvent(room, id, sweep));
    sweeps.clear();
    runs.clear();
  }

  const unsubscribe = room.subscribe(note);
  const alive = setInterval(() => stream.push(': alive\n\n'), aliveEveryMs);
  const end = () => {
    unsubscribe();
    clearInterval(alive);
    clearTimeout(timer);
    stream.push(null);
  };
  signal.addEventListener('abort', end, { once: true });
  stream.push(`retry: 2000\n\n${event('ready', {})}`);
  return stream;
}

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

function sweepEvent(room: RestRoom, id: string): string {
  const sweep = room.views.sweep(id);
  if (sweep === undefined) return event('sweep_deleted', { id });
  const project = room.views.projectById(sweep.projectId);
  return event('sweep', {
    id,
    entity: project?.entity,
    project: project?.name,
    state: sweep.state,
    state_reason: sweep.stateReason,
    run_count: sweep.runsMade,
  });
}

function runEvent(room: RestRoom, rowId: number, sweepId: string | null): string {
  const run = room.views.runById(rowId);
  if (run === undefined) return event('run_deleted', { sweep_id: sweepId });
  const project = room.views.projectById(run.projectId);
  return event('run', {
    id: run.name,
    entity: project?.entity,
    project: project?.name,
    sweep_id: run.sweepId,
    number: run.number,
    state: run.state,
    rows: run.historyLines,
    best_value: run.bestValue,
    heartbeat_at: isoOrNull(run.heartbeatAt),
  });
}
