import { describe, expect, it } from 'vitest';
import {
  begin,
  complete,
  gridOf,
  joinAgent,
  leaseS,
  lossLines,
  makeSweep,
  parametersOf,
  post,
  reapNow,
  runNow,
  runsOf,
  setState,
  sweepNow,
  type TestAgent,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { SweepRow } from '../store/schema.ts';
import { deleteRun, setRunState, stopRun } from './stop-run.ts';

const withSweep = (config: string, body: (test: TestService, sweep: SweepRow, agent: TestAgent) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, config);
    await body(test, sweep, await joinAgent(test, sweep));
  });

describe('a run that is stopped', () => {
  it.each([0, 1, 255])('ends killed though it exits with %i, and its point is not tried again', (exitCode) =>
    withSweep(gridOf(1, 'sweepd: {max_attempts: 5}\n'), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await stopRun(test.service, run.id, 'stopped by ada');
      expect((await post(test, run, { exitCode })).run).toMatchObject({
        state: 'killed',
        exitCode,
        stopReason: 'stopped by ada',
      });
      expect(sweepNow(test, sweep).state).toBe('finished');
    }),
  );

  it('ends killed when it is silent until its lease ends', () =>
    withSweep(gridOf(1), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await stopRun(test.service, run.id, 'enough');
      test.clock.advance(leaseS);
      await reapNow(test);
      expect(runNow(test, run).state).toBe('killed');
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('before it began never begins', () =>
    withSweep(gridOf(2), async (test, _, agent) => {
      const run = await agent.take();
      await stopRun(test.service, run.id, 'enough');
      expect(runNow(test, run).state).toBe('killed');
      expect(await agent.later()).toMatchObject({ type: 'run', run: { number: 2 } });
    }));

  it('keeps its first reason, and is stopped no second time', () =>
    withSweep(gridOf(1), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      await stopRun(test.service, run.id, 'first');
      test.clock.advance(10);
      const again = await stopRun(test.service, run.id, 'second');
      expect([again.stopReason, again.stopRequestedAt]).toEqual(['first', test.clock.now() - 10_000]);
    }));

  it('after its end stays as it ended', () =>
    withSweep(gridOf(1), async (test, _, agent) => {
      const run = await complete(test, await agent.take());
      expect(await stopRun(test.service, run.id, 'late')).toMatchObject({ state: 'finished', stopReason: null });
    }));
});

describe('a run that is deleted', () => {
  it('gives its grid point free, with its rows gone', () =>
    withSweep(gridOf(2), async (test, sweep, agent) => {
      const run = await complete(test, await agent.take());
      await deleteRun(test.service, run.id);
      expect(test.store.streams.read(run.id, 'history')).toEqual([]);
      const next = [await agent.take(), await (await joinAgent(test, sweep)).take()];
      expect(next.map((one) => [parametersOf(test, one).x, one.attempt])).toEqual([
        [0, 1],
        [1, 1],
      ]);
    }));

  it('while it works gives its point free, and the agent that names it gets no second child', () =>
    withSweep(gridOf(1), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await deleteRun(test.service, run.id);
      expect(await agent.later(run)).toBeNull();
      expect(await (await joinAgent(test, sweep)).heartbeat()).toMatchObject({ type: 'run' });
    }));

  it('frees no point that another run has by now', () =>
    withSweep(gridOf(1), async (test, sweep, agent) => {
      const lost = await begin(test, await agent.take());
      test.clock.advance(leaseS);
      await reapNow(test);
      const successor = await agent.take();
      await deleteRun(test.service, lost.id);
      expect(await (await joinAgent(test, sweep)).heartbeat()).toBeNull();
      await complete(test, successor);
      expect(runsOf(test, sweep)).toHaveLength(1);
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('with every other run of its point frees it, whichever goes first', () =>
    withSweep(gridOf(1), async (test, sweep, agent) => {
      const lost = await begin(test, await agent.take());
      test.clock.advance(leaseS);
      await reapNow(test);
      const successor = await begin(test, await agent.take());
      await deleteRun(test.service, successor.id);
      expect(await agent.later()).toEqual({ type: 'exit' });
      await deleteRun(test.service, lost.id);
      await setState(test, sweep, 'running');
      expect(await agent.later()).toMatchObject({ type: 'run', run: { attempt: 1 } });
    }));

  it('of an exhausted sweep comes back when the sweep is resumed', () =>
    withSweep(gridOf(2), async (test, sweep, agent) => {
      const run = await complete(test, await agent.take());
      await complete(test, await agent.take());
      expect(sweepNow(test, sweep).state).toBe('finished');
      await deleteRun(test.service, run.id);
      await setState(test, sweep, 'running');
      expect(parametersOf(test, await agent.take()).x).toBe(0);
    }));

  it('that does not exist is refused', () =>
    withService(async (test) => {
      await expect(deleteRun(test.service, 4)).rejects.toMatchObject({ code: 'run_not_found' });
    }));
});

describe('a state that is set from outside', () => {
  it('ends a run as if it had ended by itself', () =>
    withSweep(gridOf(1), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      expect(await setRunState(test.service, run.id, 'failed')).toBe(true);
      expect(runNow(test, run)).toMatchObject({ state: 'failed', endedAt: test.clock.now() });
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('brings no run to life: only its program and an agent can', () =>
    withSweep(gridOf(1), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      test.clock.advance(leaseS);
      await reapNow(test);
      expect(await setRunState(test.service, run.id, 'running')).toBe(false);
      expect(await setRunState(test.service, run.id, 'pending')).toBe(false);
      expect(runNow(test, run).state).toBe('crashed');
    }));

  it('follows the table', () =>
    withSweep(gridOf(1), async (test, _, agent) => {
      const run = await complete(test, await agent.take());
      expect(await setRunState(test.service, run.id, 'failed')).toBe(false);
      expect(await setRunState(test.service, run.id, 'finished')).toBe(true);
    }));

  it('leaves a run alone whose point another has', () =>
    withSweep(gridOf(1), async (test, _, agent) => {
      const lost = await begin(test, await agent.take());
      await post(test, lost, { history: { offset: 0, lines: lossLines(1) } });
      test.clock.advance(leaseS);
      await reapNow(test);
      await agent.take();
      expect(await setRunState(test.service, lost.id, 'finished')).toBe(false);
      expect(runNow(test, lost).state).toBe('crashed');
    }));
});
