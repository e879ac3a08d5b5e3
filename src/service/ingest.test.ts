import { describe, expect, it } from 'vitest';
import {
  actor,
  begin,
  complete,
  gridOf,
  joinAgent,
  leaseS,
  lossLines,
  makeSweep,
  post,
  reapNow,
  runNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { RunRow } from '../store/schema.ts';
import { ingest } from './ingest.ts';
import { editRun, reportRun } from './report-run.ts';

const withRun = (body: (test: TestService, run: RunRow) => Promise<void>, config = gridOf(2)) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, config);
    await body(test, await begin(test, await (await joinAgent(test, sweep)).take()));
  });

const history = (test: TestService, run: RunRow) => test.store.streams.read(run.id, 'history');

describe('a report', () => {
  it('that is sent twice changes nothing the second time', () =>
    withRun(async (test, run) => {
      const report = {
        history: { offset: 0, lines: lossLines(3, 2) },
        events: { offset: 0, lines: ['{"cpu":1}'] },
        log: { offset: 0, lines: ['hello'] },
        summary: '{"loss":2}',
      };
      await post(test, run, report);
      const before = runNow(test, run);
      await post(test, run, report);
      expect(runNow(test, run)).toEqual(before);
      expect(test.store.streams.read(run.id, 'log')).toEqual(['hello']);
      expect(test.store.streams.objectivesOf(run.id)).toEqual([
        { line: 0, value: 3 },
        { line: 1, value: 2 },
      ]);
    }));

  it('that arrives late does not shorten what came after it', () =>
    withRun(async (test, run) => {
      await post(test, run, { history: { offset: 0, lines: lossLines(5, 4) } });
      await post(test, run, { history: { offset: 2, lines: lossLines(3, 2) } });
      await post(test, run, { history: { offset: 0, lines: lossLines(5, 4) } });
      expect(runNow(test, run).historyLines).toBe(4);
      expect(history(test, run)).toHaveLength(4);
    }));

  it('that writes lines anew replaces them, and their objective values', () =>
    withRun(async (test, run) => {
      await post(test, run, { history: { offset: 0, lines: lossLines(5, 4, 3) } });
      await post(test, run, { history: { offset: 1, lines: ['{"loss":9,"_step":1}', '{"other":1,"_step":2}'] } });
      expect(history(test, run)[1]).toBe('{"loss":9,"_step":1}');
      expect(test.store.streams.objectivesOf(run.id)).toEqual([
        { line: 0, value: 5 },
        { line: 1, value: 9 },
      ]);
    }));

  it('that takes back the best value leaves the next best', () =>
    withRun(async (test, run) => {
      await post(test, run, { history: { offset: 0, lines: lossLines(3, 1, 2) } });
      expect(runNow(test, run).bestValue).toBe(1);
      await post(test, run, { history: { offset: 1, lines: lossLines(5) } });
      expect(runNow(test, run).bestValue).toBe(2);
    }));

  it('keeps the text of a line as it came', () =>
    withRun(async (test, run) => {
      const lines = [
        '{"loss":NaN,"_step":0}',
        '{"big":1152921504606846977,"_step":1,"ünï":"\\u2028 Ω"}',
        '{"a":"\\n"}',
      ];
      await post(test, run, { history: { offset: 0, lines } });
      expect(history(test, run)).toEqual(lines);
      expect(runNow(test, run).lastStep).toBe(1);
    }));

  it('takes only finite numbers of the metric for its objective', () =>
    withRun(async (test, run) => {
      const values = ['NaN', 'Infinity', '"3"', 'true', 'null', '4', '4.5e0', '{"x":1}'];
      const lines = values.map((value, i) => `{"loss":${value},"_step":${i},"n":{"loss":1}}`);
      await post(test, run, { history: { offset: 0, lines } });
      expect(test.store.streams.objectivesOf(run.id)).toEqual([
        { line: 5, value: 4 },
        { line: 6, value: 4.5 },
      ]);
    }));

  it.each([
    ['minimize', 1],
    ['maximize', 7],
  ])('keeps the best value by the goal %s', (goal, best) =>
    withRun(
      async (test, run) => {
        await post(test, run, { history: { offset: 0, lines: lossLines(3, 7, 1, 2) } });
        expect(runNow(test, run).bestValue).toBe(best);
      },
      gridOf(2).replace('{name: loss}', `{name: loss, goal: ${goal}}`),
    ),
  );

  it.each([
    ['last', 2, 6],
    ['mean_last_2', 1.5, 3.5],
    ['mean_last_9', 3.25, 4.25],
    ['best', 1, 1],
  ])('judges the run by the objective %s of sweepd', (objective, first, rewritten) =>
    withRun(
      async (test, run) => {
        await post(test, run, { history: { offset: 0, lines: lossLines(3, 7) } });
        await post(test, run, { history: { offset: 2, lines: [...lossLines(1, 2), '{"loss":NaN}'] } });
        expect(runNow(test, run).bestValue).toBeCloseTo(first, 12);
        // The same rows once more count once; a row that is rewritten counts as it is now.
        await post(test, run, { history: { offset: 2, lines: lossLines(1, 2) } });
        expect(runNow(test, run).bestValue).toBeCloseTo(first, 12);
        await post(test, run, { history: { offset: 3, lines: lossLines(6) } });
        expect(runNow(test, run).bestValue).toBeCloseTo(rewritten, 12);
      },
      gridOf(2, `sweepd: {objective: ${objective}}\n`),
    ),
  );

  it('for a run that was never handed out or made is answered as unknown', () =>
    withService(async (test) => {
      expect(await ingest(test.service, 17, {})).toBeNull();
    }));

  it('after the end is kept and changes the end no more', () =>
    withRun(async (test, run) => {
      await post(test, run, { exitCode: 1 });
      const { run: after, stop } = await post(test, run, { history: { offset: 0, lines: lossLines(1) }, exitCode: 0 });
      expect([after.state, after.exitCode, after.historyLines, stop]).toEqual(['failed', 1, 1, false]);
    }));

  it('begins a run whose first call was lost', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(2));
      const run = await (await joinAgent(test, sweep)).take();
      await post(test, run);
      expect(runNow(test, run)).toMatchObject({ state: 'running', begunAt: test.clock.now() });
    }));

  it('tells those who watch, once it is stored', () =>
    withRun(async (test, run) => {
      test.changes.length = 0;
      await post(test, run, { history: { offset: 0, lines: lossLines(1) } });
      expect(test.changes).toEqual([{ kind: 'run', runId: run.id, sweepId: run.sweepId }]);
    }));
});

describe('a program that begins under the id of a run that ended', () => {
  const lines = (values: number[]) => ({ history: { offset: 0, lines: lossLines(...values) } });

  it('goes on with what is there where it resumes', () =>
    withRun(async (test, run) => {
      await post(test, run, { ...lines([3, 2]), exitCode: 1 });
      const resumed = await begin(test, run, true);
      expect(resumed).toMatchObject({ state: 'running', historyLines: 2, restarted: false, exitCode: null });
      await post(test, run, { history: { offset: 2, lines: lossLines(1) }, exitCode: 0 });
      expect(runNow(test, run)).toMatchObject({ state: 'finished', historyLines: 3 });
    }));

  it('without resume drops what is there, but only when its first line arrives', () =>
    withRun(async (test, run) => {
      await post(test, run, { ...lines([3, 2, 1]), summary: '{"loss":1}', exitCode: 1 });
      await begin(test, run);
      await post(test, run);
      expect(history(test, run)).toHaveLength(3);
      await post(test, run, { ...lines([9]), exitCode: 0 });
      expect(history(test, run)).toEqual(lossLines(9));
      expect(runNow(test, run)).toMatchObject({ historyLines: 1, bestValue: 9, summary: '{}' });
      expect(test.store.streams.objectivesOf(run.id)).toEqual([{ line: 0, value: 9 }]);
    }));

  it('has a lease again: where it goes silent it crashes', () =>
    withRun(async (test, run) => {
      await post(test, run, { exitCode: 0 });
      await begin(test, run, true);
      test.clock.advance(leaseS);
      await reapNow(test);
      expect(runNow(test, run).state).toBe('crashed');
    }));
});

describe('what is written about a run', () => {
  it('changes where something is given, and only there', () =>
    withRun(async (test, run) => {
      await editRun(test.service, run.id, { notes: 'mine', tags: ['a', 'b'], config: '{"x":{"value":5}}' });
      await editRun(test.service, run.id, { displayName: 'renamed', notes: null, config: null });
      expect(runNow(test, run)).toMatchObject({
        notes: 'mine',
        tags: '["a","b"]',
        displayName: 'renamed',
        config: '{"x":{"value":5}}',
      });
    }));

  it('makes a run outside any sweep, in a project that comes into being', () =>
    withService(async (test) => {
      const make = (sweepId: string | null) =>
        reportRun(test.service, actor, {
          project: 'fresh',
          name: 'r1',
          sweepId,
          fields: { host: 'h' },
          begins: true,
          resumes: false,
        });
      expect(await make(null)).toMatchObject({ inserted: true, run: { state: 'running', sweepId: null } });
      expect(await make(null)).toMatchObject({ inserted: false });
      expect(test.store.projects.find('team', 'fresh')).toBeDefined();
    }));

  it('puts no run into a sweep of another project', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const { run } = await reportRun(test.service, actor, {
        project: 'elsewhere',
        name: 'r1',
        sweepId: sweep.id,
        fields: { host: 'h' },
        begins: true,
        resumes: false,
      });
      expect(run.sweepId).toBeNull();
    }));
});

describe('a run that its program ends twice', () => {
  it('stays as it ended first', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await complete(test, await (await joinAgent(test, sweep)).take());
      test.clock.advance(5);
      await post(test, run, { exitCode: 0 });
      expect(runNow(test, run)).toMatchObject({ state: 'finished', endedAt: run.endedAt });
    }));
});
