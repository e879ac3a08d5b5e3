/**
 * Makes room behind the writers: chunks that have been left alone for a minute are joined and deflated, in the order of their numbers
 * and at most some hundred at once. Deflating happens outside the transaction. The joined chunk has the highest number of those that
 * it stands for, so a line is still what the last arrival wrote, and whoever copies behind a cursor misses nothing.
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { layOver, type Piece } from '../domain/lines.ts';
import { unpackLines } from '../store/packed-lines.ts';
import type { Chunk } from '../store/series.ts';
import type { Service } from './context.ts';
import { extendSeries } from './series.ts';

const setting = 'packed_through';
const coldAfterMs = 60_000;
const chunksAtOnce = 400;
/** Below this deflating saves nothing worth a row's rewrite. */
const fewChars = 512;
const linesInOne = 1_000;

const deflated = promisify(deflate);

export interface Tidier {
  /** Packs what is cold by now, a batch a call. @returns how many chunks it looked at */
  step(): Promise<number>;
}

export function createTidier(service: Service): Tidier {
  const { store, clock } = service;
  /** The newest chunk at some moment: what it was a minute ago is cold now. */
  let marks: { at: number; newest: number }[] = [];
  let cold = 0;
  return {
    async step() {
      const now = clock.now();
      marks.push({ at: now, newest: store.packing.newestChunk() });
      const old = marks.filter(({ at }) => now - at >= coldAfterMs);
      cold = Math.max(cold, ...old.map(({ newest }) => newest));
      marks = marks.filter(({ at }) => now - at < coldAfterMs);
      const after = Number(store.keys.setting(setting) ?? 0);
      if (after >= cold) return 0;
      const found = store.packing.chunks(after, cold, chunksAtOnce);
      await packChunks(service, found, found.length < chunksAtOnce ? cold : (found.at(-1)?.id ?? cold));
      const runs = new Set(found.filter(({ stream }) => stream === 'history').map(({ runId }) => runId));
      for (const runId of runs) while (await extendSeries(service, runId));
      return found.length;
    },
  };
}

/** @param through the number up to which nothing is left to look at */
async function packChunks(service: Service, found: readonly Chunk[], through: number): Promise<void> {
  const { store } = service;
  const groups = new Map<string, Chunk[]>();
  for (const chunk of found) {
    const name = `${chunk.runId} ${chunk.stream}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [chunk]);
    else group.push(chunk);
  }
  const packed: { ids: number[]; by: Chunk[] }[] = [];
  for (const group of groups.values()) {
    if (group.every(({ encoding, text }) => encoding === 'packed' || text.length < fewChars) && group.length === 1)
      continue;
    packed.push({ ids: group.map(({ id }) => id), by: await joined(group) });
  }
  await store.writer.write(() => {
    for (const { ids, by } of packed) store.packing.replace(ids, by);
    store.keys.setSetting(setting, String(through));
  });
}

/** The same lines in as few chunks as there are pieces without gaps, each deflated. */
async function joined(group: readonly Chunk[]): Promise<Chunk[]> {
  const [first] = group;
  if (first === undefined) return [];
  const whole = layOver(group.map((chunk) => ({ offset: chunk.offset, lines: unpackLines(chunk) })));
  const pieces = cut(whole, group.length);
  // There are never more pieces than chunks; the last piece takes the highest number.
  const ids = group.slice(-pieces.length).map(({ id }) => id);
  return Promise.all(
    pieces.map(async ({ offset, lines }, i) => ({
      id: ids[i] ?? first.id,
      runId: first.runId,
      stream: first.stream,
      offset,
      count: lines.length,
      encoding: 'packed' as const,
      text: '',
      packed: await deflated(JSON.stringify(lines)),
    })),
  );
}

/** Whoever reads a window of a long run should not have to unpack all of it. */
function cut(pieces: readonly Piece[], most: number): Piece[] {
  const short: Piece[] = [];
  for (const [i, { offset, lines }] of pieces.entries()) {
    let at = 0;
    const others = pieces.length - 1 - i;
    for (; lines.length - at > linesInOne && short.length + 1 + others < most; at += linesInOne) {
      short.push({ offset: offset + at, lines: lines.slice(at, at + linesInOne) });
    }
    short.push({ offset: offset + at, lines: lines.slice(at) });
  }
  return short;
}
