/** A run's files: recorded when their bytes are whole on the disk, replaced under the same name. */
import type { Readable } from 'node:stream';
import { notFound } from '../domain/errors.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Service } from './context.ts';

export type { Blobs } from '../store/blobs.ts';

/** 5 GiB: above what any client sends in one request. */
export const maxFileBytes = 5 * 1024 ** 3;

export async function storeFile(
  service: Service,
  blobs: Blobs,
  input: { runId: number; name: string; mimetype: string; body: Readable },
): Promise<void> {
  const { store } = service;
  const stored = await blobs.put(input.body, maxFileBytes);
  const { runId, name, mimetype } = input;
  let replaced: string | undefined;
  try {
    await store.writer.write((unit) => {
      const now = service.clock.now();
      const run = store.runs.update(runId, { updatedAt: now });
      if (run === undefined) throw notFound('run', String(runId));
      replaced = store.files.find(runId, name)?.blob;
      store.files.put({ runId, name, mimetype, ...stored, updatedAt: now });
      unit.afterCommit(() => service.notify({ kind: 'run', runId, sweepId: run.sweepId }));
    });
  } catch (error) {
    await blobs.remove(stored.blob);
    throw error;
  }
  if (replaced !== undefined) await blobs.remove(replaced);
}

export async function deleteFile(service: Service, blobs: Blobs, runId: number, name: string): Promise<void> {
  const { store } = service;
  const blob = await store.writer.write(() => {
    const row = store.files.find(runId, name);
    if (row !== undefined) store.files.delete(runId, name);
    return row?.blob;
  });
  if (blob !== undefined) await blobs.remove(blob);
}
