/** What holds for every route: keys, errors, bodies, the OpenAPI document and the page that shows it; and what a restart leaves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startRestApp, withRestApp } from '../fixtures/rest-app.ts';

const config = { method: 'grid', parameters: { x: { values: [1, 2] } } };
const json = 'application/json';

describe('errors', () => {
  test('a refused config names everything that is wrong, with its place where a text was sent', () =>
    withRestApp(async (api) => {
      const yaml = 'method: gird\nparameters:\n  x: {min: 3, max: 1}\nfoo: 1\n';
      const text = await api.post('/sweeps', { config: yaml });
      expect([text.status, text.body.code, text.type]).toEqual([400, 'invalid_config', 'application/problem+json']);
      const places = text.body.problems.map(({ path, line }: { path: string; line: number }) => [path, line]);
      expect(new Map(places)).toEqual(
        new Map([
          ['method', 1],
          ['parameters/x/min', 3],
          ['foo', 4],
        ]),
      );

      const object = await api.post('/sweeps', { config: { ...config, foo: 1 } });
      expect(object.body.problems).toEqual([{ path: 'foo', message: expect.stringContaining('"foo"') }]);
      expect(object.body.detail).not.toContain('line');
      expect((await api.get('/sweeps')).body.items).toEqual([]);
    }));

  test('force takes what only the schema complains about, and says so', () =>
    withRestApp(async (api) => {
      const { status, body } = await api.post('/sweeps', { config: { ...config, foo: 1 }, force: true });
      expect(status).toBe(201);
      expect(body.warnings).toEqual([{ path: 'foo', message: expect.any(String) }]);
      const wrong = await api.post('/sweeps', { config: { method: 'grid' }, force: true });
      expect(wrong.body.code).toBe('invalid_config');
      const yaml = 'method: grid\nfoo: 1\nparameters: {x: {value: 1}}\n';
      expect((await api.send('post', '/sweeps?force=true', 'application/yaml', yaml)).status).toBe(201);
    }));

  test('a wrong body names the field', () =>
    withRestApp(async (api) => {
      const sweep = (await api.post('/sweeps', { config })).body.id;
      const { run, lease } = (await api.post(`/sweeps/${sweep}/lease`, { agent: 'a' })).body;
      const { token } = lease;
      const wrong: [string, unknown, string][] = [
        ['/sweeps', {}, 'config'],
        ['/sweeps', { config: 3 }, 'config'],
        ['/sweeps', { config, force: 'yes' }, 'force'],
        [`/sweeps/${sweep}/lease`, {}, 'agent'],
        [`/sweeps/${sweep}/lease`, { agent: 'a', wait_s: -1 }, 'wait_s'],
        [`/runs/${run.id}/metrics`, { token, offset: 0.5, rows: [] }, 'offset'],
        [`/runs/${run.id}/metrics`, { token, offset: 0, rows: [{}, 7] }, 'rows/1'],
        [`/runs/${run.id}/finish`, { token, state: 'crashed' }, 'state'],
        [`/runs/${run.id}/finish`, { token, state: 'finished', summary: [] }, 'summary'],
        [`/runs/${run.id}/heartbeat`, undefined, ''],
      ];
      for (const [path, sent, field] of wrong) {
        const { status, body } = await api.post(path, sent);
        expect([path, sent, status, body.code]).toEqual([path, sent, 400, 'invalid_request']);
        expect(body.problems[0].path).toBe(field);
      }
    }));

  test('a body that is not JSON, not taken, or too large is refused', () =>
    withRestApp(async (api) => {
      const sweep = (await api.post('/sweeps', { config })).body.id;
      const { run, lease } = (await api.post(`/sweeps/${sweep}/lease`, { agent: 'a' })).body;
      const broken = await api.send('post', '/sweeps', json, '{"config":\n  nonsense}');
      expect([broken.status, broken.body.code]).toEqual([400, 'invalid_json']);
      expect(broken.body.detail).toContain('line 2, column 3');
      const form = await api.send('post', '/sweeps', 'application/x-www-form-urlencoded', 'config=1');
      expect([form.status, form.body.code]).toEqual([415, 'unsupported_media_type']);

      const large = (megabytes: number) => ({
        token: lease.token,
        offset: 0,
        rows: [{ text: 'x'.repeat(megabytes * 2 ** 20) }],
      });
      expect((await api.post(`/runs/${run.id}/metrics`, large(5))).status).toBe(200);
      const refused = [await api.post(`/runs/${run.id}/metrics`, large(16)), await api.post('/sweeps', large(4))];
      for (const { status, body } of refused) expect([status, body.code]).toEqual([413, 'body_too_large']);
    }));
});

test('without a key nothing is said', () =>
  withRestApp(async (api) => {
    const { paths } = api.document();
    for (const [path, operations] of Object.entries(paths)) {
      for (const method of Object.keys(operations)) {
        const { status, body } = await api.anonymous(method, path.replace(/\{\w+\}/g, 'x'));
        expect([path, method, status, body.code]).toEqual([path, method, 401, 'missing_key']);
      }
    }
    const other = await fetch(`${api.url}/api/v1/sweeps`, { headers: { authorization: 'Bearer nonsense' } });
    expect([other.status, other.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="sweepd"']);
  }));

test('the same request_id gives the same run after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sweepd-rest-'));
  try {
    const first = await startRestApp({ directory });
    const sweep = (await first.post('/sweeps', { config })).body.id;
    const ask = { agent: 'a', request_id: 'ask-1' };
    const before = await first.post(`/sweeps/${sweep}/lease`, ask);
    await first.close();
    const second = await startRestApp({ directory, previous: first.test });
    expect((await second.post(`/sweeps/${sweep}/lease`, ask)).body).toEqual(before.body);
    const { run, lease } = before.body;
    expect((await second.post(`/runs/${run.id}/heartbeat`, { token: lease.token })).status).toBe(200);
    await second.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

describe('the document', () => {
  test('has every route with its answers, and every code in one table', () =>
    withRestApp(async (api) => {
      const { openapi, paths, ...document } = api.document();
      expect(openapi).toBe('3.1.0');
      const routes = Object.entries(paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
      );
      expect(routes).toEqual(
        expect.arrayContaining([
          'DELETE /runs/{id}',
          'DELETE /sweeps/{id}',
          'GET /events',
          'GET /runs',
          'GET /runs/{id}',
          'GET /runs/{id}/decisions',
          'GET /runs/{id}/history',
          'GET /sweeps',
          'GET /sweeps/{id}',
          'GET /sweeps/{id}/runs',
          'PATCH /sweeps/{id}',
          'POST /runs/{id}/finish',
          'POST /runs/{id}/heartbeat',
          'POST /runs/{id}/metrics',
          'POST /runs/{id}/stop',
          'POST /sweeps',
          'POST /sweeps/{id}/lease',
        ]),
      );
      const codes = document['x-error-codes'];
      for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
        expect(operation.summary).toBeTruthy();
        for (const { name, description } of operation.parameters ?? [])
          expect([name, description]).not.toContain(undefined);
        for (const [status, { description, content }] of Object.entries(operation.responses)) {
          expect(description).not.toBe('Default Response');
          if (status !== '204') expect(Object.keys(content ?? {})).toHaveLength(1);
          if (Number(status) < 400) continue;
          for (const [, code = ''] of description.matchAll(/`(\w+)`/g))
            expect(codes[code]?.status).toBe(Number(status));
        }
      }
    }));

  test('is shown by /docs, without a key, a script, or anything from elsewhere', () =>
    withRestApp(async (api) => {
      const page = await fetch(`${api.url}/docs`);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const text = await page.text();
      const { paths, components, 'x-error-codes': codes } = api.document();
      for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
        expect(text).toContain(`id="${operation.operationId}"`);
      }
      for (const name of Object.keys(components.schemas)) expect(text).toContain(`id="schema-${name}"`);
      for (const code of Object.keys(codes)) expect(text).toContain(`<code>${code}</code>`);
      expect(text).not.toMatch(/<script|<link|src=|url\(|https?:\/\//);
    }));
});
