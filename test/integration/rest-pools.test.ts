/** Pools over REST: the loop of an agent that serves whatever is next, what people see of the queue, and shares. */
import { describe, expect, test } from 'vitest';
import { createKey } from '../../src/service/keys.ts';
import { leaseRun, type RestApp, until, withRestApp } from '../fixtures/rest-app.ts';
import { actor } from '../fixtures/service.ts';

const grid = (sweepd: object, values = [1, 2, 3]) => ({ method: 'grid', parameters: { x: { values } }, sweepd });
const newSweep = async (api: RestApp, config: object) => (await api.post('/sweeps', { config })).body.id as string;
const ask = (api: RestApp, more: object = {}, pool = 'gpu') =>
  api.post(`/pools/${pool}/lease`, { agent: 'box:0', ...more });

describe('an agent of a pool', { timeout: 60_000 }, () => {
  test('is given runs of its pool alone, reports them like any other, and asks on', () =>
    withRestApp(async (api) => {
      await newSweep(api, grid({ pool: 'cpu' }));
      const sweep = await newSweep(api, grid({ pool: 'gpu' }, [7]));
      const { run, lease } = (await ask(api)).body;
      expect(run).toMatchObject({ sweep_id: sweep, number: 1, config: { x: 7 } });
      const { token } = lease;
      expect((await api.post(`/runs/${run.id}/metrics`, { token, offset: 0, rows: [{ loss: 1 }] })).body.rows).toBe(1);
      expect((await api.post(`/runs/${run.id}/finish`, { token, state: 'finished' })).body.state).toBe('finished');
      expect((await ask(api)).body).toEqual({ run: null, waiting: [], retry_after_s: expect.any(Number) });
      expect((await api.get(`/sweeps/${sweep}`)).body.state).toBe('finished');
    }));

  test('is given the same run again for the same request, whatever is next by then', () =>
    withRestApp(async (api) => {
      const first = await newSweep(api, grid({ pool: 'gpu' }));
      const before = (await ask(api, { request_id: 'ask-1' })).body;
      await newSweep(api, grid({ pool: 'gpu', priority: 9 }));
      const after = (await ask(api, { request_id: 'ask-1' })).body;
      expect(after).toEqual(before);
      expect(after.run.sweep_id).toBe(first);
    }));

  test('serves the sweeps that name no pool in the pool default', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, grid({}));
      expect((await ask(api, {}, 'default')).body.run.sweep_id).toBe(sweep);
    }));

  test('is told why there is nothing: tags, caps, or no point', () =>
    withRestApp(async (api) => {
      const tagged = await newSweep(api, grid({ pool: 'gpu', tags: ['a100', '24gb'] }));
      const capped = await newSweep(api, grid({ pool: 'gpu', max_parallel: 1 }));
      const small = await newSweep(api, grid({ pool: 'gpu' }, [1]));
      for (const sweep of [capped, small]) await leaseRun(api, sweep);
      expect((await ask(api, { tags: ['24gb'] })).body.waiting).toEqual([
        { sweep_id: tagged, why: 'it wants agents with a100' },
        { sweep_id: capped, why: 'max_parallel: 1 run of the sweep at a time' },
        { sweep_id: small, why: 'all 1 points handed out; its runs are under way' },
      ]);
    }));

  test('waits for a sweep that is created meanwhile', () =>
    withRestApp(async (api) => {
      const asked = ask(api, { wait_s: 20 });
      await until(() => api.test.store.agents.byPoolName('gpu', 'box:0') !== undefined);
      const sweep = await newSweep(api, grid({ pool: 'gpu' }));
      expect((await asked).body.run.sweep_id).toBe(sweep);
    }));

  test('is let in as soon as a run under the cap ends', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, grid({ pool: 'gpu', max_parallel: 1 }));
      const { id, token } = await leaseRun(api, sweep);
      const asked = ask(api, { wait_s: 20 });
      await until(() => api.test.store.agents.byPoolName('gpu', 'box:0') !== undefined);
      await api.post(`/runs/${id}/finish`, { token, state: 'finished' });
      expect((await asked).body.run.sweep_id).toBe(sweep);
    }));
});

describe('the queue', { timeout: 60_000 }, () => {
  test('shows what is next, who holds what since when, and why something waits', () =>
    withRestApp(async (api) => {
      const low = await newSweep(api, grid({ pool: 'gpu' }));
      const high = await newSweep(api, grid({ pool: 'gpu', priority: 5, tags: ['a100'] }));
      const capped = await newSweep(api, grid({ pool: 'gpu', max_parallel: 1 }));
      const held = await leaseRun(api, capped, 'desk');
      await ask(api);
      const { body } = await api.get('/queue');
      expect(body).toMatchObject({ engine: 'embedded', problem: null, workers: null });
      const [pool] = body.pools;
      expect([pool.name, pool.agents]).toEqual(['gpu', 1]);
      const seen = pool.next.map((one: Record<string, unknown>) => [one.sweep_id, one.priority, one.running, one.why]);
      expect(seen).toEqual([
        [high, 5, 0, null],
        [low, 0, 1, null],
        [capped, 0, 1, 'max_parallel: 1 run of the sweep at a time'],
      ]);
      expect(pool.holders.map((one: Record<string, unknown>) => [one.sweep_id, one.agent])).toEqual([
        [capped, 'desk'],
        [low, 'box:0'],
      ]);
      expect(pool.holders[0]).toMatchObject({ run_id: held.id, user: 'ada', since: expect.stringMatching(/Z$/) });
      expect((await api.get('/queue?pool=gpu')).body.pools).toHaveLength(1);
      expect((await api.get('/queue?pool=other')).body.pools[0]).toMatchObject({ next: [], holders: [] });
    }));

  test('looked at often changes nothing of what is next', () =>
    withRestApp(async (api) => {
      await newSweep(api, grid({ pool: 'gpu' }));
      await ask(api);
      const before = JSON.stringify([...(api.service.fairness.get('gpu')?.times.teams.times ?? [])]);
      for (let i = 0; i < 3; i++) await api.get('/queue');
      expect(JSON.stringify([...(api.service.fairness.get('gpu')?.times.teams.times ?? [])])).toBe(before);
    }));
});

describe('shares', { timeout: 60_000 }, () => {
  test('are set, listed with what runs, and taken back', () =>
    withRestApp(async (api) => {
      const put = (body: object) => api.send('put', '/shares/user/ada', 'application/json', JSON.stringify(body));
      expect((await put({ weight: 3 })).body).toEqual({
        kind: 'user',
        name: 'ada',
        weight: 3,
        max_parallel: null,
        running: 0,
      });
      expect((await put({ max_parallel: 2 })).body).toMatchObject({ weight: 3, max_parallel: 2 });
      const sweep = await newSweep(api, grid({}));
      await leaseRun(api, sweep, 'a');
      await leaseRun(api, sweep, 'b');
      expect((await api.post(`/sweeps/${sweep}/lease`, { agent: 'c' })).body.run).toBeNull();
      expect((await api.get('/shares')).body.items).toMatchObject([{ name: 'ada', running: 2 }]);
      expect((await api.delete('/shares/user/ada')).status).toBe(204);
      expect((await api.post(`/sweeps/${sweep}/lease`, { agent: 'c' })).body.run).not.toBeNull();
      expect((await api.delete('/shares/user/ada')).body.code).toBe('share_not_found');
    }));

  test('are refused where they make no sense, and to members', () =>
    withRestApp(async (api) => {
      const put = (path: string, body: object) => api.send('put', path, 'application/json', JSON.stringify(body));
      for (const body of [{ weight: 0 }, { weight: -1 }, { max_parallel: 0 }, { max_parallel: 1.5 }]) {
        expect((await put('/shares/user/ada', body)).body.code).toBe('invalid_request');
      }
      expect((await put('/shares/machine/x', { weight: 1 })).body.code).toBe('invalid_request');
      const { key } = await createKey(api.service, actor, { userName: 'bob', role: 'member', label: '' });
      const answer = await fetch(`${api.url}/api/v1/shares/user/bob`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{"weight": 9}',
      });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'admin_only']);
    }));
});
