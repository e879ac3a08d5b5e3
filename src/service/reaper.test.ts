import { describe, expect, it } from 'vitest';
import {
  actor,
  begin,
  complete,
  gridOf,
  joinAgent,
  leaseOf,
  leaseS,
  lossLines,
  makeSweep,
  parametersOf,
  post,
  reapNow,
  restart,
  runNow,
  runsOf,
  setState,
  suggestionOf,
  sweepNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { RunRow } from '../store/schema.ts';
import { reportRun } from './report-run.ts';

async function lose(test: TestService): Promise<void> {
  test.clock.advance(leaseS);
  await reapNow(test);
}

describe('a lease', () => {
  it('ends a run that nobody reports alive: crashed, with the rows it had', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(3));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await post(test, run, { history: { offset: 0, lines: lossLines(3, 2, 1) }, summary: '{"loss":1}' });
      test.clock.advance(leaseS - 0.001);
      expect(await reapNow(test)).toBe(0);
      test.clock.advance(0.001);
      expect(await reapNow(test)).toBe(1);
      expect(runNow(test, run)).toMatchObject({
        state: 'crashed',
        historyLines: 3,
        summary: '{"loss":1}',
        bestValue: 1,
      });
      expect(test.store.streams.read(run.id, 'history')).toEqual(lossLines(3, 2, 1));
      expect(leaseOf(test, run).state).toBe('expired');
      expect(await reapNow(test)).toBe(0);
    }));

  it('has its deadline from the moment it is granted: a command that never arrived is lost too', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(3));
      const run = await (await joinAgent(test, sweep)).take();
      expect(leaseOf(test, run).expiresAt).toBe(test.clock.now() + leaseS * 1000);
      await lose(test);
      expect(runNow(test, run).state).toBe('crashed');
    }));

  it('is extended by an empty post of the stream', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(3));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      for (let i = 0; i < 20; i++) {
        test.clock.advance(30);
        await post(test, run);
        await reapNow(test);
      }
      expect(runNow(test, run).state).toBe('running');
    }));

  it('gets a whole period when the server comes back, and what was missing is asked for anew', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const agent = await joinAgent(test, sweep);
      const run = await begin(test, await agent.take());
      await agent.later();
      test.clock.advance(3600);
      expect(await restart(test)).toBe(1);
      expect(await reapNow(test)).toBe(0);
      expect(leaseOf(test, run)).toMatchObject({ expiresAt: test.clock.now() + leaseS * 1000, missingSince: null });
      await lose(test);
      expect(runNow(test, run).state).toBe('crashed');
    }));

  it('watches over runs outside any sweep as well', () =>
    withService(async (test) => {
      const { run } = await reportRun(test.service, actor, {
        project: 'vision',
        name: 'alone',
        fields: { host: 'h' },
        begins: true,
        resumes: false,
      });
      await lose(test);
      expect(runNow(test, run).state).toBe('crashed');
      await post(test, run);
      expect(runNow(test, run).state).toBe('running');
    }));
});

describe('the point of a lost run', () => {
  it('is handed out again, three times in all, each run naming the one before', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const runs: RunRow[] = [];
      for (let i = 0; i < 3; i++) {
        runs.push(await begin(test, await (await joinAgent(test, sweep)).take()));
        await lose(test);
      }
      expect(runs.map((run) => [run.attempt, run.predecessorId, run.number])).toEqual([
        [1, null, 1],
        [2, runs[0]?.id, 2],
        [3, runs[1]?.id, 3],
      ]);
      expect(runs.map((run) => parametersOf(test, run).x)).toEqual([0, 0, 0]);
      expect(runs.map((run) => runNow(test, run).state)).toEqual(['crashed', 'crashed', 'crashed']);
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'finished', taken: 1, runsMade: 3 });
      expect(await (await joinAgent(test, sweep)).heartbeat()).toEqual({ type: 'exit' });
    }));

  it('comes before the fresh ones', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(5));
      const [lost, working] = [await joinAgent(test, sweep), await joinAgent(test, sweep)];
      await lost.take();
      const run = await begin(test, await working.take());
      test.clock.advance(leaseS - 5);
      await working.heartbeat(run);
      test.clock.advance(5);
      await reapNow(test);
      await complete(test, run);
      expect(parametersOf(test, await working.take()).x).toBe(0);
    }));

  it('follows max_attempts of the config for crashes and for errors of the program', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1, 'sweepd: {max_attempts: 2}\n'));
      const agent = await joinAgent(test, sweep);
      await complete(test, await agent.take(), 3);
      await begin(test, await agent.take());
      await lose(test);
      expect(runsOf(test, sweep).map((run) => [run.attempt, run.state])).toEqual([
        [1, 'failed'],
        [2, 'crashed'],
      ]);
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('is not tried again after an error of the program itself', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(2));
      const agent = await joinAgent(test, sweep);
      await complete(test, await agent.take(), 1);
      expect(parametersOf(test, await agent.take()).x).toBe(1);
    }));
});

describe('a lost run that reports again', () => {
  it('goes on where its point was not handed out: nobody else gets it', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await lose(test);
      const answer = await post(test, run, { history: { offset: 0, lines: lossLines(1) } });
      expect([answer.run.state, answer.stop]).toEqual(['running', false]);
      expect(leaseOf(test, run)).toMatchObject({ state: 'live', expiresAt: test.clock.now() + leaseS * 1000 });
      expect(await (await joinAgent(test, sweep)).heartbeat()).toBeNull();
      await post(test, run, { exitCode: 0 });
      expect(runsOf(test, sweep).map((one) => one.state)).toEqual(['finished']);
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('with its last report is finished, and its point not tried again', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await lose(test);
      await post(test, run, { exitCode: 0 });
      expect(runNow(test, run)).toMatchObject({ state: 'finished', exitCode: 0 });
      expect(suggestionOf(test, run).state).toBe('taken');
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('is told to stop where its point was handed out; its rows are kept on it, its state stays', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await lose(test);
      const successor = await (await joinAgent(test, sweep)).take();
      expect(successor).toMatchObject({ attempt: 2, predecessorId: run.id });
      const answer = await post(test, run, { history: { offset: 0, lines: lossLines(5, 4) }, exitCode: 0 });
      expect(answer.stop).toBe(true);
      expect(runNow(test, run)).toMatchObject({ state: 'crashed', historyLines: 2 });
      expect(test.store.streams.read(run.id, 'history')).toEqual(lossLines(5, 4));
      await begin(test, run);
      expect(runNow(test, run).state).toBe('crashed');
      await complete(test, successor);
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'finished', taken: 1 });
    }));

  it('keeps its point when the sweep was stopped and resumed meanwhile', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await lose(test);
      await setState(test, sweep, 'finished');
      await post(test, run, { exitCode: 0 });
      await setState(test, sweep, 'running');
      expect(await (await joinAgent(test, sweep)).heartbeat()).toEqual({ type: 'exit' });
      expect(runsOf(test, sweep).map((one) => one.state)).toEqual(['finished']);
    }));

  it('is told to stop where its sweep was cancelled meanwhile', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const agent = await joinAgent(test, sweep);
      const run = await begin(test, await agent.take());
      await lose(test);
      await setState(test, sweep, 'canceled');
      expect((await post(test, run)).stop).toBe(true);
      expect(await agent.later(run)).toMatchObject({ type: 'stop' });
      await post(test, run, { exitCode: 1 });
      expect(runNow(test, run)).toMatchObject({ state: 'killed', stopReason: 'sweep canceled' });
    }));
});

describe('a preempted run', () => {
  it('goes back under its own id, and its point counts as tried once', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const agent = await joinAgent(test, sweep);
      const run = await begin(test, await agent.take());
      await post(test, run, { preempting: true, history: { offset: 0, lines: lossLines(2) } });
      expect((await post(test, run, { exitCode: 3 })).run.state).toBe('preempted');
      const command = await (await joinAgent(test, sweep)).heartbeat();
      expect(command).toMatchObject({ type: 'resume', run: { id: run.id, state: 'pending' } });
      await begin(test, run, true);
      expect((await post(test, run, { history: { offset: 1, lines: lossLines(1) }, exitCode: 0 })).run).toMatchObject({
        state: 'finished',
        historyLines: 2,
        attempt: 1,
      });
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'finished', taken: 1, runsMade: 1 });
    }));

  it('that is lost before its last report is preempted when its lease ends', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await post(test, run, { preempting: true });
      await lose(test);
      expect(runNow(test, run).state).toBe('preempted');
      expect(await (await joinAgent(test, sweep)).heartbeat()).toMatchObject({ type: 'resume', run: { id: run.id } });
    }));

  it('does not use up the attempts of its point', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      let run = await begin(test, await (await joinAgent(test, sweep)).take());
      for (let i = 0; i < 4; i++) {
        await post(test, run, { preempting: true, exitCode: 1 });
        run = await begin(test, await (await joinAgent(test, sweep)).take(), true);
      }
      const attempts = [run.attempt];
      for (let i = 0; i < 2; i++) {
        await lose(test);
        run = await begin(test, await (await joinAgent(test, sweep)).take());
        attempts.push(run.attempt);
      }
      await lose(test);
      expect(attempts).toEqual([1, 2, 3]);
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('that ends with exit code 0 is finished after all', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      const run = await begin(test, await (await joinAgent(test, sweep)).take());
      await post(test, run, { preempting: true });
      expect((await post(test, run, { exitCode: 0 })).run.state).toBe('finished');
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));
});
