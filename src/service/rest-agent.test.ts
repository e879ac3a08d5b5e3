import { describe, expect, it } from 'vitest';
import {
  actor,
  gridOf,
  leaseS,
  lossLines,
  makeSweep,
  post,
  reapNow,
  runNow,
  runsOf,
  setState,
  sweepNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { SweepRow } from '../store/schema.ts';
import { askForRun, finishRun, heartbeatRun, type Leased, logRows } from './rest-agent.ts';

const ask = (test: TestService, sweep: SweepRow, agent = 'slot-1', requestId: string | null = null) =>
  askForRun(test.service, actor, { sweepId: sweep.id, agent, requestId });

async function lease(test: TestService, sweep: SweepRow, agent = 'slot-1'): Promise<Leased> {
  const { leased } = await ask(test, sweep, agent);
  if (leased === null) throw new Error('Expected a run.');
  return leased;
}

const log = (test: TestService, { run, lease: { token } }: Leased, offset: number, ...values: number[]) =>
  logRows(test.service, run.name, token, offset, lossLines(...values));
const beat = (test: TestService, { run, lease: { token } }: Leased) => heartbeatRun(test.service, run.name, token);
const finish = (test: TestService, { run, lease: { token } }: Leased, state: 'finished' | 'failed' = 'finished') =>
  finishRun(test.service, run.name, token, state, '{"score":1.0}');

const withSweep = (config: string, body: (test: TestService, sweep: SweepRow) => Promise<void>) =>
  withService(async (test) => body(test, await makeSweep(test, config)));

const leaseLost = { kind: 'conflict', code: 'lease_lost' };

describe('an agent that speaks REST', () => {
  it('works a grid to its end', () =>
    withSweep(gridOf(3), async (test, sweep) => {
      for (let i = 0; i < 3; i++) {
        const leased = await lease(test, sweep);
        expect(leased.parameters).toBe(`{"x":${i}}`);
        await log(test, leased, 0, 3, 2);
        await log(test, leased, 2, 1);
        expect(await finish(test, leased)).toMatchObject({ state: 'finished', historyLines: 3 });
        expect(JSON.parse(runNow(test, leased.run).summary)).toMatchObject({ loss: 1, score: 1 });
      }
      expect(await ask(test, sweep)).toEqual({ leased: null, sweepState: 'finished' });
      expect(sweepNow(test, sweep).state).toBe('finished');
    }));

  it('gets the same run again for the same request, and another one for another', () =>
    withSweep(gridOf(5), async (test, sweep) => {
      const [first, again, other] = [
        await ask(test, sweep, 'slot-1', 'r1'),
        await ask(test, sweep, 'slot-1', 'r1'),
        await ask(test, sweep, 'slot-1', 'r2'),
      ];
      expect(again).toEqual(first);
      expect(other.leased?.run.id).not.toBe(first.leased?.run.id);
      expect((await ask(test, sweep, 'slot-2', 'r1')).leased?.run.number).toBe(3);
      expect(runsOf(test, sweep)).toHaveLength(3);
    }));

  it('gets nothing while the sweep is paused, and is told so', () =>
    withSweep(gridOf(5), async (test, sweep) => {
      await setState(test, sweep, 'paused');
      expect(await ask(test, sweep)).toEqual({ leased: null, sweepState: 'paused' });
    }));

  it('hears of a stop with its next call', () =>
    withSweep(gridOf(5), async (test, sweep) => {
      const leased = await lease(test, sweep);
      expect(await beat(test, leased)).toMatchObject({ stop: false, reason: null });
      await setState(test, sweep, 'canceled');
      expect(await log(test, leased, 0, 1)).toMatchObject({ stop: true, reason: 'sweep canceled' });
      expect((await finish(test, leased)).state).toBe('killed');
    }));

  it('is refused for a sweep that does not exist', () =>
    withSweep(gridOf(1), async (test, sweep) => {
      await expect(ask(test, { ...sweep, id: 'nothere0' })).rejects.toMatchObject({ code: 'sweep_not_found' });
    }));
});

describe('rows', () => {
  it('that repeat overwrite, and what is missing is asked for', () =>
    withSweep(gridOf(5), async (test, sweep) => {
      const leased = await lease(test, sweep);
      await log(test, leased, 0, 5, 4);
      await log(test, leased, 0, 5, 4);
      expect((await log(test, leased, 1, 9)).run.historyLines).toBe(2);
      await expect(log(test, leased, 3, 1)).rejects.toMatchObject({ code: 'offset_gap' });
      expect(test.store.streams.objectivesOf(leased.run.id).map((row) => row.value)).toEqual([5, 9]);
    }));
});

describe('a token', () => {
  it('keeps the lease by each call, and loses it without', () =>
    withSweep(gridOf(1), async (test, sweep) => {
      const leased = await lease(test, sweep);
      for (let i = 0; i < 5; i++) {
        test.clock.advance(leaseS - 1);
        expect((await beat(test, leased)).expiresAt).toBe(test.clock.now() + leaseS * 1000);
        await reapNow(test);
      }
      test.clock.advance(leaseS);
      await reapNow(test);
      expect(runNow(test, leased.run).state).toBe('crashed');
    }));

  it('revives its run while nobody else has the point', () =>
    withSweep(gridOf(1), async (test, sweep) => {
      const leased = await lease(test, sweep);
      test.clock.advance(leaseS);
      await reapNow(test);
      expect(await log(test, leased, 0, 1)).toMatchObject({ stop: false, run: { state: 'running' } });
      expect((await ask(test, sweep, 'slot-2')).leased).toBeNull();
      expect((await finish(test, leased)).state).toBe('finished');
    }));

  it('is refused by every call once the point was handed to another run', () =>
    withSweep(gridOf(1), async (test, sweep) => {
      const leased = await lease(test, sweep);
      await log(test, leased, 0, 3);
      test.clock.advance(leaseS);
      await reapNow(test);
      const successor = await lease(test, sweep, 'slot-2');
      expect(successor.run).toMatchObject({ attempt: 2, predecessorId: leased.run.id });
      for (const call of [() => beat(test, leased), () => log(test, leased, 1, 2), () => finish(test, leased)]) {
        await expect(call()).rejects.toMatchObject(leaseLost);
      }
      expect(runNow(test, leased.run)).toMatchObject({ state: 'crashed', historyLines: 1 });
      expect((await finish(test, successor)).state).toBe('finished');
    }));

  it('is refused once the run goes on elsewhere after a preemption', () =>
    withSweep(gridOf(1), async (test, sweep) => {
      const leased = await lease(test, sweep);
      await post(test, leased.run, { preempting: true, exitCode: 1 });
      const resumed = await lease(test, sweep, 'slot-2');
      expect(resumed.run.id).toBe(leased.run.id);
      await expect(log(test, leased, 0, 9)).rejects.toMatchObject(leaseLost);
      expect((await finish(test, resumed)).state).toBe('finished');
    }));

  it('opens no other run', () =>
    withSweep(gridOf(2), async (test, sweep) => {
      const [one, two] = [await lease(test, sweep), await lease(test, sweep)];
      await expect(beat(test, { ...one, lease: two.lease })).rejects.toMatchObject({ code: 'run_not_found' });
    }));

  it('may finish its run twice; the first state stays', () =>
    withSweep(gridOf(2), async (test, sweep) => {
      const leased = await lease(test, sweep);
      expect((await finish(test, leased)).state).toBe('finished');
      expect((await finish(test, leased, 'failed')).state).toBe('finished');
      expect(await beat(test, leased)).toMatchObject({ stop: true, reason: 'the run is finished' });
    }));
});
