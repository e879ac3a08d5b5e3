import { describe, expect, it } from 'vitest';
import {
  begin,
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
import type { RunRow, SweepRow } from '../store/schema.ts';
import { applyReport } from './ingest.ts';
import { deleteRun } from './stop-run.ts';
import { updateSweep } from './update-sweep.ts';

const hyperband = (more = '') => gridOf(12, `early_terminate: {type: hyperband, min_iter: 2, eta: 2${more}}\n`);
const stopRules = (rules: string) => gridOf(12, `sweepd: {stop: [${rules}]}\n`);

interface World {
  test: TestService;
  sweep: SweepRow;
  start(): Promise<RunRow>;
  log(run: RunRow, ...losses: number[]): Promise<{ stop: boolean }>;
  /** The run's decisions in words. */
  words(run: RunRow): string[];
}

const withSweep = (config: string, body: (world: World) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, config);
    await body({
      test,
      sweep,
      start: async () => begin(test, await (await joinAgent(test, sweep)).take()),
      log: (run, ...losses) =>
        post(test, run, { history: { offset: runNow(test, run).historyLines, lines: lossLines(...losses) } }),
      words: (run) => test.store.decisions.ofRun(run.id).map(({ rule, text }) => `${rule} ${text}`),
    });
  });

describe('Hyperband', () => {
  it('says in the reply to the report that stops the run, and keeps the reason', () =>
    withSweep(hyperband(), async ({ test, start, log, words }) => {
      const [good, bad] = [await start(), await start()];
      expect((await log(good, 0.3, 0.2)).stop).toBe(false);
      expect((await log(bad, 0.9)).stop).toBe(false);
      expect((await log(bad, 0.8)).stop).toBe(false);
      const worse = await start();
      expect((await log(worse, 0.9, 0.9)).stop).toBe(true);
      const why = '3rd of 3 at step 2, needed to be among the best 2 (loss 0.9, limit 0.8)';
      expect(words(worse)).toEqual([`hyperband stopped: ${why}`]);
      expect(runNow(test, worse)).toMatchObject({ stopReason: `hyperband: ${why}`, stopAtOnce: false });
      await post(test, worse, { exitCode: 255 });
      expect(runNow(test, worse).state).toBe('killed');
    }));

  it('judges those again who stand where a value enters', () =>
    withSweep(hyperband(), async ({ test, start, log, words }) => {
      const early = await start();
      await log(early, 0.9, 0.9);
      expect(words(early)).toEqual([
        'hyperband kept: 1st of 1 at step 2, needed to be among the best 1 (loss 0.9, limit 0.9)',
      ]);
      const [one, two] = [await start(), await start()];
      await log(one, 0.1, 0.1);
      expect(runNow(test, early).stopRequestedAt).toBeNull();
      await log(two, 0.2, 0.2);
      expect(runNow(test, early).stopRequestedAt).toBe(test.clock.now());
      expect(words(early)[0]).toMatch(/^hyperband stopped: 3rd of 3 at step 2/);
      expect((await post(test, early)).stop).toBe(true);
    }));

  it('keeps the numbers of those whom a value does not stop up to date with their own next report', () =>
    withSweep(hyperband(), async ({ start, log, words }) => {
      const [first, second] = [await start(), await start()];
      await log(first, 0.1, 0.1);
      await log(second, 0.2, 0.2);
      expect(words(first)[0]).toContain('1st of 1');
      await log(first, 0.1);
      expect(words(first)).toEqual([
        'hyperband kept: 1st of 2 at step 2, needed to be among the best 2 (loss 0.1, limit 0.2)',
      ]);
    }));

  it('judges a run where it stands, not where it has passed', () =>
    withSweep(hyperband(), async ({ test, start, log, words }) => {
      for (const loss of [0.1, 0.2]) await log(await start(), loss, loss);
      const run = await start();
      await log(run, 0.9, 0.9, 0.9, 0.9);
      expect(runNow(test, run).stopRequestedAt).toBeNull();
      expect(words(run)).toEqual([
        expect.stringMatching(
          /^hyperband passed: 3rd of 3 at step 2, .*; it was further, told to stop, or over by then$/,
        ),
        expect.stringMatching(/^hyperband kept: 1st of 1 at step 4/),
      ]);
    }));

  it('stops nobody who has ended, and does not touch how that run ended', () =>
    withSweep(hyperband(), async ({ test, start, log, words }) => {
      for (const loss of [0.1, 0.2]) await log(await start(), loss, loss);
      const run = await start();
      await post(test, run, { history: { offset: 0, lines: lossLines(9, 9) }, exitCode: 0 });
      expect(runNow(test, run)).toMatchObject({ state: 'finished', stopReason: null });
      expect(words(run)[0]).toMatch(/^hyperband passed/);
    }));

  it('counts rows with a finite value, whatever else is logged in between', () =>
    withSweep(hyperband(), async ({ test, start, words }) => {
      const run = await start();
      const lines = ['{"loss":NaN}', '{"other":1}', '{"loss":1}', '{"loss":null}', '{"loss":"2"}', '{"loss":3}'];
      await post(test, run, { history: { offset: 0, lines } });
      expect(runNow(test, run).iterations).toBe(2);
      expect(words(run)).toEqual([
        expect.stringContaining('at step 2, needed to be among the best 1 (loss 3, limit 3)'),
      ]);
    }));

  it('follows the goal', () =>
    withSweep(hyperband().replace('{name: loss}', '{name: loss, goal: maximize}'), async ({ start, log, words }) => {
      for (const value of [8, 9]) await log(await start(), value, value);
      const run = await start();
      expect((await log(run, 1, 1)).stop).toBe(true);
      expect(words(run)[0]).toContain('3rd of 3 at step 2, needed to be among the best 2 (loss 1, limit 8)');
    }));

  it('with strict: false judges by the best value so far', () =>
    withSweep(hyperband(', strict: false'), async ({ start, log }) => {
      for (const loss of [0.1, 0.2]) await log(await start(), loss, loss);
      expect((await log(await start(), 0.05, 0.9)).stop).toBe(false);
      expect((await log(await start(), 0.95, 0.95)).stop).toBe(true);
    }));

  it('that is edited into a sweep judges what is there already', () =>
    withSweep(gridOf(12), async ({ test, sweep, start, log }) => {
      const runs = [await start(), await start(), await start()];
      for (const [i, run] of runs.entries()) await log(run, i, i);
      await updateSweep(test.service, { id: sweep.id, config: hyperband(), allowViolations: false });
      await log(await start(), 5);
      expect(runs.map((run) => runNow(test, run).stopRequestedAt !== null)).toEqual([false, false, true]);
      // And it goes on from there.
      expect((await log(await start(), 8, 8)).stop).toBe(true);
    }));

  it('judges a run that was lost and is back like any other that stands there', () =>
    withSweep(`${hyperband()}sweepd: {max_attempts: 1}\n`, async ({ test, start, log }) => {
      const lost = await start();
      await log(lost, 0.5, 0.5);
      test.clock.advance(leaseS);
      await reapNow(test);
      const [one, two, three] = [await start(), await start(), await start()];
      // Lost runs are stopped by nothing, and this one is met while it is lost.
      await log(one, 0.4, 0.4);
      await log(two, 0.4, 0.4);
      expect(runNow(test, lost)).toMatchObject({ state: 'crashed', stopRequestedAt: null });
      await log(one, 0.4);
      await log(three, 0.9, 0.9);
      // With the worse one there it may go on, until another better one comes.
      expect((await post(test, lost, { history: { offset: 2, lines: ['{"other":1}'] } })).stop).toBe(false);
      await log(await start(), 0.4, 0.4);
      await log(await start(), 0.4, 0.4);
      expect(runNow(test, lost).stopRequestedAt).not.toBeNull();
    }));

  it('takes nothing from a report whose transaction fails', () =>
    withSweep(hyperband(), async ({ test, start, log, words }) => {
      const [lost, run] = [await start(), await start()];
      const failing = test.store.writer.write((unit) => {
        const report = { history: { offset: 0, lines: lossLines(0.1, 0.1) } };
        applyReport(test.service, unit, runNow(test, lost), report, test.clock.now());
        throw new Error('the disk is full');
      });
      await expect(failing).rejects.toThrow('the disk is full');
      await log(run, 0.5, 0.5);
      expect([words(run), words(lost)]).toEqual([[expect.stringContaining('1st of 1 at step 2')], []]);
    }));

  it('forgets a run that is deleted', () =>
    withSweep(hyperband(), async ({ test, start, log, words }) => {
      const gone = await start();
      await log(gone, 0.1, 0.1);
      await deleteRun(test.service, gone.id);
      const run = await start();
      await log(run, 0.5, 0.5);
      expect(words(run)[0]).toContain('1st of 1');
    }));
});

describe('the median rule', () => {
  it('stops a run that is worse than the others half-way', () =>
    withSweep(stopRules('{type: median, min_steps: 2, min_runs: 3}'), async ({ test, start, log, words }) => {
      for (const loss of [1, 2, 3]) await log(await start(), loss, loss);
      const run = await start();
      await log(run, 2.5, 2.5);
      expect(words(run)).toEqual([
        "median stopped: 3rd of 4 at step 2, needed to be no worse than the others' median 2 (loss 2.5)",
      ]);
      expect(runNow(test, run).stopReason).toMatch(/^median: 3rd of 4/);
      const fair = await start();
      expect((await log(fair, 9, 1.5)).stop).toBe(false);
    }));
});

describe('divergence', () => {
  it('stops a run on NaN, bare or as text, over the reports', () =>
    withSweep(stopRules('{type: divergence, rows: 2}'), async ({ test, start, words }) => {
      const run = await start();
      await post(test, run, { history: { offset: 0, lines: ['{"loss":NaN}'] } });
      await post(test, run, { history: { offset: 1, lines: ['{"other":1}'] } });
      expect(runNow(test, run).stopRequestedAt).toBeNull();
      const { stop } = await post(test, run, { history: { offset: 2, lines: ['{"loss":"Infinity"}'] } });
      expect([stop, words(run)]).toEqual([true, ['divergence stopped: loss was NaN or infinite in 2 rows in a row']]);
    }));

  it('stops one that passes the limit', () =>
    withSweep(stopRules('{type: divergence, above: 100}'), async ({ start, log, words }) => {
      const run = await start();
      expect((await log(run, 99)).stop).toBe(false);
      expect((await log(run, 101)).stop).toBe(true);
      expect(words(run)).toEqual(['divergence stopped: loss 101 is beyond 100']);
    }));
});
