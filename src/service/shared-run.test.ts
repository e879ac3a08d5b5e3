import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  begin,
  gridOf,
  joinAgent,
  makeSweep,
  post,
  runNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { RunRow } from '../store/schema.ts';
import { ingestShared } from './shared-run.ts';

const withRun = (body: (test: TestService, run: RunRow) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, gridOf(2));
    await body(test, await begin(test, await (await joinAgent(test, sweep)).take()));
  });

const lines = (test: TestService, run: RunRow, stream: 'history' | 'log' = 'log') =>
  test.store.streams.read(run.id, stream);

describe('a run with several writers', () => {
  it('keeps the lines of each in the order of arrival, though all count from 0', () =>
    withRun(async (test, run) => {
      const say = (writer: string, offset: number, ...texts: string[]) =>
        ingestShared(test.service, run.id, writer, { log: { offset, lines: texts } });
      await say('a', 0, 'a0', 'a1');
      await say('b', 0, 'b0');
      await say('a', 2, 'a2');
      await say('a', 0, 'a0', 'a1', 'a2', 'a3');
      await say('b', 0, 'b0 anew', 'b1');
      expect(lines(test, run)).toEqual(['a0', 'a1', 'b0 anew', 'a2', 'a3', 'b1']);
      expect(runNow(test, run).logLines).toBe(6);
    }));

  it('has a summary with the keys of all', () =>
    withRun(async (test, run) => {
      await ingestShared(test.service, run.id, 'a', { summary: '{"x":1,"big":9007199254740993}' });
      await ingestShared(test.service, run.id, 'b', { summary: '{"y":1.0}' });
      await ingestShared(test.service, run.id, 'a', { summary: '{"x":2}' });
      expect(runNow(test, run).summary).toBe('{"x":2,"big":9007199254740993,"y":1.0}');
    }));

  it('drops nothing when one of them begins after the end of the others', () =>
    withRun(async (test, run) => {
      await ingestShared(test.service, run.id, 'a', { history: { offset: 0, lines: ['{"v":1}'] }, exitCode: 0 });
      await begin(test, run);
      expect(runNow(test, run).restarted).toBe(true);
      await ingestShared(test.service, run.id, 'b', { history: { offset: 0, lines: ['{"w":1}'] } });
      expect(lines(test, run, 'history')).toEqual(['{"v":1}', '{"w":1}']);
      await begin(test, run, true);
      await post(test, run, { history: { offset: 2, lines: ['{"v":2}'] } });
      expect(lines(test, run, 'history')).toHaveLength(3);
    }));

  it('has every line once, whatever is sent again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            writer: fc.constantFrom('a', 'b', 'c'),
            offset: fc.integer({ min: 0, max: 8 }),
            count: fc.integer({ min: 1, max: 5 }),
          }),
          { maxLength: 15 },
        ),
        (posts) =>
          withRun(async (test, run) => {
            const expected = new Set<string>();
            for (const { writer, offset, count } of posts) {
              const texts = Array.from({ length: count }, (_, i) => `${writer}${offset + i}`);
              for (const text of texts) expected.add(text);
              await ingestShared(test.service, run.id, writer, { log: { offset, lines: texts } });
            }
            const all = lines(test, run);
            expect(all).toHaveLength(expected.size);
            expect(new Set(all)).toEqual(expected);
          }),
      ),
      { numRuns: 25 },
    ));
});
