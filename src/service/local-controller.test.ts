import { describe, expect, it } from 'vitest';
import {
  begin,
  complete,
  joinAgent,
  makeSweep,
  parametersOf,
  post,
  reapNow,
  runNow,
  runsOf,
  sweepNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { SweepRow } from '../store/schema.ts';
import { schedulerText } from './local-controller.ts';
import { updateSweep } from './update-sweep.ts';

const config =
  'method: grid\nprogram: train.py\ncontroller: {type: local}\nmetric: {name: loss}\nparameters: {x: {values: [1, 2, 3]}}\n';

const withSweep = (body: (test: TestService, sweep: SweepRow) => Promise<void>) =>
  withService(async (test) => body(test, await makeSweep(test, config)));

/** What W&B's controller writes: one entry at a time, args null when its search is over. */
const write = (test: TestService, sweep: SweepRow, id: string, args: unknown, earlystop: string[] = []) =>
  updateSweep(test.service, {
    id: sweep.id,
    controller: JSON.stringify({ schedule: [{ id, data: { args } }], earlystop }),
    allowViolations: true,
  });

const scheduled = (test: TestService, sweep: SweepRow) =>
  JSON.parse(schedulerText(sweepNow(test, sweep)) ?? '{"scheduled":[]}').scheduled;

describe('a sweep with a local controller', () => {
  it('hands out nothing by itself, however long its agents wait', () =>
    withSweep(async (test, sweep) => {
      const agent = await joinAgent(test, sweep);
      for (let i = 0; i < 100; i++) expect(await agent.later()).toBeNull();
      expect(runsOf(test, sweep)).toEqual([]);
    }));

  it('hands out each entry once, and says which run it became', () =>
    withSweep(async (test, sweep) => {
      const agent = await joinAgent(test, sweep);
      await write(test, sweep, 'bod73', { x: { value: 1 } });
      expect(scheduled(test, sweep)).toEqual([]);
      const first = await agent.take();
      expect(parametersOf(test, first)).toEqual({ x: 1 });
      expect(scheduled(test, sweep)).toEqual([{ id: 'bod73', runid: first.name }]);
      await complete(test, first);
      // The controller has not looked yet: its entry stands there still.
      await write(test, sweep, 'bod73', { x: { value: 1 } });
      expect(await agent.later()).toBeNull();
      await write(test, sweep, 'q8f2a', { x: { value: 2 } });
      const second = await agent.take();
      expect(scheduled(test, sweep)).toEqual([
        { id: 'bod73', runid: first.name },
        { id: 'q8f2a', runid: second.name },
      ]);
    }));

  it('stops the runs that the controller names', () =>
    withSweep(async (test, sweep) => {
      const agent = await joinAgent(test, sweep);
      await write(test, sweep, 'bod73', { x: { value: 1 } });
      const run = await begin(test, await agent.take());
      await write(test, sweep, 'bod73', { x: { value: 1 } }, [run.name]);
      expect((await post(test, run)).stop).toBe(true);
      expect((await post(test, run, { exitCode: 255 })).run.state).toBe('killed');
    }));

  it('is finished when the controller is done and has had the time to see the last run end', () =>
    withSweep(async (test, sweep) => {
      const agent = await joinAgent(test, sweep);
      await write(test, sweep, 'bod73', { x: { value: 1 } });
      const run = await begin(test, await agent.take());
      await write(test, sweep, 'none', null);
      await post(test, run, { exitCode: 0 });
      expect(runNow(test, run).state).toBe('finished');
      expect(sweepNow(test, sweep).state).toBe('running');
      expect(await agent.later()).toBeNull();
      expect(await agent.later()).toEqual({ type: 'exit' });
      expect(sweepNow(test, sweep)).toMatchObject({
        state: 'finished',
        stateReason: 'the local controller is done',
      });
    }));

  it('is finished without an agent too: the last one may have left before', () =>
    withSweep(async (test, sweep) => {
      const agent = await joinAgent(test, sweep);
      await write(test, sweep, 'bod73', { x: { value: 1 } });
      await complete(test, await agent.take());
      test.clock.advance(60);
      await write(test, sweep, 'none', null);
      expect(sweepNow(test, sweep).state).toBe('running');
      await reapNow(test);
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it.each(['no json', '[]', '{"schedule": 3}', '{"schedule": [3, {"id": 1}], "earlystop": [{}]}'])(
    'takes %s for nothing to do',
    (controller) =>
      withSweep(async (test, sweep) => {
        await updateSweep(test.service, { id: sweep.id, controller, allowViolations: true });
        expect(await (await joinAgent(test, sweep)).heartbeat()).toBeNull();
        expect(runsOf(test, sweep)).toEqual([]);
      }),
  );
});
