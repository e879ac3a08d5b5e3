import { describe, expect, it } from 'vitest';
import {
  begin,
  gridOf,
  joinAgent,
  makeSweep,
  post,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { RunRow } from '../store/schema.ts';
import { createTidier } from './tidy-streams.ts';

const withRun = (body: (test: TestService, run: RunRow) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, gridOf(2));
    await body(test, await begin(test, await (await joinAgent(test, sweep)).take()));
  });

const rows = (from: number, count: number, tag = 'a') =>
  Array.from({ length: count }, (_, i) => `{"loss":${from + i},"tag":"${tag.repeat(20)}","_step":${from + i}}`);

const stored = (test: TestService) =>
  test.store.sqlite
    .prepare<[], { id: number; encoding: string; count: number }>('select * from chunks order by id')
    .all();

/** Everything that is there by now becomes cold, and is packed. */
async function tidy(test: TestService): Promise<void> {
  const tidier = createTidier(test.service);
  await tidier.step();
  test.clock.advance(60);
  while ((await tidier.step()) > 0);
}

describe('packing', () => {
  it('keeps every line, and what is written anew afterwards wins', () =>
    withRun(async (test, run) => {
      for (let at = 0; at < 300; at += 10) await post(test, run, { history: { offset: at, lines: rows(at, 10) } });
      await post(test, run, { history: { offset: 5, lines: rows(5, 10, 'b') } });
      await post(test, run, { history: { offset: 400, lines: rows(400, 10) } });
      await post(test, run, { log: { offset: 0, lines: ['a line\nof two', '', 'x'.repeat(600)] } });
      const before = test.store.streams.read(run.id, 'history');
      const log = test.store.streams.read(run.id, 'log');
      const newest = stored(test).at(-1)?.id;
      await tidy(test);
      expect(stored(test).map(({ encoding }) => encoding)).toEqual(['packed', 'packed', 'packed']);
      expect(stored(test).at(-1)?.id).toBe(newest);
      expect(test.store.streams.read(run.id, 'history')).toEqual(before);
      expect(test.store.streams.read(run.id, 'history', 298, 402)).toEqual(before.slice(298, 402));
      expect(test.store.streams.read(run.id, 'log')).toEqual(log);
      await post(test, run, { history: { offset: 7, lines: rows(7, 1, 'c') } });
      expect(test.store.streams.read(run.id, 'history', 7, 9)).toEqual([...rows(7, 1, 'c'), ...rows(8, 1, 'b')]);
    }));

  it('leaves alone what came within the last minute', () =>
    withRun(async (test, run) => {
      const tidier = createTidier(test.service);
      await post(test, run, { history: { offset: 0, lines: rows(0, 50) } });
      await tidier.step();
      test.clock.advance(59);
      await post(test, run, { history: { offset: 50, lines: rows(50, 50) } });
      await tidier.step();
      expect(stored(test).map(({ encoding }) => encoding)).toEqual(['lines', 'lines']);
      test.clock.advance(1);
      await tidier.step();
      expect(stored(test).map(({ encoding }) => encoding)).toEqual(['packed', 'lines']);
    }));

  it('goes on after a restart where it was, and cuts a long run into windows', () =>
    withRun(async (test, run) => {
      for (let at = 0; at < 5_000; at += 100) await post(test, run, { history: { offset: at, lines: rows(at, 100) } });
      await tidy(test);
      const first = stored(test);
      expect(first.map(({ count }) => count)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
      await tidy(test);
      expect(stored(test)).toEqual(first);
      expect(test.store.streams.read(run.id, 'history')).toEqual(rows(0, 5_000));
    }));

  it('does not bring back what was cleared', () =>
    withRun(async (test, run) => {
      await post(test, run, { history: { offset: 0, lines: rows(0, 50) }, exitCode: 0 });
      const tidier = createTidier(test.service);
      await tidier.step();
      test.clock.advance(60);
      const step = tidier.step();
      test.store.streams.clear(run.id);
      await step;
      expect(stored(test)).toEqual([]);
    }));
});
