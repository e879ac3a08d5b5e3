/**
 * Runs as one file: gzip over a JSON object a line, so that any size passes through bounded memory. First a head, then each sweep, and each
 * run followed by its lines, its alerts and its files (bytes in base64, a quarter of a megabyte a line), last an end that says how many
 * runs there are: a file that breaks off has none.
 */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { layOver } from '../domain/lines.ts';
import type { FileRow, ProjectRow, RunRow, SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import type { Blobs } from './files.ts';

export const bundleFormat = 1;

export type BundleItem =
  | { kind: 'head'; format: number; exportedAt: number }
  | { kind: 'sweep'; entity: string; project: string; sweep: SweepRow }
  | { kind: 'run'; entity: string; project: string; run: RunRow }
  | { kind: 'lines'; stream: 'history' | 'events' | 'log'; offset: number; lines: string[] }
  | { kind: 'alert'; title: string; text: string; level: string; createdAt: number }
  | { kind: 'file'; file: FileRow }
  | { kind: 'bytes'; base64: string }
  | { kind: 'end'; runs: number };

export interface Exported {
  project: ProjectRow;
  /** With all of their sweeps. */
  runIds: readonly number[];
}

const linesAtOnce = 1_000;
const bytesAtOnce = 256 * 1024;

/** The bundle's bytes. Runs that are deleted meanwhile are left out. */
export function exportBundle(service: Service, blobs: Blobs, chosen: readonly Exported[]): Readable {
  async function* text() {
    for await (const item of items(service, blobs, chosen)) yield `${JSON.stringify(item)}\n`;
  }
  const source = Readable.from(text());
  const packed = createGzip();
  source.on('error', (error) => packed.destroy(error));
  return source.pipe(packed);
}

async function* items(service: Service, blobs: Blobs, chosen: readonly Exported[]): AsyncGenerator<BundleItem> {
  const { store } = service;
  yield { kind: 'head', format: bundleFormat, exportedAt: service.clock.now() };
  let count = 0;
  for (const { project, runIds } of chosen) {
    const place = { entity: project.entity, project: project.name };
    const sweeps = new Set<string>();
    for (const id of runIds) {
      const run = store.runs.byId(id);
      if (run === undefined) continue;
      const sweep = run.sweepId === null || sweeps.has(run.sweepId) ? undefined : store.sweeps.byId(run.sweepId);
      if (sweep !== undefined) {
        sweeps.add(sweep.id);
        yield { kind: 'sweep', ...place, sweep };
      }
      yield* runItems(service, blobs, place, run);
      count++;
    }
  }
  yield { kind: 'end', runs: count };
}

async function* runItems(
  service: Service,
  blobs: Blobs,
  place: { entity: string; project: string },
  run: RunRow,
): AsyncGenerator<BundleItem> {
  const { store } = service;
  yield { kind: 'run', ...place, run };
  for (const stream of ['history', 'events', 'log'] as const) {
    const known = run[`${stream}Lines`];
    for (let from = 0; from < known; from += linesAtOnce) {
      const written = store.streams.written(run.id, stream, from, Math.min(known, from + linesAtOnce));
      const pieces = layOver(written.map(({ line, text }) => ({ offset: line, lines: [text] })));
      for (const { offset, lines } of pieces) yield { kind: 'lines', stream, offset, lines };
    }
  }
  for (const { title, text, level, createdAt } of store.forwarding.alerts(run.id, 0)) {
    yield { kind: 'alert', title, text, level, createdAt };
  }
  for (const file of store.files.ofRun(run.id)) {
    yield { kind: 'file', file };
    let rest = Buffer.alloc(0);
    for await (const piece of blobs.read(file.blob)) {
      rest = Buffer.concat([rest, piece as Buffer]);
      if (rest.length < bytesAtOnce) continue;
      yield { kind: 'bytes', base64: rest.toString('base64') };
      rest = Buffer.alloc(0);
    }
    if (rest.length > 0) yield { kind: 'bytes', base64: rest.toString('base64') };
  }
}
