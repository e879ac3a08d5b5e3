import { describe, expect, it } from 'vitest';
import { suggestHere } from '../../test/fixtures/optimizer.ts';
import {
  actor,
  makeSweep,
  reapNow,
  setState,
  sweepNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { SweepRow } from '../store/schema.ts';
import type { FitAnswer, FitRequest, Suggest } from './fits.ts';
import { createModelSearch, type ModelSearch } from './model-search.ts';
import { askForRun, finishRun, type Leased } from './rest-agent.ts';
import { deleteRun } from './stop-run.ts';
import { updateSweep } from './update-sweep.ts';

const bayes = (more = '') =>
  `method: bayes\nprogram: train.py\nmetric: {name: loss}\nparameters:\n  x: {min: 0.0, max: 1.0}\n  y: {values: [a, b, c]}\n${more}`;

/** An optimizer whose answers wait until the test lets them out. */
class Held {
  readonly requests: FitRequest[] = [];
  readonly waiting: { request: FitRequest; answer: (answer: FitAnswer) => void; fail: (error: Error) => void }[] = [];
  made = 0;
  readonly suggest: Suggest = (request) =>
    new Promise((answer, fail) => {
      this.requests.push(request);
      this.waiting.push({ request, answer, fail });
    });
  /** @param parameters instead of points of its own */
  release(parameters?: string): void {
    const next = this.waiting.shift();
    if (next === undefined) throw new Error('Nothing is being computed.');
    const suggestions = Array.from({ length: next.request.count }, () => ({
      parameters: parameters ?? `{"x":${(++this.made / 1000).toFixed(3)},"y":"a"}`,
      method: 'model',
      explanation: '{"method":"model"}',
    }));
    next.answer({ suggestions, model: `{"made":${this.made}}`, engine: 'test' });
  }
}

interface World {
  test: TestService;
  sweep: SweepRow;
  search: ModelSearch;
  held: Held;
  late: () => void;
}

/** Lets everything that is ready to go on do so. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function withSearch(body: (world: World) => Promise<void>, config = bayes(), suggest?: Suggest): Promise<void> {
  await withService(async (test) => {
    const held = new Held();
    const lates: (() => void)[] = [];
    const search = createModelSearch(test.service, {
      suggest: suggest ?? held.suggest,
      delay: () => new Promise((resolve) => lates.push(() => resolve())),
      stopwatch: () => test.clock.now(),
      onFailure: () => {},
    });
    const { notify } = test.service;
    test.service.notify = (change) => {
      notify(change);
      if (change.kind === 'search') search.wake(change.sweepId);
      else if (change.kind === 'sweep') search.sweepChanged(change.sweepId);
    };
    test.service.beforeAsk = search.beforeAsk;
    const late = () => {
      for (const end of lates.splice(0)) end();
    };
    const sweep = await makeSweep(test, config);
    await settle();
    try {
      await body({ test, sweep, search, held, late });
    } finally {
      const closed = search.close();
      for (const { fail } of held.waiting) fail(new Error('closing'));
      await closed;
    }
  });
}

const ask = async ({ test, sweep }: World, agent = 'one'): Promise<Leased> => {
  const { leased } = await askForRun(test.service, actor, { sweepId: sweep.id, agent, requestId: null });
  if (leased === null) throw new Error('There was no run.');
  return leased;
};

const finish = ({ test }: World, { run, lease }: Leased, loss: number | null) =>
  finishRun(test.service, run.name, lease.token, 'finished', loss === null ? '{}' : `{"loss":${loss}}`);

const methodOf = ({ test }: World, { run }: Leased) => test.store.suggestions.byId(run.suggestionId ?? 0)?.method;

describe('a model-based search', () => {
  it('has its first point made when the sweep is created', () =>
    withSearch(async (world) => {
      expect(world.held.requests).toHaveLength(1);
      world.held.release();
      await settle();
      expect((await ask(world)).parameters).toBe('{"x":0.001,"y":"a"}');
    }));

  it('tells the next fit what ended, in order, and what is under way', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      const first = await ask(world);
      await settle();
      expect(world.held.requests.at(-1)?.pending).toEqual([first.parameters]);
      world.held.release();
      await settle();
      await finish(world, first, 0.5);
      await settle();
      const request = world.held.requests.at(-1);
      expect(request?.pending).toEqual([]);
      expect(request?.results.map(({ value, state, parameters }) => [value, state, parameters])).toEqual([
        [0.5, 'finished', first.parameters],
      ]);
      expect(request?.model).toBe('{"made":2}');
    }));

  it('lets a lone agent wait for the point that knows its last result', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      const first = await ask(world);
      await settle();
      world.held.release();
      await settle();
      await finish(world, first, 0.5);
      let next: Leased | null = null;
      const asking = ask(world).then((leased) => {
        next = leased;
      });
      await settle();
      expect(next).toBeNull();
      world.held.release();
      await asking;
      expect(world.test.store.suggestions.byId((next as unknown as Leased).run.suggestionId ?? 0)?.basis).toBe(1);
    }));

  it('gives a ready point at once where other agents are at work, and replaces what is ready by what knows more', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      const first = await ask(world, 'one');
      await settle();
      world.held.release();
      await settle();
      await ask(world, 'two');
      await settle();
      world.held.release();
      await settle();
      const ready = world.test.store.suggestions.fresh(world.sweep.id).map(({ id }) => id);
      expect(ready.length).toBeGreaterThan(0);
      await finish(world, first, 0.5);
      const next = await ask(world, 'one');
      expect(next.run.suggestionId).toBe(ready[0]);
      while (world.held.waiting.length > 0) {
        world.held.release();
        await settle();
      }
      expect(world.test.store.suggestions.fresh(world.sweep.id).every(({ basis }) => basis === 1)).toBe(true);
    }));

  it('answers with a quasi-random point where the wait is over, and says so', () =>
    withSearch(async (world) => {
      const asking = ask(world);
      await settle();
      world.late();
      const leased = await asking;
      expect(methodOf(world, leased)).toBe('quasi_random');
      const { explanation } = world.test.store.suggestions.byId(leased.run.suggestionId ?? 0) ?? {};
      expect(JSON.parse(explanation ?? '{}')).toMatchObject({ fallback: true, reason: 'no model was ready in time' });
    }));

  it('goes on where the optimizer crashes, keeps why, and tries again with the next result', () =>
    withSearch(async (world) => {
      world.held.waiting.shift()?.fail(new Error('the thread is gone'));
      await settle();
      const leased = await ask(world);
      expect(methodOf(world, leased)).toBe('quasi_random');
      expect(world.test.store.fits.last(world.sweep.id)?.failure).toBe('the thread is gone');
      expect(world.held.waiting).toHaveLength(0);
      await finish(world, leased, 0.5);
      await settle();
      expect(world.held.waiting).toHaveLength(1);
    }));

  it('drops a new point that would try nearly what was handed out while it was computed', () =>
    withSearch(async (world) => {
      const asking = ask(world);
      await settle();
      world.late();
      const { x, y } = JSON.parse((await asking).parameters);
      world.held.release(`{"x":${x < 0.5 ? x + 0.01 : x - 0.01},"y":"${y}"}`);
      await settle();
      expect(world.test.store.suggestions.fresh(world.sweep.id)).toEqual([]);
      // The next fit knows the point that is out.
      expect(world.held.requests.at(-1)?.pending).toHaveLength(1);
      world.held.release(`{"x":${x < 0.5 ? x + 0.4 : x - 0.4},"y":"${y}"}`);
      await settle();
      expect(world.test.store.suggestions.fresh(world.sweep.id)).toHaveLength(1);
    }));

  it('never makes more points ready than run_cap leaves', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      const first = await ask(world);
      await settle();
      expect(world.held.waiting).toHaveLength(0);
      await finish(world, first, 1);
      await settle();
      expect(sweepNow(world.test, world.sweep).state).toBe('finished');
    }, bayes('run_cap: 1\n')));

  it('counts a run once, by its last end, and a deleted one no more', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      const first = await ask(world);
      await finish(world, first, 0.5);
      await deleteRun(world.test.service, first.run.id);
      await settle();
      while (world.held.waiting.length > 0) {
        world.held.release();
        await settle();
      }
      expect(world.held.requests.at(-1)?.results).toEqual([]);
      expect(world.test.store.results.count(world.sweep.id)).toBe(2);
    }));

  it('keeps a lost run pending while it will be tried again, and counts it as crashed after its last try', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      const first = await ask(world);
      world.test.clock.advance(91);
      await reapNow(world.test);
      await settle();
      expect(world.test.store.results.count(world.sweep.id)).toBe(0);
      const second = await ask(world);
      expect(second.parameters).toBe(first.parameters);
      world.test.clock.advance(91);
      await reapNow(world.test);
      expect(world.test.store.results.from(world.sweep.id, 0)).toMatchObject([{ state: 'crashed', value: null }]);
    }, bayes('sweepd: {max_attempts: 2}\n')));

  it('throws away an answer for a config that was changed meanwhile', () =>
    withSearch(async (world) => {
      await updateSweep(world.test.service, {
        id: world.sweep.id,
        config: bayes('run_cap: 7\n'),
        allowViolations: false,
      });
      world.held.release();
      await settle();
      expect(world.test.store.suggestions.fresh(world.sweep.id)).toEqual([]);
      expect(world.held.waiting).toHaveLength(1);
    }));

  it('computes nothing while the sweep is paused', () =>
    withSearch(async (world) => {
      world.held.release();
      await settle();
      await setState(world.test, world.sweep, 'paused');
      world.test.store.suggestions.deleteUntaken(world.sweep.id);
      world.search.wake(world.sweep.id);
      await settle();
      expect(world.held.waiting).toHaveLength(0);
    }));
});

describe('with the optimizer itself', () => {
  it('learns: the best of 30 points is far better than the first', () =>
    withSearch(
      async (world) => {
        const losses: number[] = [];
        for (let i = 0; i < 30; i++) {
          const leased = await ask(world);
          const { x, y } = JSON.parse(leased.parameters);
          const loss = (x - 0.3) ** 2 + (y === 'b' ? 0 : 1);
          losses.push(loss);
          await finish(world, leased, loss);
        }
        expect(Math.min(...losses)).toBeLessThan(1e-3);
        expect(methodOf(world, await ask(world))).toBe('model');
      },
      bayes(),
      suggestHere,
    ));

  it('gives each point of a finite space once, and then the sweep is finished', () =>
    withSearch(
      async (world) => {
        const seen = new Set<string>();
        for (let i = 0; i < 6; i++) {
          const leased = await ask(world);
          seen.add(leased.parameters);
          await finish(world, leased, i % 4);
        }
        expect(seen.size).toBe(6);
        expect(sweepNow(world.test, world.sweep)).toMatchObject({
          state: 'finished',
          stateReason: 'all 6 points handed out',
        });
      },
      'method: bayes\nmetric: {name: loss}\nparameters: {a: {values: [1, 2, 3]}, b: {values: [true, false]}}\n',
      suggestHere,
    ));

  it('starts with the points of sweepd.prior that have no value, and knows those that have one', () =>
    withSearch(
      async (world) => {
        const leased = await ask(world);
        expect(JSON.parse(leased.parameters)).toEqual({ x: 0.25, y: 'c' });
        expect(sweepNow(world.test, world.sweep).prior).toContain('"value":0.01');
      },
      bayes('sweepd:\n  prior:\n    - {config: {x: 0.25, y: c}}\n    - {config: {x: 0.5, y: b}, value: 0.01}\n'),
      suggestHere,
    ));

  it('refuses a prior that it does not know', () =>
    withService(async (test) => {
      await expect(makeSweep(test, bayes('sweepd: {prior: [nosuch]}\n'))).rejects.toThrow(
        'sweepd/prior/0: There is no sweep "nosuch" here',
      );
    }));
});
