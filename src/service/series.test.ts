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
import { extendSeries, readSeries } from './series.ts';
import { addPoint, decodeCurve, emptyCurve, encodeCurve, reduced } from './series-buckets.ts';

describe('a curve', () => {
  it('has the exact ends of its values however many there are, in a bounded number of buckets', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 3_000 }), (values) => {
        const curve = emptyCurve();
        for (const [i, value] of values.entries()) addPoint(curve, i, i * 2, value);
        const back = decodeCurve(encodeCurve(curve));
        expect(back).toEqual(curve);
        expect(back.buckets.length).toBeLessThanOrEqual(512);
        const few = reduced(back, 50);
        expect(few.length).toBeLessThanOrEqual(50);
        const low = values.reduce((a, b) => Math.min(a, b));
        const high = values.reduce((a, b) => Math.max(a, b));
        expect(Math.min(...few.map((bucket) => bucket.low))).toBe(low);
        expect(Math.max(...few.map((bucket) => bucket.high))).toBe(high);
        expect(few.at(-1)).toMatchObject({ last: values.at(-1), step: (values.length - 1) * 2 });
      }),
      { numRuns: 50 },
    );
  });
});

const withRun = (body: (test: TestService, run: RunRow) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, gridOf(2));
    await body(test, await begin(test, await (await joinAgent(test, sweep)).take()));
  });

const line = (i: number, loss: number | string = i) =>
  `{"loss":${loss},"deep":{"v":${-i}},"pic":{"_type":"image-file","width":3},"_step":${i * 2}}`;

async function logRows(test: TestService, run: RunRow, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 500) {
    const lines = Array.from({ length: Math.min(500, to - at) }, (_, i) => line(at + i));
    await post(test, run, { history: { offset: at, lines } });
  }
}

describe('the curves of a run', () => {
  it('are the same before and after it was reduced, with what came since', () =>
    withRun(async (test, run) => {
      await logRows(test, run, 0, 5_000);
      const keys = ['loss', 'deep.v', 'pic.width', 'nothing'];
      const before = readSeries(test.service, runNow(test, run), keys, 100);
      expect([...before.keys()]).toEqual(['loss', 'deep.v']);
      expect(before.get('loss')?.at(-1)).toMatchObject({ step: 9_998, last: 4_999, high: 4_999 });
      expect(before.get('deep.v')?.[0]).toMatchObject({ high: 0 });
      expect(await extendSeries(test.service, run.id)).toBe(true);
      expect(await extendSeries(test.service, run.id)).toBe(true);
      expect(await extendSeries(test.service, run.id)).toBe(false);
      expect(test.store.series.lines(run.id)).toBe(4_000);
      expect(readSeries(test.service, runNow(test, run), keys, 100)).toEqual(before);
    }));

  it('follow a line that is written anew, and leave out what is no number', () =>
    withRun(async (test, run) => {
      await logRows(test, run, 0, 2_000);
      await extendSeries(test.service, run.id);
      await post(test, run, { history: { offset: 7, lines: [line(7, 1e6), line(8, 'NaN'), line(9, '"text"')] } });
      expect(test.store.series.lines(run.id)).toBe(0);
      const [low] = readSeries(test.service, runNow(test, run), ['loss'], 1).get('loss') ?? [];
      expect(low).toMatchObject({ low: 0, high: 1e6, last: 1_999 });
      await extendSeries(test.service, run.id);
      const [again] = readSeries(test.service, runNow(test, run), ['loss'], 1).get('loss') ?? [];
      expect(again).toEqual(low);
    }));
});
