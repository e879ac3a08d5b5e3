/** What stays open: the long poll of an agent without work, and the stream of events. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { reap } from '../../src/service/reaper.ts';
import { apiKey, type RestApp, until, withRestApp } from '../fixtures/rest-app.ts';

const onePoint = { method: 'grid', parameters: { x: { values: [1] } } };

/** A sweep of one point, which slot-0 has. */
async function takenSweep(api: RestApp) {
  const sweep = (await api.post('/sweeps', { config: onePoint })).body.id as string;
  const { run, lease } = (await api.post(`/sweeps/${sweep}/lease`, { agent: 'slot-0' })).body;
  return { sweep, run: run.id as string, token: lease.token as string };
}

/** Asks as slot-1; `meanwhile` happens once the server has found that there is nothing and waits. */
async function askAndWait(api: RestApp, sweep: string, wait_s: number, meanwhile?: () => Promise<unknown>) {
  const asked = api.post(`/sweeps/${sweep}/lease`, { agent: 'slot-1', wait_s });
  await isWaiting(api, sweep);
  await meanwhile?.();
  return (await asked).body;
}

const isWaiting = (api: RestApp, sweep: string) =>
  until(() => api.test.store.agents.byRestName(sweep, 'slot-1') !== undefined);

describe('the long poll', { timeout: 60_000 }, () => {
  test('is answered as soon as a lost run gives its point back', () =>
    withRestApp(async (api) => {
      const { sweep } = await takenSweep(api);
      const { run } = await askAndWait(api, sweep, 20, () => {
        api.test.clock.advance(91);
        return reap(api.service);
      });
      expect(run).toMatchObject({ attempt: 2, config: { x: 1 } });
    }));

  test('is answered as soon as the sweep is over', () =>
    withRestApp(async (api) => {
      const { sweep, run, token } = await takenSweep(api);
      const finish = () => api.post(`/runs/${run}/finish`, { token, state: 'finished' });
      expect(await askAndWait(api, sweep, 20, finish)).toEqual({
        run: null,
        sweep_state: 'finished',
        retry_after_s: expect.any(Number),
      });
    }));

  test('waits through a pause', () =>
    withRestApp(async (api) => {
      const sweep = (await api.post('/sweeps', { config: onePoint })).body.id as string;
      await api.patch(`/sweeps/${sweep}`, { state: 'paused' });
      const { run } = await askAndWait(api, sweep, 20, () => api.patch(`/sweeps/${sweep}`, { state: 'running' }));
      expect(run.config).toEqual({ x: 1 });
    }));

  test('ends with its time, or at once where none is given', () =>
    withRestApp(async (api) => {
      const { sweep } = await takenSweep(api);
      const nothing = { run: null, sweep_state: 'running', retry_after_s: expect.any(Number) };
      const begin = performance.now();
      expect(await askAndWait(api, sweep, 0.3)).toEqual(nothing);
      expect(performance.now() - begin).toBeGreaterThan(290);
      expect((await api.post(`/sweeps/${sweep}/lease`, { agent: 'slot-1' })).body).toEqual(nothing);
    }));

  test('gives no run to a client that has gone', () =>
    withRestApp(async (api) => {
      const { sweep } = await takenSweep(api);
      const noticed = new Promise((resolve) => {
        api.app.server.once('request', (_request, response) => response.once('close', resolve));
      });
      const asked = request(`${api.url}/api/v1/sweeps/${sweep}/lease`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      });
      asked.on('error', () => {}).end(JSON.stringify({ agent: 'slot-1', wait_s: 20 }));
      await isWaiting(api, sweep);
      asked.destroy();
      await noticed;
      api.test.clock.advance(91);
      await reap(api.service);
      const { body } = await api.post(`/sweeps/${sweep}/lease`, { agent: 'slot-2' });
      expect(body.run).toMatchObject({ number: 2, attempt: 2 });
    }));

  test('does not keep the server from stopping', () =>
    withRestApp(async (api) => {
      const { sweep } = await takenSweep(api);
      const answer = await askAndWait(api, sweep, 20, () => api.app.close());
      expect(answer).toMatchObject({ run: null, sweep_state: 'running' });
    }));
});

interface Feed {
  /** The next event of one of these names. */
  next(...names: string[]): Promise<{ name: string; data: Record<string, unknown> }>;
  /** True once the stream has ended. */
  ended(): Promise<boolean>;
}

async function openFeed(api: RestApp, query = ''): Promise<Feed> {
  const response = await fetch(`${api.url}/api/v1/events${query}`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const feed: Feed = {
    next: async (...names) => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const { value, done } = await reader.read();
          if (done) throw new Error('The stream ended.');
          text += value;
          continue;
        }
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => line.split(': ', 2) as [string, string]),
        );
        text = text.slice(end + 2);
        const name = fields.get('event') ?? '';
        if (names.includes(name)) return { name, data: JSON.parse(fields.get('data') ?? '{}') };
      }
    },
    ended: async () => {
      for (;;) if ((await reader.read()).done) return true;
    },
  };
  await feed.next('ready');
  return feed;
}

describe('the stream of events', { timeout: 60_000 }, () => {
  test('tells of sweeps and runs with their newest state', () =>
    withRestApp(async (api) => {
      const feed = await openFeed(api);
      const { sweep, run, token } = await takenSweep(api);
      expect((await feed.next('sweep')).data).toMatchObject({ id: sweep, state: 'running', entity: 'team' });
      expect((await feed.next('run')).data).toMatchObject({ id: run, sweep_id: sweep, state: 'pending' });
      for (let offset = 0; offset < 3; offset++) {
        await api.post(`/runs/${run}/metrics`, { token, offset, rows: [{ loss: offset }] });
      }
      await api.post(`/runs/${run}/finish`, { token, state: 'finished' });
      for (;;) {
        const { data } = await feed.next('run');
        if (data.state === 'finished') {
          expect(data.rows).toBe(3);
          break;
        }
      }
      await api.delete(`/runs/${run}`);
      expect((await feed.next('run_deleted')).data).toEqual({ sweep_id: sweep });
      await api.delete(`/sweeps/${sweep}`);
      expect((await feed.next('sweep_deleted')).data).toEqual({ id: sweep });
    }));

  test('tells of one sweep where one is named', () =>
    withRestApp(async (api) => {
      const [one, other] = [await takenSweep(api), await takenSweep(api)];
      const feed = await openFeed(api, `?sweep=${one.sweep}`);
      await api.patch(`/sweeps/${other.sweep}`, { state: 'paused' });
      await api.patch(`/sweeps/${one.sweep}`, { state: 'paused' });
      expect((await feed.next('sweep', 'run')).data.id).toBe(one.sweep);
      expect((await api.get('/events?sweep=nothing')).body.code).toBe('sweep_not_found');
    }));

  test('ends when the server stops', () =>
    withRestApp(async (api) => {
      const feed = await openFeed(api);
      const [ended] = await Promise.all([feed.ended(), api.app.close()]);
      expect(ended).toBe(true);
    }));
});
