/** Looking at and steering what is there: lists, single runs and sweeps, changes, deletion. */
import { describe, expect, test } from 'vitest';
import { reportRun } from '../../src/service/report-run.ts';
import { leaseRun, newSweep as makeSweep, type RestApp, withRestApp } from '../fixtures/rest-app.ts';

const points = (size: number) => ({
  method: 'grid',
  parameters: { x: { values: Array.from({ length: size }, (_, i) => i) } },
});

const newSweep = (api: RestApp, config: unknown = points(3), project?: string) => makeSweep(api, config, project);

/** All pages, with something happening between them. */
async function readAll(
  api: RestApp,
  path: string,
  between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await api.get(`${path}${path.includes('?') ? '&' : '?'}limit=2${cursor}`);
    ids.push(...body.items.map((item: { id: string }) => item.id));
    if (body.next_cursor === null) return ids;
    cursor = `&cursor=${body.next_cursor}`;
    await between();
  }
}

describe('lists', () => {
  test('sweeps come newest first, each once, whatever is created meanwhile', () =>
    withRestApp(async (api) => {
      const made: string[] = [];
      for (let i = 0; i < 5; i++) {
        // Some at the same millisecond.
        if (i % 2 === 0) api.test.clock.advance(1);
        made.push(await newSweep(api));
      }
      const seen = await readAll(api, '/sweeps', async () => {
        api.test.clock.advance(1);
        await newSweep(api);
      });
      expect([...seen].sort()).toEqual([...made].sort());
      expect(seen[0]).toBe(made[4]);
      expect(seen.slice(3)).toContain(made[0]);
    }));

  test('runs come each once, whatever is made or deleted meanwhile', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, points(20));
      const made: string[] = [];
      for (let i = 0; i < 5; i++) made.push((await leaseRun(api, sweep)).id);
      let again = 0;
      const newest = await readAll(api, '/runs', async () => {
        await leaseRun(api, sweep);
        if (again++ === 0) await api.delete(`/runs/${made[4]}`);
      });
      expect(newest).toEqual([...made].reverse());
      const oldest = await readAll(api, `/sweeps/${sweep}/runs`);
      expect(oldest.slice(0, 4)).toEqual(made.slice(0, 4));
      expect(oldest).toHaveLength(6);
      expect(await readAll(api, `/sweeps/${sweep}/runs?order=newest`)).toEqual([...oldest].reverse());
    }));

  test('are filtered by project, sweep and state', () =>
    withRestApp(async (api) => {
      const [one, other] = [await newSweep(api), await newSweep(api, points(2), 'speech')];
      const [first, second] = [await leaseRun(api, one), await leaseRun(api, one)];
      const third = await leaseRun(api, other);
      await api.post(`/runs/${first.id}/finish`, { token: first.token, state: 'finished' });
      await api.patch(`/sweeps/${other}`, { state: 'paused' });

      expect(await readAll(api, '/sweeps?project=vision')).toEqual([one]);
      expect(await readAll(api, '/sweeps?project=team/speech')).toEqual([other]);
      expect(await readAll(api, '/sweeps?state=paused,finished')).toEqual([other]);
      expect(await readAll(api, `/sweeps/${one}/runs?state=pending`)).toEqual([second.id]);
      expect(await readAll(api, '/runs?project=team/speech')).toEqual([third.id]);
      expect(await readAll(api, `/runs?sweep=${one}&state=finished`)).toEqual([first.id]);
      const states = ['/sweeps?state=asleep', '/runs?state=running,asleep'];
      for (const path of states) expect((await api.get(path)).body.problems[0].path).toBe('state');
    }));

  test('refuse what is no cursor, no limit, no project and no sweep', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api);
      await newSweep(api);
      const { next_cursor } = (await api.get('/sweeps?limit=1')).body;
      const refused = [
        ['/sweeps?cursor=nonsense', 400, 'invalid_cursor'],
        [`/runs?cursor=${next_cursor}`, 400, 'invalid_cursor'],
        ['/sweeps?limit=0', 400, 'invalid_request'],
        ['/runs?limit=many', 400, 'invalid_request'],
        ['/runs?order=best', 400, 'invalid_request'],
        ['/runs?project=team/none', 404, 'project_not_found'],
        ['/runs?sweep=none', 404, 'sweep_not_found'],
        ['/sweeps/none/runs', 404, 'sweep_not_found'],
        [`/sweeps/${sweep}x`, 404, 'sweep_not_found'],
        ['/runs/none', 404, 'run_not_found'],
      ] as const;
      for (const [path, status, code] of refused) {
        const answer = await api.get(path);
        expect([path, answer.status, answer.body.code]).toEqual([path, status, code]);
      }
    }));
});

describe('runs', () => {
  test('a name that two projects have needs the project', () =>
    withRestApp(async (api) => {
      for (const project of ['vision', 'speech']) {
        const fields = { config: `{"from":{"value":"${project}"},"_wandb":{"value":{}}}` };
        const named = { entity: 'team', project, name: 'baseline', fields, begins: true, resumes: false };
        await reportRun(api.service, { userName: 'ada', role: 'admin' }, named);
      }
      const ambiguous = await api.get('/runs/baseline');
      expect([ambiguous.status, ambiguous.body.code]).toEqual([409, 'ambiguous_run']);
      expect(ambiguous.body.detail).toContain('team/vision, team/speech');
      expect((await api.get('/runs/baseline?project=speech')).body.config).toEqual({ from: 'speech' });
      expect((await api.delete('/runs/baseline?project=team/speech')).status).toBe(204);
      const left = (await api.get('/runs/baseline')).body;
      expect(left).toMatchObject({ project: 'vision', sweep_id: null, number: null, agent: null });
    }));

  test('deleting the only run of a grid point frees the point', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, points(1));
      const { id } = await leaseRun(api, sweep);
      expect((await api.delete(`/runs/${id}`)).status).toBe(204);
      expect((await api.get(`/runs/${id}`)).status).toBe(404);
      expect((await api.post(`/sweeps/${sweep}/lease`, { agent: 'slot-1' })).body.run.config).toEqual({ x: 0 });
    }));
});

describe('sweeps', () => {
  test('go where their states allow, and nowhere else', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api);
      const to = async (state: string) => {
        const { status, body } = await api.patch(`/sweeps/${sweep}`, { state });
        return status === 200 ? body.state : [status, body.code];
      };
      expect(await to('paused')).toBe('paused');
      expect((await api.post(`/sweeps/${sweep}/lease`, { agent: 'a' })).body).toMatchObject({ sweep_state: 'paused' });
      expect(await to('running')).toBe('running');
      const { id, token } = await leaseRun(api, sweep);
      await api.post(`/runs/${id}/heartbeat`, { token });
      expect(await to('finished')).toBe('finished');
      expect(await to('finished')).toBe('finished');
      expect(await to('paused')).toEqual([409, 'wrong_transition']);
      expect(await to('pending')).toEqual([400, 'invalid_request']);
      expect(await to('running')).toBe('running');
      expect(await to('canceled')).toBe('canceled');
      const told = (await api.post(`/runs/${id}/heartbeat`, { token })).body;
      expect(told).toMatchObject({ stop: true, reason: 'sweep canceled' });
      expect((await api.patch('/sweeps/none', { state: 'paused' })).body.code).toBe('sweep_not_found');
    }));

  test('take a new config, but not another search once there are runs', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api);
      const named = await api.patch(`/sweeps/${sweep}`, { config: { ...points(3), run_cap: 2 }, name: 'short' });
      expect(named.body).toMatchObject({ name: 'short', run_cap: 2, run_count_expected: 2 });
      await leaseRun(api, sweep);
      const { status, body } = await api.patch(`/sweeps/${sweep}`, { config: points(4) });
      expect([status, body.code]).toEqual([400, 'search_is_fixed']);
    }));

  test('keep the text that they were made from, and are made from YAML as it is', () =>
    withRestApp(async (api) => {
      const yaml = '# a first try\nmethod: random\nrun_cap: 5\nparameters:\n  lr: {min: 0.1, max: 1.0}\n';
      const made = await api.send('post', '/sweeps?project=speech', 'application/yaml', yaml);
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ project: 'speech', run_count_expected: 5, method: 'random' });
      expect(made.text).toContain('"lr":{"min":0.1,"max":1.0}');
      expect((await api.get(`/sweeps/${made.body.id}`)).body.config_text).toBe(yaml);
      expect((await api.post('/sweeps', { config: yaml })).body.config).toEqual(made.body.config);
    }));

  test('go with their runs when they are deleted', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api);
      const { id } = await leaseRun(api, sweep);
      expect((await api.delete(`/sweeps/${sweep}`)).status).toBe(204);
      expect((await api.get(`/sweeps/${sweep}`)).status).toBe(404);
      expect((await api.get(`/runs/${id}`)).status).toBe(404);
      expect((await api.delete(`/sweeps/${sweep}`)).body.code).toBe('sweep_not_found');
    }));
});
