/** The search over HTTP: the bodies of `sweepd engine OP`, for admins. */
import { describe, expect, test } from 'vitest';
import { openEngine } from '../../src/runtime/engine.ts';
import { withRestApp } from '../fixtures/rest-app.ts';

const yaml = 'method: grid\nparameters: {a: {values: [1, 2.0]}, b: {min: 1, max: 2}}\n';

describe('an op', () => {
  test.each([
    ['validate', { yaml }],
    ['validate', { yaml: 'method: gird\n' }],
    ['next', { yaml, runs: [{ config: { a: { value: 1 }, b: { value: 1 } } }], n: 2 }],
    ['next', { yaml: 'method: gird\n', runs: [], n: 1 }],
    ['simulate', { yaml, runs: [], n: 1, limit: 10 }],
    ['ppf', { parameter: { min: 0.0, max: 2.5 }, p: [0, 0.5, 1] }],
  ])('%s answers as the pipe does', (op, input) =>
    withRestApp(async (api) => {
      const answer = await api.post(`/engine/${op}`, input);
      expect([answer.status, answer.text]).toEqual([200, openEngine(op)?.(JSON.stringify(input))]);
      expect((await api.get('/sweeps')).body.items).toEqual([]);
    }),
  );

  test('keeps the spelling of numbers', () =>
    withRestApp(async (api) => {
      const text = '{"config": {"method": "grid", "parameters": {"a": {"values": [1.0, 2]}}}, "runs": [], "n": 2}';
      const answer = await api.send('post', '/engine/next', 'application/json', text);
      expect(answer.text).toContain('{"a":{"value":1.0}}');
      expect(answer.text).toContain('{"a":{"value":2}}');
    }));

  test.each(['session', 'nothing', '__proto__'])('%s is not there', (op) =>
    withRestApp(async (api) => {
      const { status, body } = await api.post(`/engine/${op}`, {});
      expect([status, body.code]).toEqual([404, 'engine_op_not_found']);
    }),
  );

  test('that would hold the server is refused', () =>
    withRestApp(async (api) => {
      const { status, body } = await api.post('/engine/next', { yaml, runs: [], n: 1_000_000_000 });
      expect([status, body.code, body.problems]).toEqual([
        400,
        'invalid_request',
        [{ path: 'n', message: 'at most 1000 points at once' }],
      ]);
    }));

  test('is for admins', () =>
    withRestApp(async (api) => {
      const { key } = (await api.post('/keys', { user: 'bob' })).body;
      const response = await fetch(`${api.url}/api/v1/engine/validate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ yaml }),
      });
      const body = (await response.json()) as { code: string };
      expect([response.status, body.code]).toEqual([403, 'admin_only']);
    }));
});
