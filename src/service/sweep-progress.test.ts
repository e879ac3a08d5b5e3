import { describe, expect, it } from 'vitest';
import {
  actor,
  begin,
  gridOf,
  joinAgent,
  lossLines,
  makeSweep,
  post,
  reapNow,
  runNow,
  setState,
  sweepNow,
  type TestAgent,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import { judgeTime } from './judge-time.ts';
import { askForRun, finishRun } from './rest-agent.ts';
import { updateSweep } from './update-sweep.ts';

const withTarget = (target: number, goal = 'minimize') =>
  gridOf(12).replace('{name: loss}', `{name: loss, goal: ${goal}, target: ${target}}`);
const stopRules = (rules: string) => gridOf(12, `sweepd: {stop: [${rules}]}\n`);

const withSweep = (config: string, body: (test: TestService, sweep: SweepRow, agent: TestAgent) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, config);
    await body(test, sweep, await joinAgent(test, sweep));
  });

const log = (test: TestService, run: RunRow, ...losses: number[]) =>
  post(test, run, { history: { offset: runNow(test, run).historyLines, lines: lossLines(...losses) } });

const run = async (test: TestService, agent: TestAgent, loss: number | null, exitCode = 0): Promise<RunRow> => {
  const row = await begin(test, await agent.take());
  if (loss !== null) await log(test, row, loss);
  return (await post(test, row, { exitCode })).run;
};

const stateOf = (test: TestService, sweep: SweepRow) => {
  const { state, stateReason } = sweepNow(test, sweep);
  return [state, stateReason];
};

describe('a target', () => {
  it('ends the search at equality; the run goes on, and nothing more is handed out', () =>
    withSweep(withTarget(0.1), async (test, sweep, agent) => {
      const [one, other] = [await begin(test, await agent.take()), await (await joinAgent(test, sweep)).take()];
      expect((await log(test, one, 0.2, 0.11)).stop).toBe(false);
      expect(stateOf(test, sweep)).toEqual(['running', null]);
      expect((await log(test, one, 0.1)).stop).toBe(false);
      expect(stateOf(test, sweep)).toEqual(['finished', `target of 0.1 reached by run ${one.name}: 0.1`]);
      expect((await log(test, await begin(test, other), 0.5)).stop).toBe(false);
      await post(test, one, { exitCode: 0 });
      expect(runNow(test, one).state).toBe('finished');
      expect(await agent.later()).toEqual({ type: 'exit' });
    }));

  it.each([
    ['maximize', 5, 5.5],
    ['minimize', 0, -1],
  ])('to %s counts NaN and infinities for nothing', (goal, target, value) =>
    withSweep(withTarget(target, goal), async (test, sweep, agent) => {
      const row = await begin(test, await agent.take());
      await post(test, row, {
        history: { offset: 0, lines: ['{"loss":Infinity}', '{"loss":-Infinity}', '{"loss":NaN}'] },
      });
      expect(stateOf(test, sweep)[0]).toBe('running');
      await log(test, row, value);
      expect(stateOf(test, sweep)[0]).toBe('finished');
    }),
  );

  it('is reached by a summary alone, in a report or with the end', () =>
    withSweep(withTarget(1), async (test, sweep, agent) => {
      await post(test, await begin(test, await agent.take()), { summary: '{"loss":0.5}' });
      expect(stateOf(test, sweep)[0]).toBe('finished');
      const other = await makeSweep(test, withTarget(1));
      const { leased } = await askForRun(test.service, actor, { sweepId: other.id, agent: 'slot', requestId: null });
      await finishRun(test.service, leased?.run.name ?? '', leased?.lease.token ?? '', 'finished', '{"loss":0.7}');
      expect(stateOf(test, other)).toEqual(['finished', `target of 1 reached by run ${leased?.run.name}: 0.7`]);
    }));

  it('ends a paused sweep too; a user who resumes it is not sent home by the same value', () =>
    withSweep(withTarget(0.1), async (test, sweep, agent) => {
      const row = await begin(test, await agent.take());
      await setState(test, sweep, 'paused');
      await log(test, row, 0.05);
      expect(stateOf(test, sweep)[0]).toBe('finished');
      await setState(test, sweep, 'running');
      await log(test, row, 0.04);
      await post(test, row, { exitCode: 0 });
      expect(stateOf(test, sweep)).toEqual(['running', null]);
      await run(test, agent, 0.03);
      expect(stateOf(test, sweep)[0]).toBe('finished');
    }));

  it('that is lowered to what is there ends the search with the next report', () =>
    withSweep(withTarget(0.1), async (test, sweep, agent) => {
      const best = await run(test, agent, 0.3);
      await updateSweep(test.service, { id: sweep.id, config: withTarget(0.4), allowViolations: false });
      await log(test, await begin(test, await agent.take()), 0.9);
      expect(stateOf(test, sweep)).toEqual(['finished', `target of 0.4 reached by run ${best.name}: 0.3`]);
    }));
});

describe('a plateau', () => {
  it('ends the search after enough runs that bring nothing', () =>
    withSweep(stopRules('{type: plateau, runs: 3, min_delta: 0.1}'), async (test, sweep, agent) => {
      for (const loss of [1, 2, 0.95, 0.5, 0.45, 0.41]) await run(test, agent, loss);
      await run(test, agent, null, 1);
      expect(stateOf(test, sweep)).toEqual(['running', null]);
      await run(test, agent, 7);
      const reason = 'plateau: 3 runs without an improvement, the best is 0.5';
      expect(stateOf(test, sweep)).toEqual(['finished', reason]);
      await setState(test, sweep, 'running');
      for (let i = 0; i < 2; i++) await run(test, agent, 9);
      expect(stateOf(test, sweep)[0]).toBe('running');
    }));
});

describe('failures in a row', () => {
  it('pause the sweep, which says why; a resume begins to count anew', () =>
    withSweep(stopRules('{type: failures, consecutive: 3}'), async (test, sweep, agent) => {
      for (const exitCode of [1, 1, 0, 1, 1]) await run(test, agent, 1, exitCode);
      expect(stateOf(test, sweep)).toEqual(['running', null]);
      const last = await run(test, agent, null, 1);
      const reason = `3 runs failed one after the other, the last one is ${last.name}`;
      expect(stateOf(test, sweep)).toEqual(['paused', reason]);
      expect(await agent.later()).toBeNull();
      await setState(test, sweep, 'running');
      await run(test, agent, 1, 1);
      expect(stateOf(test, sweep)).toEqual(['running', null]);
    }));
});

describe('rules about time', () => {
  const at = async (test: TestService, seconds: number) => {
    test.clock.advance(seconds);
    await judgeTime(test.service);
  };

  it('stop a run at its limit, and say so', () =>
    withSweep(stopRules('{type: time_limit, seconds: 60}'), async (test, _, agent) => {
      const row = await begin(test, await agent.take());
      await at(test, 59);
      expect(runNow(test, row).stopRequestedAt).toBeNull();
      await at(test, 1);
      expect(runNow(test, row).stopReason).toBe('time_limit: ran for 60 s, the limit is 60 s');
      expect(test.store.decisions.ofRun(row.id)).toMatchObject([{ rule: 'time_limit', verdict: 'stop', value: 60 }]);
      // The agent is told after a grace in which the program may end by itself.
      expect(await agent.later(row)).toBeNull();
      test.clock.advance(20);
      expect(await agent.heartbeat(row)).toMatchObject({ type: 'stop' });
    }));

  it('stop a run that logs no value, however alive it is', () =>
    withSweep(stopRules('{type: silence, seconds: 30}'), async (test, sweep, agent) => {
      const mute = await begin(test, await agent.take());
      const loud = await begin(test, await (await joinAgent(test, sweep)).take());
      await at(test, 20);
      await log(test, loud, 1);
      await post(test, mute, { history: { offset: 0, lines: ['{"loss":NaN}', '{"other":1}'] } });
      await at(test, 10);
      expect(runNow(test, mute).stopReason).toBe('silence: no value of loss for 30 s, the limit is 30 s');
      expect(runNow(test, loud).stopRequestedAt).toBeNull();
      await at(test, 20);
      expect(runNow(test, loud).stopReason).toMatch(/^silence/);
    }));

  it('count anew for a program that is begun again', () =>
    withSweep(stopRules('{type: time_limit, seconds: 60}'), async (test, _, agent) => {
      const row = await begin(test, await agent.take());
      await at(test, 60);
      await post(test, row, { exitCode: 255 });
      test.clock.advance(600);
      await begin(test, row, true);
      await at(test, 59);
      expect(runNow(test, row)).toMatchObject({ state: 'running', stopRequestedAt: null });
      await at(test, 1);
      expect(runNow(test, row).stopRequestedAt).not.toBeNull();
    }));

  it('stop the runs of a sweep that has ended, too', () =>
    withSweep(stopRules('{type: time_limit, seconds: 60}'), async (test, sweep, agent) => {
      const row = await begin(test, await agent.take());
      await setState(test, sweep, 'finished');
      await at(test, 60);
      expect(runNow(test, row).stopRequestedAt).not.toBeNull();
    }));

  it.each([
    ['run_seconds: 100', 'budget: the runs took 110 s together, the budget is 100 s'],
    ['seconds: 60', 'budget: 60 s since the sweep began are over'],
  ])('end a sweep whose budget is used up: %s', (budget, reason) =>
    withSweep(stopRules(`{type: budget, ${budget}}`), async (test, sweep, agent) => {
      const first = await begin(test, await agent.take());
      await at(test, 10);
      await post(test, first, { exitCode: 0 });
      const runs = [await begin(test, await agent.take())];
      runs.push(await begin(test, await (await joinAgent(test, sweep)).take()));
      await at(test, 44);
      expect(stateOf(test, sweep)).toEqual(['running', null]);
      for (const row of runs) await post(test, row);
      await at(test, 6);
      expect(stateOf(test, sweep)).toEqual(['finished', reason]);
      await reapNow(test);
      expect(runs.map((row) => runNow(test, row).state)).toEqual(['running', 'running']);
    }),
  );
});
