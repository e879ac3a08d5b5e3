/**
 * Runs from a bundle (export-bundle.ts) of another server. A run whose name the project has already is left as it is, so that a bundle may be
 * read again; one that was only half read when the server died is read anew. Nobody works on what was imported: a sweep that was running
 * is paused, a run that was running has crashed.
 */
import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalidInput } from '../domain/errors.ts';
import { isLive } from '../domain/run.ts';
import type { RunRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { type BundleItem, bundleFormat } from './export-bundle.ts';
import { type Blobs, storeFile } from './files.ts';
import { storeMetric } from './metric-rows.ts';

export interface Imported {
  runs: number;
  /** Runs that were there before. */
  skipped: number;
  sweeps: number;
}

/** Names the run that is being read, so that what a crash left of it can be removed. */
const unfinishedSetting = 'importing_run';

/** @throws SweepdError `invalid_bundle`: what was whole until then is kept */
export async function importBundle(service: Service, blobs: Blobs, source: Readable): Promise<Imported> {
  await dropUnfinished(service);
  const done: Imported = { runs: 0, skipped: 0, sweeps: 0 };
  let open: RunRow | null = null;
  let file: { stream: PassThrough; stored: Promise<void> } | null = null;
  let isWhole = false;
  const endFile = async () => {
    file?.stream.end();
    await file?.stored;
    file = null;
  };
  const endRun = async () => {
    await endFile();
    if (open !== null) await finish(service, open);
    open = null;
  };
  try {
    for await (const item of read(source)) {
      if (item.kind === 'head' && item.format !== bundleFormat) throw broken(`format ${item.format} is not known`);
      if (item.kind === 'sweep') {
        await endRun();
        if (await addSweep(service, item)) done.sweeps++;
      } else if (item.kind === 'run') {
        await endRun();
        open = await addRun(service, item);
        if (open === null) done.skipped++;
        else done.runs++;
      } else if (item.kind === 'end') {
        await endRun();
        isWhole = item.runs === done.runs + done.skipped;
      } else if (open !== null) {
        if (item.kind === 'lines') await addLines(service, open, item);
        else if (item.kind === 'alert') await addAlert(service, open, item);
        else if (item.kind === 'file') {
          await endFile();
          const stream = new PassThrough();
          const { name, mimetype } = item.file;
          file = { stream, stored: storeFile(service, blobs, { runId: open.id, name, mimetype, body: stream }) };
          file.stored.catch(() => {});
        } else if (item.kind === 'bytes' && file !== null) {
          const { stream }: { stream: PassThrough } = file;
          if (!stream.write(Buffer.from(item.base64, 'base64'))) await new Promise((go) => stream.once('drain', go));
        }
      }
    }
  } catch (error) {
    await dropUnfinished(service);
    throw error;
  }
  if (isWhole) return done;
  await dropUnfinished(service);
  throw broken('it breaks off; the runs that were whole are there');
}

const broken = (why: string) => invalidInput('invalid_bundle', `This is no whole bundle of sweepd: ${why}.`);

async function* read(source: Readable): AsyncGenerator<BundleItem> {
  const unpacked = source.pipe(createGunzip());
  source.on('error', (error) => unpacked.destroy(error));
  // Depending on its time an error of a stream reaches who reads its lines, or does not.
  let failed: Error | null = null;
  unpacked.on('error', (error) => {
    failed = error;
  });
  try {
    for await (const line of createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield itemOf(line);
    }
  } catch (error) {
    throw isUnpackError(error) ? broken((error as Error).message) : error;
  }
  if (failed !== null) throw isUnpackError(failed) ? broken((failed as Error).message) : failed;
}

const isUnpackError = (error: unknown) => String((error as NodeJS.ErrnoException | null)?.code ?? '').startsWith('Z_');

function itemOf(line: string): BundleItem {
  try {
    return JSON.parse(line) as BundleItem;
  } catch {
    throw broken('a line of it is no JSON');
  }
}

/** @returns false where the server has a sweep of this id */
function addSweep(service: Service, { entity, project, sweep }: BundleItem & { kind: 'sweep' }): Promise<boolean> {
  const { store, clock } = service;
  return store.writer.write((unit) => {
    if (store.sweeps.byId(sweep.id) !== undefined) return false;
    const { id: projectId } = store.projects.ensure(entity, project, clock.now());
    const state = sweep.state === 'running' || sweep.state === 'pending' ? 'paused' : sweep.state;
    store.sweeps.insert({ ...sweep, projectId, state, updatedAt: clock.now() });
    unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId: sweep.id }));
    return true;
  });
}

/** @returns null where the project has a run of this name */
function addRun(service: Service, { entity, project, run }: BundleItem & { kind: 'run' }): Promise<RunRow | null> {
  const { store, clock } = service;
  return store.writer.write(() => {
    const { id: projectId } = store.projects.ensure(entity, project, clock.now());
    if (store.runs.byName(projectId, run.name) !== undefined) return null;
    const sweep = run.sweepId === null ? undefined : store.sweeps.byId(run.sweepId);
    const { id: _, ...columns } = run;
    const isOver = !isLive(run.state);
    const added = store.runs.insert({
      ...columns,
      projectId,
      sweepId: sweep?.projectId === projectId ? sweep.id : null,
      // What belongs to the other server's own business.
      suggestionId: null,
      predecessorId: null,
      agentId: null,
      restarted: false,
      state: isOver ? run.state : 'crashed',
      endedAt: run.endedAt ?? clock.now(),
      // Counted again as the lines arrive.
      historyLines: 0,
      bestValue: null,
    });
    store.keys.setSetting(unfinishedSetting, String(added.id));
    return added;
  });
}

function addLines(service: Service, run: RunRow, item: BundleItem & { kind: 'lines' }): Promise<void> {
  const { store } = service;
  return store.writer.write(() => {
    const now = store.runs.byId(run.id);
    if (now === undefined) return;
    const { stream, offset, lines } = item;
    store.streams.append(run.id, stream, offset, lines);
    const known = { [`${stream}Lines`]: Math.max(now[`${stream}Lines`], offset + lines.length) };
    const sweep = now.sweepId === null ? undefined : store.sweeps.byId(now.sweepId);
    if (stream === 'history' && sweep?.metricName != null) {
      const { bestValue } = storeMetric(service, sweep, now, { offset, lines });
      store.runs.update(run.id, { ...known, bestValue });
    } else store.runs.update(run.id, known);
  });
}

function addAlert(service: Service, run: RunRow, item: BundleItem & { kind: 'alert' }): Promise<void> {
  const { store } = service;
  const { title, text, level, createdAt } = item;
  return store.writer.write(() => store.alerts.add({ runId: run.id, title, text, level, createdAt }));
}

function finish(service: Service, run: RunRow): Promise<void> {
  const { store, clock } = service;
  return store.writer.write((unit) => {
    store.keys.setSetting(unfinishedSetting, '');
    store.runs.update(run.id, { updatedAt: clock.now() });
    unit.afterCommit(() => service.notify({ kind: 'run', runId: run.id, sweepId: run.sweepId }));
  });
}

function dropUnfinished(service: Service): Promise<void> {
  const { store } = service;
  return store.writer.write(() => {
    const id = store.keys.setting(unfinishedSetting);
    if (!id) return;
    store.runs.delete(Number(id));
    store.keys.setSetting(unfinishedSetting, '');
  });
}
