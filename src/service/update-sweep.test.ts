import { describe, expect, it } from 'vitest';
import {
  actor,
  begin,
  complete,
  gridOf,
  joinAgent,
  lossLines,
  makeSweep,
  parametersOf,
  post,
  runNow,
  runsOf,
  setState,
  sweepNow,
  type TestAgent,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import { sweepStates, sweepTransitions } from '../domain/sweep.ts';
import type { SweepRow } from '../store/schema.ts';
import { createSweep } from './create-sweep.ts';
import { deleteRun } from './stop-run.ts';
import { updateSweep } from './update-sweep.ts';

const exit = { type: 'exit' };

const withSweep = (config: string, body: (test: TestService, sweep: SweepRow, agent: TestAgent) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, config);
    await body(test, sweep, await joinAgent(test, sweep));
  });

const reconfigure = (test: TestService, sweep: SweepRow, config: string) =>
  updateSweep(test.service, { id: sweep.id, config, allowViolations: false });

describe('a paused sweep', () => {
  it('hands out nothing, lets its runs go on, and keeps its agents waiting', () =>
    withSweep(gridOf(5), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await setState(test, sweep, 'PAUSED');
      expect(await agent.later(run)).toBeNull();
      expect((await post(test, run, { exitCode: 0 })).stop).toBe(false);
      expect(runNow(test, run).state).toBe('finished');
      for (let i = 0; i < 100; i++) expect(await agent.later()).toBeNull();
      await setState(test, sweep, 'RUNNING');
      expect(parametersOf(test, await agent.take()).x).toBe(1);
    }));
});

describe('a stopped sweep', () => {
  it('sends idle agents home, lets its runs finish, and goes on where it was when it is resumed', () =>
    withSweep(gridOf(5), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await setState(test, sweep, 'FINISHED');
      expect(await (await joinAgent(test, sweep)).heartbeat()).toEqual(exit);
      expect(await agent.later(run)).toBeNull();
      await post(test, run, { exitCode: 0 });
      expect(runNow(test, run).state).toBe('finished');
      expect(await agent.later()).toEqual(exit);
      await setState(test, sweep, 'RUNNING');
      for (let i = 0; i < 4; i++) await complete(test, await agent.take());
      expect(runsOf(test, sweep).map((one) => parametersOf(test, one).x)).toEqual([0, 1, 2, 3, 4]);
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));
});

describe('a cancelled sweep', () => {
  it('kills what runs and what was only handed out, and sends agents home', () =>
    withSweep(gridOf(5), async (test, sweep, agent) => {
      const running = await begin(test, await agent.take());
      const pending = await (await joinAgent(test, sweep)).take();
      await setState(test, sweep, 'CANCELED');
      expect(runNow(test, pending)).toMatchObject({ state: 'killed', stopReason: 'sweep canceled' });
      expect((await post(test, running)).stop).toBe(true);
      expect((await post(test, running, { exitCode: 0 })).run.state).toBe('killed');
      expect(await agent.later()).toEqual(exit);
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'canceled', endedAt: test.clock.now() - 5000 });
    }));

  it('can be resumed; what was killed had its turn', () =>
    withSweep(gridOf(3), async (test, sweep, agent) => {
      await agent.take();
      await setState(test, sweep, 'CANCELED');
      await setState(test, sweep, 'RUNNING');
      for (let i = 0; i < 2; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual(exit);
      expect(runsOf(test, sweep).map((run) => [parametersOf(test, run).x, run.state])).toEqual([
        [0, 'killed'],
        [1, 'finished'],
        [2, 'finished'],
      ]);
    }));
});

describe('the state of a sweep', () => {
  const to = (state: string) =>
    state === 'running' || state === 'paused' || state === 'finished' || state === 'canceled';
  const asked = sweepTransitions.filter((edge) => edge.by === 'user');

  it.each(sweepStates.flatMap((from) => sweepStates.filter(to).map((target) => [from, target] as const)))(
    'moves from %s to %s as the table says',
    (from, target) =>
      withSweep(gridOf(2), async (test, sweep) => {
        await test.store.writer.write(() => test.store.sweeps.update(sweep.id, { state: from }));
        const mayMove = from === target || asked.some((edge) => edge.from === from && edge.to === target);
        const move = setState(test, sweep, target);
        if (mayMove) expect((await move).sweep.state).toBe(target);
        else await expect(move).rejects.toMatchObject({ kind: 'conflict', code: 'wrong_transition' });
        expect(sweepNow(test, sweep).state).toBe(mayMove ? target : from);
      }),
  );

  it.each(['PENDING', 'stopped', ''.padEnd(3)])('is not set to "%s"', (word) =>
    withSweep(gridOf(2), async (test, sweep) => {
      await expect(setState(test, sweep, word)).rejects.toMatchObject({ code: 'invalid_state' });
    }),
  );
});

describe('a new config', () => {
  it('may change everything while there is no run', () =>
    withSweep(gridOf(5), async (test, sweep, agent) => {
      await reconfigure(test, sweep, 'method: grid\nparameters: {y: {values: [7, 8]}}\n');
      expect(parametersOf(test, await agent.take())).toEqual({ y: 7 });
      expect(sweepNow(test, sweep).size).toBe('2');
    }));

  it.each([
    ['method', 'method: random\nparameters: {x: {values: [0, 1, 2]}}\nmetric: {name: loss}\n'],
    ['parameters', gridOf(4)],
    ['metric name', gridOf(3).replace('loss', 'accuracy')],
    ['metric goal', gridOf(3).replace('{name: loss}', '{name: loss, goal: maximize}')],
    ['order of the points', gridOf(3, 'sweepd: {order: random}\n')],
  ])('leaves the %s once there is a run', (_, config) =>
    withSweep(gridOf(3), async (test, sweep, agent) => {
      await complete(test, await agent.take());
      await expect(reconfigure(test, sweep, config)).rejects.toMatchObject({ code: 'search_is_fixed' });
      for (let i = 0; i < 2; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual(exit);
      expect(sweepNow(test, sweep).config).toBe(gridOf(3));
    }),
  );

  it('may change name, run_cap, program and sweepd: at any time, and no point is lost or repeated', () =>
    withSweep(gridOf(5), async (test, sweep, agent) => {
      await complete(test, await agent.take());
      const config = gridOf(5, 'name: renamed\nsweepd: {max_attempts: 2, seed: 9}\n').replace('train.py', 'other.py');
      expect((await reconfigure(test, sweep, config)).sweep.displayName).toBe('renamed');
      for (let i = 0; i < 4; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual(exit);
      expect(runsOf(test, sweep).map((run) => parametersOf(test, run).x)).toEqual([0, 1, 2, 3, 4]);
    }));

  it('with another objective judges its runs anew', () =>
    withSweep(gridOf(3), async (test, sweep, agent) => {
      const run = await begin(test, await agent.take());
      await post(test, run, { history: { offset: 0, lines: lossLines(3, 1, 2) } });
      expect(runNow(test, run).bestValue).toBe(1);
      await reconfigure(test, sweep, gridOf(3, 'sweepd: {objective: last}\n'));
      expect(runNow(test, run).bestValue).toBe(2);
      await reconfigure(test, sweep, gridOf(3));
      expect(runNow(test, run).bestValue).toBe(1);
    }));

  it('begins anew where the runs of the old one were deleted', () =>
    withSweep(gridOf(3, 'run_cap: 2\n'), async (test, sweep, agent) => {
      await deleteRun(test.service, (await complete(test, await agent.take())).id);
      await reconfigure(test, sweep, 'method: grid\nrun_cap: 2\nparameters: {y: {values: [7, 8, 9]}}\n');
      for (let i = 0; i < 2; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual(exit);
      expect(runsOf(test, sweep).map((run) => parametersOf(test, run))).toEqual([{ y: 7 }, { y: 8 }]);
    }));

  it('that is refused changes nothing', () =>
    withSweep(gridOf(3), async (test, sweep) => {
      await expect(reconfigure(test, sweep, 'method: grid\nparameters: {}\n')).rejects.toMatchObject({
        code: 'invalid_config',
      });
      expect(sweepNow(test, sweep)).toEqual(sweep);
    }));
});

describe('a sweep that is refused', () => {
  it('leaves nothing behind, and names every problem', () =>
    withService(async (test) => {
      const config = 'method: grid\nmetric: {goal: minimize}\nparameters: {x: {min: 0.0, max: 1.0}}\n';
      await expect(
        createSweep(test.service, actor, { config, project: 'new', allowViolations: true }),
      ).rejects.toMatchObject({
        kind: 'invalid_input',
        code: 'invalid_config',
        message: expect.stringContaining('x'),
      });
      expect(test.store.projects.find('team', 'new')).toBeUndefined();
      expect(test.changes).toEqual([]);
    }));
});
