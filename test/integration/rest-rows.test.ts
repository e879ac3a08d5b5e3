/** What a run logs, and that nothing of it or of a config is lost on the way through. */
import { describe, expect, test } from 'vitest';
import { ingest } from '../../src/service/ingest.ts';
import { leaseRun, newSweep, type RestApp, withRestApp } from '../fixtures/rest-app.ts';

const config = { method: 'grid', metric: { name: 'loss', goal: 'minimize' }, parameters: { x: { values: [1, 2] } } };

describe('rows', () => {
  async function withRun(
    body: (
      api: RestApp,
      id: string,
      log: (offset: number, ...rows: object[]) => ReturnType<RestApp['post']>,
    ) => Promise<void>,
  ) {
    await withRestApp(async (api) => {
      const { id, token } = await leaseRun(api, await newSweep(api, config));
      await body(api, id, (offset, ...rows) => api.post(`/runs/${id}/metrics`, { token, offset, rows }));
    });
  }

  test('repeats overwrite, and what lies beyond the next row is refused', () =>
    withRun(async (api, id, log) => {
      await log(0, { loss: 3 }, { loss: 2 });
      expect((await log(0, { loss: 3 }, { loss: 2 })).body.rows).toBe(2);
      expect((await log(1, { loss: 1.5 }, { loss: 1 })).body.rows).toBe(3);
      const gap = await log(4, { loss: 0 });
      expect([gap.status, gap.body.code]).toEqual([409, 'offset_gap']);
      expect(gap.body.detail).toContain('Row 3 comes next');
      const history = await api.get(`/runs/${id}/history`);
      expect(history.body).toEqual({ rows: [{ loss: 3 }, { loss: 1.5 }, { loss: 1 }], next_cursor: null });
      expect((await api.get(`/runs/${id}`)).body.summary).toEqual({ loss: 1 });
    }));

  test('old rows that arrive once more do not set the summary back', () =>
    withRun(async (api, id, log) => {
      await log(0, { loss: 3, warmup: true });
      await log(1, { loss: 2 });
      await log(0, { loss: 3, warmup: true });
      expect((await api.get(`/runs/${id}`)).body.summary).toEqual({ loss: 2, warmup: true });
    }));

  test('are read in pages', () =>
    withRun(async (api, id, log) => {
      const all = Array.from({ length: 5 }, (_, step) => ({ step }));
      await log(0, ...all);
      const rows: unknown[] = [];
      let path = `/runs/${id}/history?limit=2`;
      for (let page = 0; page < 3; page++) {
        const { body } = await api.get(path);
        rows.push(...body.rows);
        expect(body.next_cursor === null).toBe(page === 2);
        path = `/runs/${id}/history?limit=2&cursor=${body.next_cursor}`;
      }
      expect(rows).toEqual(all);
    }));

  test("behind a gap of a million lines, as only W&B's client may leave one, are the next page", () =>
    withRun(async (api, id, log) => {
      await log(0, { step: 0 }, { step: 1 });
      const row = api.service.store.runs.byName(1, id);
      await ingest(api.service, row?.id ?? -1, { history: { offset: 1_000_000, lines: ['{"step":2}'] } });
      const first = await api.get(`/runs/${id}/history?limit=2`);
      expect(first.body.rows).toEqual([{ step: 0 }, { step: 1 }]);
      const second = await api.get(`/runs/${id}/history?limit=2&cursor=${first.body.next_cursor}`);
      expect(second.body.rows).toEqual([]);
      const third = await api.get(`/runs/${id}/history?limit=2&cursor=${second.body.next_cursor}`);
      expect(third.body).toEqual({ rows: [{ step: 2 }], next_cursor: null });
    }));
});

describe('nothing is lost on the way through', () => {
  test('1.0 stays apart from 1, __proto__ is a parameter, great integers keep their digits', () =>
    withRestApp(async (api) => {
      const parameters = '{"depth":{"values":[1,1.5]},"rate":{"value":1.0},"__proto__":{"value":9007199254740993}}';
      const config = `{"method":"grid","parameters":${parameters}}`;
      const created = await api.send('post', '/sweeps', 'application/json', `{"config":${config}}`);
      expect(created.status).toBe(201);
      expect(created.text).toContain(parameters);
      expect((await api.get(`/sweeps/${created.body.id}`)).text).toContain(parameters);
      const asked = await api.post(`/sweeps/${created.body.id}/lease`, { agent: 'a' });
      const given = '"config":{"__proto__":9007199254740993,"depth":1,"rate":1.0}';
      expect(asked.text).toContain(given);
      expect((await api.get(`/runs/${asked.body.run.id}`)).text).toContain(given);
    }));

  test('rows keep their spelling; NaN is taken bare and as text, and is answered as text', () =>
    withRestApp(async (api) => {
      const { id, token } = await leaseRun(api, await newSweep(api, config));
      const rows =
        '{"loss":NaN,"a":1.0,"b":1},{"loss":"NaN","a":-Infinity,"__proto__":2},{"loss":0.25,"n":123456789012345678901}';
      const sent = `{"token":"${token}","offset":0.0,"rows":[${rows}]}`;
      expect((await api.send('post', `/runs/${id}/metrics`, 'application/json', sent)).body.rows).toBe(3);
      expect((await api.get(`/runs/${id}/history`)).text).toBe(
        '{"rows":[{"loss":"NaN","a":1.0,"b":1},{"loss":"NaN","a":"-Infinity","__proto__":2},{"loss":0.25,"n":123456789012345678901}],"next_cursor":null}',
      );
      const seen = await api.get(`/runs/${id}`);
      expect(seen.body.best_value).toBe(0.25);
      expect(seen.text).toContain(
        '"summary":{"loss":0.25,"a":"-Infinity","b":1,"__proto__":2,"n":123456789012345678901}',
      );
    }));
});
