import { describe, expect, test } from 'vitest';
import { reap } from '../../src/service/reaper.ts';
import { leaseRun, newSweep, type RestApp, withRestApp } from '../fixtures/rest-app.ts';

const grid = {
  method: 'grid',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: { lr: { values: [0.1, 0.01] }, layers: { values: [1, 2] } },
};
const point = (name = 'x') => ({ method: 'grid', parameters: { [name]: { values: [1] } } });

describe("the agent's loop", () => {
  test('goes from the config to a finished sweep with the answers of the contract', () =>
    withRestApp(async (api) => {
      const created = await api.post('/sweeps', { config: grid, entity: 'acme', project: 'mnist' });
      expect(created.status).toBe(201);
      const { id } = created.body;
      expect(created.body).toMatchObject({
        entity: 'acme',
        project: 'mnist',
        name: null,
        state: 'running',
        config: grid,
        run_count_expected: 4,
        warnings: [],
        url: `${api.url}/acme/mnist/sweeps/${id}`,
      });

      for (let number = 1; number <= 4; number++) {
        const asked = await api.post(`/sweeps/${id}/lease`, { agent: 'slot-0', request_id: `ask-${number}` });
        expect(asked.status).toBe(200);
        const { run, lease } = asked.body;
        expect(run).toEqual({
          id: expect.any(String),
          sweep_id: id,
          number,
          attempt: 1,
          config: { layers: number <= 2 ? 1 : 2, lr: number % 2 === 1 ? 0.1 : 0.01 },
        });
        expect(lease).toEqual({ token: expect.stringMatching(/^\w{32}$/), expires_at: '2027-01-01T00:01:30.000Z' });
        const { token } = lease;

        const beat = await api.post(`/runs/${run.id}/heartbeat`, { token });
        expect(beat.body).toEqual({ stop: false, reason: null, expires_at: '2027-01-01T00:01:30.000Z' });
        const rows = [{ loss: 1 }, { loss: 0.5 / number }];
        const stored = await api.post(`/runs/${run.id}/metrics`, { token, offset: 0, rows });
        expect(stored.body).toEqual({ rows: 2, stop: false, reason: null });
        const finish = { token, state: 'finished', summary: { accuracy: 0.9 } };
        const finished = await api.post(`/runs/${run.id}/finish`, finish);
        expect(finished.body).toEqual({ id: run.id, state: 'finished' });
        expect(await api.post(`/runs/${run.id}/finish`, finish)).toEqual(finished);

        const seen = (await api.get(`/runs/${run.id}`)).body;
        expect(seen).toMatchObject({ state: 'finished', config: run.config, agent: 'slot-0', rows: 2, number });
        expect(seen.summary).toEqual({ loss: 0.5 / number, accuracy: 0.9 });
        expect(seen.best_value).toBe(0.5 / number);
      }

      const over = await api.post(`/sweeps/${id}/lease`, { agent: 'slot-0' });
      expect(over.body).toEqual({ run: null, sweep_state: 'finished', retry_after_s: expect.any(Number) });
      const sweep = (await api.get(`/sweeps/${id}`)).body;
      expect(sweep).toMatchObject({ state: 'finished', state_reason: 'all 4 points handed out', run_count: 4 });
      expect(sweep.run_states).toMatchObject({ finished: 4, running: 0 });
      expect(sweep.best_run.value).toBe(0.125);
    }));

  test('ends a failed run as failed, and does not try its point again', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, point());
      const { id, token } = await leaseRun(api, sweep);
      expect((await api.post(`/runs/${id}/finish`, { token, state: 'failed' })).body.state).toBe('failed');
      expect((await api.get(`/sweeps/${sweep}`)).body.state).toBe('finished');
    }));

  test('tells a run to stop, which then ends killed', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, grid);
      const { id, token } = await leaseRun(api, sweep);
      await api.post(`/runs/${id}/heartbeat`, { token });
      const stopped = await api.post(`/runs/${id}/stop`, { reason: 'diverged' });
      expect(stopped.body).toMatchObject({ state: 'running', stop_reason: 'diverged' });
      const told = { stop: true, reason: 'diverged' };
      expect((await api.post(`/runs/${id}/heartbeat`, { token })).body).toMatchObject(told);
      expect((await api.post(`/runs/${id}/metrics`, { token, offset: 0, rows: [] })).body).toMatchObject(told);
      expect((await api.post(`/runs/${id}/finish`, { token, state: 'finished' })).body.state).toBe('killed');
      expect((await api.post(`/runs/${id}/stop`)).body.state).toBe('killed');
    }));
});

describe('leases', () => {
  test('the same request_id gives the same run again, another or none gives another', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, grid);
      const ask = (request_id?: string, agent = 'slot-0') =>
        api.post(`/sweeps/${sweep}/lease`, { agent, request_id: request_id ?? null });
      const first = await ask('a');
      expect((await ask('a')).body).toEqual(first.body);
      const others = [await ask('b'), await ask(), await ask('a', 'slot-1')];
      const ids = [first, ...others].map((answer) => answer.body.run.id);
      expect(new Set(ids).size).toBe(4);
    }));

  test('a run that was given up goes on if its point was not handed out', () =>
    withRestApp(async (api) => {
      const { id, token } = await leaseRun(api, await newSweep(api, point()));
      await api.post(`/runs/${id}/heartbeat`, { token });
      await expire(api);
      expect((await api.get(`/runs/${id}`)).body.state).toBe('crashed');
      expect((await api.post(`/runs/${id}/metrics`, { token, offset: 0, rows: [{ loss: 1 }] })).status).toBe(200);
      expect((await api.get(`/runs/${id}`)).body.state).toBe('running');
      expect((await api.post(`/runs/${id}/finish`, { token, state: 'finished' })).body.state).toBe('finished');
    }));

  test('once its point is with a successor, every call with the old token is lease_lost', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, point());
      const lost = await leaseRun(api, sweep);
      await api.post(`/runs/${lost.id}/metrics`, { token: lost.token, offset: 0, rows: [{ loss: 1 }] });
      await expire(api);
      const successor = await leaseRun(api, sweep, 'slot-1');
      expect(successor.run).toMatchObject({ number: 2, attempt: 2, config: lost.run.config });
      const { token } = lost;
      const refused = [
        await api.post(`/runs/${lost.id}/heartbeat`, { token }),
        await api.post(`/runs/${lost.id}/metrics`, { token, offset: 1, rows: [{ loss: 0 }] }),
        await api.post(`/runs/${lost.id}/finish`, { token, state: 'finished' }),
      ];
      for (const { status, body } of refused) expect([status, body.code]).toEqual([409, 'lease_lost']);
      const seen = (await api.get(`/runs/${lost.id}`)).body;
      expect(seen).toMatchObject({ state: 'crashed', superseded: true, rows: 1 });
      expect((await api.get(`/runs/${successor.id}`)).body).toMatchObject({ predecessor: lost.id, superseded: false });
    }));

  test('every report moves the deadline', () =>
    withRestApp(async (api) => {
      const { id, token } = await leaseRun(api, await newSweep(api, grid));
      for (let i = 0; i < 4; i++) {
        api.test.clock.advance(60);
        await (i % 2 === 0
          ? api.post(`/runs/${id}/heartbeat`, { token })
          : api.post(`/runs/${id}/metrics`, { token, offset: 0, rows: [{ loss: i }] }));
        await reap(api.service);
      }
      expect((await api.get(`/runs/${id}`)).body.state).toBe('running');
    }));

  test('a token that is not of this run is no right to it', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, grid);
      const [one, other] = [await leaseRun(api, sweep), await leaseRun(api, sweep)];
      for (const token of [other.token, 'nonsense']) {
        const { status, body } = await api.post(`/runs/${one.id}/heartbeat`, { token });
        expect([status, body.code]).toEqual([404, 'run_not_found']);
      }
    }));
});

async function expire(api: RestApp): Promise<void> {
  api.test.clock.advance(91);
  expect(await reap(api.service)).toBe(1);
}
