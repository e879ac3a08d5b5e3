import { describe, expect, it } from 'vitest';
import {
  begin,
  complete,
  createTestService,
  gridOf,
  joinAgent,
  makeSweep,
  parametersOf,
  runNow,
  runsOf,
  sweepNow,
  type TestAgent,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import { reportRun } from './report-run.ts';
import { updateSweep } from './update-sweep.ts';

const points = (test: TestService, sweep: { id: string }) =>
  runsOf(test, sweep)
    .map((run) => parametersOf(test, run).x)
    .sort((a, b) => Number(a) - Number(b));

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

async function crew(test: TestService, sweep: Parameters<typeof joinAgent>[1], size: number): Promise<TestAgent[]> {
  const agents: TestAgent[] = [];
  for (let i = 0; i < size; i++) agents.push(await joinAgent(test, sweep));
  return agents;
}

describe('a grid', () => {
  it('gives eight agents that ask at once every point once', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(50));
      const agents = await crew(test, sweep, 8);
      for (let round = 0; round < 7; round++) {
        const commands = await Promise.all(agents.map((agent) => agent.later()));
        for (const command of commands) if (command?.type === 'run') await complete(test, command.run);
      }
      expect(points(test, sweep)).toEqual(numbers(50));
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'finished', taken: 50, runsMade: 50 });
    }));

  it('is handed out in order of its points, numbered from 1', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(10));
      const agents = await crew(test, sweep, 10);
      for (const [i, agent] of agents.entries()) {
        const run = await agent.take();
        expect([parametersOf(test, run).x, run.number, run.attempt]).toEqual([i, i + 1, 1]);
      }
    }));

  it('of 10^12 points answers at once, with the first point', () =>
    withService(async (test) => {
      const axes = ['a', 'b', 'c', 'd'].map((name) => `  ${name}: {values: [${numbers(1000).join(', ')}]}`);
      const sweep = await makeSweep(test, `method: grid\nparameters:\n${axes.join('\n')}\n`);
      expect(sweep.size).toBe('1000000000000');
      const run = await (await joinAgent(test, sweep)).take();
      expect(parametersOf(test, run)).toEqual({ a: 0, b: 0, c: 0, d: 0 });
      // Only what is about to be handed out is ever made.
      expect(test.store.suggestions.countFresh(sweep.id)).toBeLessThan(20);
    }));

  it('in random order has an order of its own in every sweep, and still gives each point once', () =>
    withService(async (test) => {
      const orders: unknown[][] = [];
      for (let i = 0; i < 3; i++) {
        const sweep = await makeSweep(test, gridOf(12, 'sweepd: {order: random}\n'));
        const agent = await joinAgent(test, sweep);
        for (let n = 0; n < 12; n++) await complete(test, await agent.take());
        orders.push(runsOf(test, sweep).map((run) => parametersOf(test, run).x));
        expect(points(test, sweep)).toEqual(numbers(12));
      }
      expect(new Set(orders.map(String)).size).toBe(3);
    }));

  it('does not repeat a point whose program rewrote its own config', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(2));
      const agent = await joinAgent(test, sweep);
      for (const _ of numbers(2)) {
        const run = await agent.take();
        const fields = { host: 'h', config: '{"x":{"value":99},"more":{"value":1}}' };
        await reportRun(
          test.service,
          { userName: 'ada', role: 'admin' },
          { project: 'vision', name: run.name, fields, begins: true, resumes: false },
        );
        await complete(test, run);
      }
      expect(points(test, sweep)).toEqual([0, 1]);
      expect(runNow(test, runsOf(test, sweep)[0] ?? { id: 0 }).config).toContain('99');
      expect(await agent.later()).toEqual({ type: 'exit' });
    }));

  it('hands a program the numbers as the config spells them', () =>
    withService(async (test) => {
      const values = '[1.0, 2, 1e-05, true, "1", 12345678901234567890]';
      const sweep = await makeSweep(test, `method: grid\nparameters: {x: {values: ${values}}}\n`);
      const agents = await crew(test, sweep, 6);
      const texts: string[] = [];
      for (const agent of agents) texts.push((await agent.take()).config);
      expect(texts).toEqual(
        ['1.0', '2', '0.00001', 'true', '"1"', '12345678901234567890'].map((x) => `{"x":{"value":${x}}}`),
      );
    }));
});

describe('run_cap', () => {
  it('is never exceeded by agents that ask at once', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, 'method: random\nrun_cap: 13\nparameters: {x: {min: 0.0, max: 1.0}}\n');
      const agents = await crew(test, sweep, 8);
      for (let round = 0; round < 4; round++) {
        const commands = await Promise.all(agents.map((agent) => agent.later()));
        for (const command of commands) if (command?.type === 'run') await complete(test, command.run);
      }
      expect(runsOf(test, sweep)).toHaveLength(13);
      expect(sweepNow(test, sweep)).toMatchObject({ state: 'finished', stateReason: 'run_cap of 13 reached' });
    }));

  it('bounds a grid too, and is not used up by a second attempt', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(6, 'run_cap: 2\nsweepd: {max_attempts: 2}\n'));
      const agent = await joinAgent(test, sweep);
      await complete(test, await agent.take(), 1);
      for (let i = 0; i < 2; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual({ type: 'exit' });
      expect(runsOf(test, sweep).map((run) => [parametersOf(test, run).x, run.attempt, run.state])).toEqual([
        [0, 1, 'failed'],
        [0, 2, 'finished'],
        [1, 1, 'finished'],
      ]);
    }));

  it('holds when it is lowered while points lie ready, and they come back when it is raised', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(9, 'run_cap: 9\n'));
      const agent = await joinAgent(test, sweep);
      await complete(test, await agent.take());
      const cap = (runCap: number) =>
        updateSweep(test.service, { id: sweep.id, config: gridOf(9, `run_cap: ${runCap}\n`), allowViolations: false });
      await cap(2);
      await complete(test, await agent.take());
      expect(await agent.later()).toEqual({ type: 'exit' });
      expect(points(test, sweep)).toEqual([0, 1]);
      await cap(4);
      await updateSweep(test.service, { id: sweep.id, state: 'running', allowViolations: false });
      for (let i = 0; i < 2; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual({ type: 'exit' });
      expect(points(test, sweep)).toEqual([0, 1, 2, 3]);
    }));
});

describe('random search', () => {
  const config = 'method: random\nsweepd: {seed: 7}\nparameters: {x: {min: 0.0, max: 1.0}, y: {values: [a, b, c]}}\n';

  it('draws the same points again from the same seed, and never the same point twice in a row', async () => {
    const draw = async () => {
      const test = createTestService();
      const sweep = await makeSweep(test, config);
      const agent = await joinAgent(test, sweep);
      const drawn: unknown[] = [];
      for (let i = 0; i < 20; i++) {
        const run = await agent.take();
        drawn.push(parametersOf(test, run));
        await complete(test, run);
      }
      test.close();
      return drawn;
    };
    const first = await draw();
    expect(await draw()).toEqual(first);
    expect(new Set(first.map((point) => JSON.stringify(point))).size).toBe(20);
  });

  it('that is unique ends when every point of a finite space was drawn once', () =>
    withService(async (test) => {
      const sweep = await makeSweep(
        test,
        'method: random\nsweepd: {unique: true}\nparameters: {x: {values: [0, 1, 2, 3]}, y: {values: [0]}}\n',
      );
      const agent = await joinAgent(test, sweep);
      for (let i = 0; i < 4; i++) await complete(test, await agent.take());
      expect(await agent.later()).toEqual({ type: 'exit' });
      expect(points(test, sweep)).toEqual([0, 1, 2, 3]);
    }));

  it('goes on without end', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, config);
      const agent = await joinAgent(test, sweep);
      for (let i = 0; i < 30; i++) await complete(test, await agent.take());
      expect(sweepNow(test, sweep).state).toBe('running');
      expect(new Set(runsOf(test, sweep).map((run) => run.displayName)).size).toBe(30);
    }));
});

describe('until a point is handed out', () => {
  it('nothing shows it: no run, no count', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(20));
      await begin(test, await (await joinAgent(test, sweep)).take());
      expect(test.store.suggestions.countFresh(sweep.id)).toBeGreaterThan(0);
      expect(runsOf(test, sweep)).toHaveLength(1);
      expect(sweepNow(test, sweep)).toMatchObject({ taken: 1, runsMade: 1 });
    }));

  it('an agent of a sweep that does not exist is refused', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, gridOf(1));
      await expect(joinAgent(test, { ...sweep, id: 'nothere0' })).rejects.toMatchObject({ code: 'sweep_not_found' });
    }));
});
