import { describe, expect, it } from 'vitest';
import {
  begin,
  complete,
  gridOf,
  joinAgent,
  leaseOf,
  leaseS,
  makeSweep,
  parametersOf,
  post,
  reapNow,
  rhythmS,
  runNow,
  runsOf,
  setState,
  suggestionOf,
  sweepNow,
  type TestAgent,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { SweepRow } from '../store/schema.ts';
import { stopRun } from './stop-run.ts';

const exit = { type: 'exit' };

const withAgent = (config: string, body: (test: TestService, sweep: SweepRow, agent: TestAgent) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, config);
    await body(test, sweep, await joinAgent(test, sweep));
  });

describe('a run command whose answer was lost', () => {
  it('is sent again at once, as often as the client retries', () =>
    withAgent(gridOf(5), async (test, sweep, agent) => {
      const run = await agent.take();
      for (const retryS of [2, 4.4, 4]) {
        test.clock.advance(retryS);
        expect(await agent.heartbeat()).toMatchObject({ type: 'run', run: { id: run.id } });
      }
      expect(runsOf(test, sweep)).toHaveLength(1);
    }));

  it('is sent once more after a longer gap; then the run failed and the next point comes', () =>
    withAgent(gridOf(5), async (test, sweep, agent) => {
      const run = await agent.take();
      expect(await agent.later()).toMatchObject({ type: 'run', run: { id: run.id } });
      const next = await agent.later();
      expect(next).toMatchObject({ type: 'run', run: { number: 2 } });
      expect(runNow(test, run).state).toBe('failed');
      expect(runsOf(test, sweep).map((one) => parametersOf(test, one).x)).toEqual([0, 1]);
    }));

  it('is tried again as another run where the config allows more attempts', () =>
    withAgent(gridOf(5, 'sweepd: {max_attempts: 2}\n'), async (test, sweep, agent) => {
      const run = await agent.take();
      await agent.later();
      expect(await agent.later()).toMatchObject({ type: 'run', run: { attempt: 2, predecessorId: run.id } });
      expect(runsOf(test, sweep).map((one) => parametersOf(test, one).x)).toEqual([0, 0]);
    }));

  it('keeps its point while the sweep is paused', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      const run = await agent.take();
      await setState(test, sweep, 'paused');
      for (let i = 0; i < 5; i++) expect(await agent.later()).toBeNull();
      expect(runNow(test, run).state).toBe('pending');
      await setState(test, sweep, 'running');
      expect(await agent.later()).toMatchObject({ type: 'run', run: { id: run.id } });
    }));

  it('is not sent to an agent whose child had started: that child is gone', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await agent.take();
      expect(await agent.later(run)).toBeNull();
      expect(await agent.later()).toMatchObject({ type: 'run', run: { number: 2 } });
      expect(runNow(test, run).state).toBe('failed');
    }));

  it('is not sent to another agent', () =>
    withAgent(gridOf(5), async (test, sweep, agent) => {
      const run = await agent.take();
      const other = await (await joinAgent(test, sweep)).take();
      expect(other.id).not.toBe(run.id);
    }));
});

describe('an agent that names a live run', () => {
  it('gets no second run', () =>
    withAgent(gridOf(5), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      for (let i = 0; i < 30; i++) expect(await agent.later(run)).toBeNull();
      expect(runsOf(test, sweep)).toHaveLength(1);
    }));

  it('keeps the run alive by that alone', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await agent.take();
      for (let i = 0; i < 3 * (leaseS / rhythmS); i++) {
        await agent.later(run);
        await reapNow(test);
      }
      expect(runNow(test, run).state).toBe('pending');
      expect(leaseOf(test, run).expiresAt).toBe(test.clock.now() + leaseS * 1000);
    }));
});

describe('a run that its agent names no longer', () => {
  it('has ten seconds to report its end', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      await agent.later(run);
      await agent.later();
      test.clock.advance(9.9);
      await reapNow(test);
      expect(runNow(test, run).state).toBe('running');
      expect((await post(test, run, { exitCode: 0 })).run.state).toBe('finished');
      test.clock.advance(60);
      await reapNow(test);
      expect(runNow(test, run).state).toBe('finished');
    }));

  it('is crashed after them, though the agent still asks', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      await agent.later();
      test.clock.advance(10);
      expect(await reapNow(test)).toBe(1);
      expect(runNow(test, run)).toMatchObject({ state: 'crashed', exitCode: null });
    }));

  it('is killed where it was told to stop', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      await stopRun(test.service, run.id, 'enough', true);
      expect(await agent.later(run)).toMatchObject({ type: 'stop' });
      await agent.later();
      test.clock.advance(10);
      await reapNow(test);
      expect(runNow(test, run)).toMatchObject({ state: 'killed', stopReason: 'enough' });
    }));

  it('goes on where the agent names it again', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      await agent.later();
      await agent.later(run);
      test.clock.advance(60);
      expect(await reapNow(test)).toBe(0);
      expect(runNow(test, run).state).toBe('running');
    }));
});

describe('a stop', () => {
  it('is told to the program first, to the agent after a grace, and again with each heartbeat', () =>
    withAgent(gridOf(5), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      await stopRun(test.service, run.id, 'rule');
      expect((await post(test, run)).stop).toBe(true);
      const answers: unknown[] = [];
      for (let i = 0; i < 7; i++) answers.push((await agent.later(run))?.type ?? null);
      expect(answers).toEqual([null, null, null, null, 'stop', 'stop', 'stop']);
      expect((await post(test, run, { exitCode: 255 })).run).toMatchObject({ state: 'killed', exitCode: 255 });
    }));

  it('that cancels reaches the agent at once', () =>
    withAgent(gridOf(5), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await setState(test, sweep, 'canceled');
      expect(await agent.later(run)).toMatchObject({ type: 'stop', run: { id: run.id } });
      expect(await agent.later()).toEqual(exit);
    }));

  it('reaches a program that began just after it was cancelled', () =>
    withAgent(gridOf(5), async (test, sweep, agent) => {
      const run = await agent.take();
      await setState(test, sweep, 'canceled');
      expect(runNow(test, run).state).toBe('killed');
      await begin(test, run);
      expect((await post(test, run, { history: { offset: 0, lines: ['{"loss":1,"_step":0}'] } })).stop).toBe(true);
      expect(await agent.later(run)).toMatchObject({ type: 'stop', run: { id: run.id } });
      await post(test, run, { exitCode: 0 });
      expect(runNow(test, run)).toMatchObject({ state: 'killed', stopReason: 'sweep canceled' });
    }));
});

describe('an agent with nothing to do', () => {
  it('waits while a live run could be lost, for two lease periods at most', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      const worker = await joinAgent(test, sweep);
      const run = await begin(test, await worker.take());
      let waited = 0;
      for (; (await agent.later()) === null; waited += rhythmS) await worker.heartbeat(run);
      expect(waited).toBe(2 * leaseS);
      expect(runNow(test, run).state).toBe('running');
    }));

  it('gets the point of the run that was lost', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      for (let i = 0; i <= leaseS / rhythmS; i++) {
        expect(await agent.heartbeat()).toBeNull();
        test.clock.advance(rhythmS);
      }
      await reapNow(test);
      expect(await agent.heartbeat()).toMatchObject({ type: 'run', run: { attempt: 2, predecessorId: run.id } });
    }));

  it('does not count the time of a pause', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      const worker = await joinAgent(test, sweep);
      const run = await begin(test, await worker.take());
      await setState(test, sweep, 'paused');
      for (let i = 0; i < 60; i++) {
        await worker.heartbeat(run);
        expect(await agent.later()).toBeNull();
      }
      await setState(test, sweep, 'running');
      expect(await agent.later()).toBeNull();
    }));

  it('is sent home when the last run has ended, and the sweep is finished', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      const worker = await joinAgent(test, sweep);
      const run = await worker.take();
      expect(await agent.later()).toBeNull();
      await complete(test, run);
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'finished', stateReason: 'all 1 points handed out' });
      expect(await agent.later()).toEqual(exit);
      expect(await worker.later()).toEqual(exit);
    }));

  it('that comes after the end is sent home at its first call', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      await complete(test, await agent.take());
      expect(await (await joinAgent(test, sweep)).heartbeat()).toEqual(exit);
      expect(runsOf(test, sweep)).toHaveLength(1);
    }));
});

describe('an agent that was thought lost', () => {
  it('gets its run back when it names it', () =>
    withAgent(gridOf(1), async (test, _, agent) => {
      const run = await begin(test, await agent.take());
      test.clock.advance(leaseS + 1);
      await reapNow(test);
      expect(runNow(test, run).state).toBe('crashed');
      expect(await agent.heartbeat(run)).toBeNull();
      expect(runNow(test, run).state).toBe('running');
      expect(suggestionOf(test, run).state).toBe('taken');
    }));

  it('is told to stop a run whose point another has by now', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      test.clock.advance(leaseS + 1);
      await reapNow(test);
      await (await joinAgent(test, sweep)).take();
      expect(await agent.heartbeat(run)).toMatchObject({ type: 'stop', run: { id: run.id } });
      expect(runNow(test, run).state).toBe('crashed');
    }));

  it('is refused as unknown once its sweep is deleted', () =>
    withAgent(gridOf(1), async (test, sweep, agent) => {
      await test.store.writer.write(() => test.store.sweeps.delete(sweep.id));
      await expect(agent.heartbeat()).rejects.toMatchObject({ kind: 'not_found' });
    }));
});
