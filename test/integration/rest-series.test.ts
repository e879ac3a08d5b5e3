import { describe, expect, test } from 'vitest';
import { type RestApp, withRestApp } from '../fixtures/rest-app.ts';

async function newRun(api: RestApp, rows: number): Promise<string> {
  const config = { method: 'grid', parameters: { x: { values: [1, 2] } } };
  const sweep = (await api.post('/sweeps', { config })).body.id;
  const { run, lease } = (await api.post(`/sweeps/${sweep}/lease`, { agent: 'a' })).body;
  const { token } = lease;
  for (let offset = 0; offset < rows; offset += 500) {
    const some = Array.from({ length: 500 }, (_, i) => ({ loss: 1 / (offset + i + 1), up: offset + i }));
    await api.post(`/runs/${run.id}/metrics`, { token, offset, rows: some });
  }
  return run.id;
}

describe('curves', () => {
  test('have the points that were asked for, and the ends of what they stand for', () =>
    withRestApp(async (api) => {
      const run = await newRun(api, 3_000);
      const { body } = await api.get(`/runs/${run}/series?keys=up,loss,nothing&points=10`);
      expect(body.rows).toBe(3_000);
      expect(body.series.map(({ key }: { key: string }) => key)).toEqual(['up', 'loss', 'nothing']);
      const [up, loss, nothing] = body.series;
      expect(up.points.length).toBeLessThanOrEqual(10);
      expect(up.points[0].low).toBe(0);
      expect(up.points.at(-1)).toMatchObject({ value: 2_999, high: 2_999 });
      expect(loss.points[0].high).toBe(1);
      expect(nothing.points).toEqual([]);
    }));

  test('of too many points, too many metrics or no run are refused', () =>
    withRestApp(async (api) => {
      const run = await newRun(api, 0);
      expect((await api.get(`/runs/${run}/series?keys=a&points=513`)).status).toBe(400);
      expect((await api.get(`/runs/${run}/series`)).status).toBe(400);
      const many = Array.from({ length: 101 }, (_, i) => `k${i}`).join();
      expect((await api.get(`/runs/${run}/series?keys=${many}`)).body.problems[0].path).toBe('keys');
      expect((await api.get('/runs/nope/series?keys=a')).body.code).toBe('run_not_found');
    }));
});

describe('forwarding', () => {
  test('without an upstream is off; pausing, resuming and trying again are for admins and do no harm', () =>
    withRestApp(async (api) => {
      expect((await api.get('/forwarding')).body).toMatchObject({ state: 'off', upstream: null, runs_refused: 0 });
      expect((await api.post('/forwarding/pause', { reason: 'moving' })).body.reason).toBe('moving');
      expect((await api.post('/forwarding/resume')).body.reason).toBe(null);
      expect((await api.post('/forwarding/retry', {})).body).toEqual({ retried: 0 });
      expect((await api.post('/forwarding/retry', { run: 'nope' })).body.code).toBe('run_not_found');
    }));
});
