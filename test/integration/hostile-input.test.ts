/** What nobody means well by: configs, bodies, keys and ids that are wrong in every way. One clear message each, and nothing stored. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiKey, type Seen, useWholeServer } from '../protocol/whole-server.ts';

const server = useWholeServer();
const upsertSweep = 'mutation U($config: String) { upsertSweep(input: { config: $config }) { sweep { name } } }';
const grid = 'method: grid\nparameters: {x: {values: [1, 2]}}\n';

const parameters = (text: string) => `method: random\nparameters: {x: ${text}}\n`;
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

/** Ten anchors, each a list of ten times the one before: 10^10 values in 400 characters. */
const aliasBomb = lines(10, (i) => {
  const inner = i === 0 ? '1' : `*a${i - 1}`;
  return `k${i}: &a${i} [${Array.from({ length: 10 }, () => inner).join(', ')}]`;
});

const configs: [what: string, config: string, message: string][] = [
  ['a bomb of aliases', aliasBomb, 'Aliases make more than 100000 values'],
  ['an anchor within itself', 'method: &a [*a]', '"*a" names no anchor before it'],
  ['a tab as indentation', 'method: grid\nparameters:\n\tx: {value: 1}\n', 'Tabs cannot indent YAML: write spaces'],
  ['brackets without end', '['.repeat(100_000), 'nested more than 100 levels deep'],
  ['lists in lists', `${'- '.repeat(5_000)}x`, 'nested more than 100 levels deep'],
  ['JSON in JSON', `{"method": ${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`, 'nested more than 100 levels deep'],
  [
    'code for another language',
    'method: !!js/function "() => 1"\n',
    'The tag tag:yaml.org,2002:js/function is not known',
  ],
  ['two documents', `${grid}---\n${grid}`, 'A config is one document'],
  ['no mapping', '- method\n', 'A sweep config is a mapping with "method" and "parameters", not a list'],
  ['nothing', '', 'A sweep config is a mapping with "method" and "parameters", and this one is empty'],
  ['NaN', parameters('{min: .nan, max: 1.0}'), '"min" must be a finite number, not NaN'],
  ['1e400', parameters('{min: 0.5, max: 1e400}'), '"max" must be a finite number, not Infinity'],
  ['1e400 as a step', parameters('{distribution: q_uniform, min: 0, max: 1, q: 1e400}'), '"q" must be a finite number'],
  ['a number of 5,000 digits', parameters(`{min: 0, max: ${'9'.repeat(5_000)}}`), '"max" must be a finite number'],
  [
    '10,001 parameters',
    `method: random\nparameters:\n${lines(10_001, (i) => `  p${i}: {value: ${i}}`)}\n`,
    '10001 parameters are more than the 10000 that a sweep may have',
  ],
  ['a million commas', `x: [${','.repeat(1_000_000)}]`, 'has more than 400000 words and marks: write fewer'],
  ['a hundred thousand commas', `x: [${','.repeat(100_000)}]`, 'Not YAML: Unexpected , in flow sequence'],
  ['a million empty lines', `${'\n'.repeat(1_000_000)}a: 1`, 'has more than 400000 words and marks: write fewer'],
  ['a text of 1 MiB and more', `${grid}description: ${'x'.repeat(2 ** 20)}\n`, 'has at most 1048576 characters'],
];

describe('a config with', () => {
  it.each(configs)('%s is refused', async (_, config, message) => {
    const before = server.rows();
    const { status, body } = await server.rest('POST', '/sweeps', { config });
    expect([status, body.code, body.problems.length]).toEqual([400, 'invalid_config', 1]);
    expect(body.problems[0].message).toContain(message);
    const wandb = await server.graphql(upsertSweep, { config });
    expect([wandb.status, wandb.body.errors.length]).toEqual([400, 1]);
    expect(wandb.body.errors[0].message).toContain(message);
    expect(server.rows()).toEqual(before);
  });

  it('40,000 keys that do not exist says the first ones, in a short answer', async () => {
    const before = server.rows();
    const config = lines(40_000, (i) => `k${i}: 1`);
    const { status, body, text } = await server.rest('POST', '/sweeps', { config });
    expect([status, body.code]).toEqual([400, 'invalid_config']);
    expect(body.detail).toContain('"method" is missing');
    expect(body.detail).toContain('has 39980 more keys that it does not take');
    expect(text.length).toBeLessThan(20_000);
    expect(server.rows()).toEqual(before);
  });

  it('a thousand parameters that are wrong lists a hundred of them', async () => {
    const config = `method: random\nparameters:\n${lines(1_000, (i) => `  p${i}: {min: 2, max: 1}`)}\n`;
    const { body } = await server.rest('POST', '/sweeps', { config });
    expect(body.problems).toHaveLength(101);
    expect(body.problems.at(-1).message).toBe('There is more than this: correct it first');
  });

  it('a key given twice is taken as YAML has it, with a word about it', async () => {
    const config = 'method: random\nmethod: grid\nparameters: {x: {values: [1]}, x: {values: [2, 3]}}\n';
    const { status, body } = await server.rest('POST', '/sweeps', { config });
    expect([status, body.method, body.run_count_expected]).toEqual([201, 'grid', 2]);
    expect(body.warnings).toEqual([
      { path: 'method', message: '"method" is given twice; this one counts: remove the other' },
      { path: 'parameters/x', message: '"x" is given twice; this one counts: remove the other' },
    ]);
  });

  it('10,000 parameters works from end to end', async () => {
    const config = `method: random\nparameters:\n${lines(10_000, (i) => `  p${i}: {min: 0, max: ${i + 1}}`)}\n`;
    const sweep = await server.rest('POST', '/sweeps', { config });
    expect(sweep.status).toBe(201);
    const leased = await server.rest('POST', `/sweeps/${sweep.body.id}/lease`, { agent: 'a' });
    expect(Object.keys(leased.body.run.config)).toHaveLength(10_000);
  });
});

describe('a body', () => {
  const most = 100 * 2 ** 20;

  it.each(['/api/v1/sweeps', '/api/v1/runs/x/metrics', '/graphql', '/files/team/p/r/file_stream'])(
    'of 100 MiB to %s is refused by what its head says',
    async (path) => {
      const { answer, sent } = await server.pour(path, [`Content-Length: ${most}`], most);
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
      expect(answer).toMatch(/too large|larger than/);
      expect(sent).toBe(0);
    },
  );

  it.each([
    ['/api/v1/sweeps', 4],
    ['/api/v1/runs/x/metrics', 16],
    ['/graphql', 64],
  ])('without a length to %s is cut off behind its limit of %i MiB', async (path, limit) => {
    const before = server.rows();
    const { answer, sent } = await server.pour(path, [], most);
    // A client that still writes when the connection is closed may meet the reset before it reads the answer.
    if (answer !== '') {
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
      expect(answer.toLowerCase()).toContain('connection: close');
    }
    // What lies in the sockets' buffers beyond the limit is a matter of the operating system.
    expect(sent).toBeGreaterThanOrEqual(limit * 2 ** 20);
    expect(sent).toBeLessThan(most);
    expect(server.rows()).toEqual(before);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'nonsense'])(
    'in the encoding %s is refused unread',
    async (encoding) => {
      const before = server.rows();
      const body = new Uint8Array(gzipSync(JSON.stringify({ config: grid, query: '{ viewer { id } }' })));
      const send = (path: string, headers: Record<string, string>) =>
        server.call(path, { method: 'POST', body, headers: { 'content-encoding': encoding, ...headers } });
      const rest = await send('/api/v1/sweeps', { authorization: `Bearer ${apiKey}` });
      expect([rest.status, rest.body.code]).toEqual([415, 'unsupported_media_type']);
      expect(rest.body.detail).toContain('not compressed');
      for (const path of ['/graphql', '/files/team/p/r/file_stream']) {
        const { status, body: answer } = await send(path, {});
        expect([status, answer.errors]).toEqual([415, [{ message: rest.body.detail }]]);
      }
      expect(server.rows()).toEqual(before);
    },
  );

  it('that only says it is as it is, is taken', async () => {
    const body = JSON.stringify({ query: '{ viewer { username } }' });
    const headers = { 'content-encoding': 'identity' };
    expect((await server.call('/graphql', { method: 'POST', body, headers })).status).toBe(200);
  });

  it.each([
    ['packed but not said so', gzipSync('{}').toString('latin1')],
    ['with lists without end', '['.repeat(1_000_000)],
    ['cut in the middle', '{"config": "met'],
    ['of two values', '{} {}'],
  ])('%s is no JSON', async (_, text) => {
    const rest = await server.rest('POST', '/sweeps', text);
    expect([rest.status, rest.body.code]).toEqual([400, 'invalid_json']);
    const wandb = await server.graphqlText(text);
    expect([wandb.status, wandb.body.errors.length]).toEqual([400, 1]);
    expect((await server.fileStream('team/p/r', text)).status).toBe(400);
  });

  it('behind a head of 100 kB is refused', async () => {
    const { answer } = await server.pour('/graphql', [`X-Long: ${'x'.repeat(100_000)}`, 'Content-Length: 2'], 2);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('a key', () => {
  const routes: [string, string, string][] = [
    ['POST', '/api/v1/sweeps', JSON.stringify({ config: grid })],
    ['POST', '/graphql', JSON.stringify({ query: upsertSweep, variables: { config: grid } })],
    ['POST', '/files/team/p/r/file_stream', '{}'],
  ];

  it.each([
    ['none', '', 'This needs an API key.'],
    ['another', 'x'.repeat(45), 'This API key is not known here.'],
    ['one of 10,000 characters', 'x'.repeat(10_000), 'This API key is not known here.'],
    ['__proto__', '__proto__', 'This API key is not known here.'],
  ])('%s: 401, and nothing is done', async (_, key, message) => {
    const before = server.rows();
    for (const [method, path, body] of routes) {
      const basic = `Basic ${Buffer.from(`api:${key}`).toString('base64')}`;
      const authorization = path.startsWith('/api') ? `Bearer ${key}` : basic;
      const answer = await server.call(path, { method, body, headers: { authorization } });
      expect([path, answer.status, textOf(answer)]).toEqual([path, 401, message]);
    }
    expect(server.rows()).toEqual(before);
  });

  it('is asked for before the body is read: what is no JSON is not looked at', async () => {
    for (const [method, path] of routes) {
      const headers = { authorization: '', 'content-type': 'application/json' };
      const answer = await server.call(path, { method, body: '['.repeat(1_000), headers });
      expect([path, answer.status, textOf(answer)]).toEqual([path, 401, 'This needs an API key.']);
    }
  });
});

describe('what does not exist', () => {
  const ids = [
    'nosuch99',
    '__proto__',
    'constructor',
    '%00',
    '..%2f..%2fetc%2fpasswd',
    "' or 1=1 --",
    'x'.repeat(3_000),
  ];

  it.each(ids)('a sweep %s: 404, the same everywhere', async (id) => {
    const before = server.rows();
    const path = encodeURIComponent(decodeURIComponent(id));
    const message = `There is no sweep "${decodeURIComponent(id)}".`;
    for (const [method, of, body] of [
      ['GET', '', undefined],
      ['GET', '/runs', undefined],
      ['PATCH', '', { state: 'paused' }],
      ['DELETE', '', undefined],
      ['POST', '/lease', { agent: 'a' }],
    ] as const) {
      const answer = await server.rest(method, `/sweeps/${path}${of}`, body);
      expect([answer.status, answer.body.code, answer.body.detail]).toEqual([404, 'sweep_not_found', message]);
    }
    const agent = 'mutation A($id: String!) { createAgent(input: { host: "h", sweep: $id }) { agent { id } } }';
    const update = 'mutation U($id: ID!) { upsertSweep(input: { id: $id, state: "PAUSED" }) { sweep { id } } }';
    for (const query of [agent, update]) {
      const answer = await server.graphql(query, { id: decodeURIComponent(id) });
      expect([answer.status, answer.body.errors]).toEqual([404, [{ message }]]);
    }
    expect(server.rows()).toEqual(before);
  });

  it.each(ids)('a run %s: 404', async (id) => {
    const before = server.rows();
    const path = encodeURIComponent(decodeURIComponent(id));
    const token = 'x';
    for (const [of, body] of [
      ['heartbeat', { token }],
      ['metrics', { token, offset: 0, rows: [{ loss: 1 }] }],
      ['finish', { token, state: 'finished' }],
      ['stop', {}],
    ] as const) {
      const answer = await server.rest('POST', `/runs/${path}/${of}`, body);
      expect([answer.status, answer.body.code]).toEqual([404, 'run_not_found']);
    }
    expect((await server.fileStream(`team/p/${path}`, { complete: true })).status).toBe(404);
    expect(server.rows()).toEqual(before);
  });
});

describe('a transition', () => {
  let sweep = '';
  const change = (state: unknown) => server.rest('PATCH', `/sweeps/${sweep}`, { state });
  const changeByClient = (state: string) =>
    server.graphql('mutation U($id: ID!, $s: String) { upsertSweep(input: { id: $id, state: $s }) { sweep { id } } }', {
      id: sweep,
      s: state,
    });

  beforeEach(async () => {
    sweep = (await server.rest('POST', '/sweeps', { config: grid })).body.id;
  });
  afterEach(() => server.rest('DELETE', `/sweeps/${sweep}`));

  it('that the machine does not have is refused, by both doors', async () => {
    await change('finished');
    const before = server.rows();
    const rest = await change('paused');
    const message = `Sweep ${sweep} is finished: it cannot become paused.`;
    expect([rest.status, rest.body.code, rest.body.detail]).toEqual([409, 'wrong_transition', message]);
    const wandb = await changeByClient('PAUSED');
    expect([wandb.status, wandb.body.errors]).toEqual([400, [{ message }]]);
    expect(server.rows()).toEqual(before);
  });

  it.each(['pending', 'exploded', '__proto__', '', 3, null])('to %j is refused', async (state) => {
    const before = server.rows();
    const rest = await change(state);
    expect([rest.status, rest.body.code, rest.body.problems[0].path]).toEqual([400, 'invalid_request', 'state']);
    if (typeof state === 'string' && state !== '') {
      const wandb = await changeByClient(state.toUpperCase());
      expect([wandb.status, wandb.body.errors.length]).toEqual([400, 1]);
      expect(wandb.body.errors[0].message).toContain('may be set to running, paused, finished or canceled');
    }
    expect(server.rows()).toEqual(before);
  });

  it('of a config that has runs is refused', async () => {
    await server.rest('POST', `/sweeps/${sweep}/lease`, { agent: 'a' });
    const before = server.rows();
    const { status, body } = await server.rest('PATCH', `/sweeps/${sweep}`, { config: grid.replace('2', '3') });
    expect([status, body.code]).toEqual([400, 'search_is_fixed']);
    expect(server.rows()).toEqual(before);
  });
});

describe('numbers that JSON does not have', () => {
  it('NaN, the infinities and 1e400 are kept in a history, and are no value of the metric', async () => {
    const config = `${grid}metric: {name: loss, goal: minimize}\n`;
    const sweep = (await server.rest('POST', '/sweeps', { config })).body.id;
    const { run, lease } = (await server.rest('POST', `/sweeps/${sweep}/lease`, { agent: 'a' })).body;
    const rows = '[{"loss": NaN}, {"loss": -Infinity}, {"loss": 1e400}, {"loss": 0.5}, {"loss": "NaN"}]';
    const sent = await server.rest(
      'POST',
      `/runs/${run.id}/metrics`,
      `{"token": "${lease.token}", "offset": 0, "rows": ${rows}}`,
    );
    expect([sent.status, sent.body.rows]).toEqual([200, 5]);
    const history = await server.rest('GET', `/runs/${run.id}/history`);
    const losses = history.body.rows.map((row: { loss: unknown }) => row.loss);
    expect(losses).toEqual(['NaN', '-Infinity', 'Infinity', 0.5, 'NaN']);
    expect((await server.rest('GET', `/runs/${run.id}`)).body.best_value).toBe(0.5);
  });

  it.each(['NaN', '1e400', '-1', '0.5', '"0"', 'null', '4294967296'])('an offset of %s is refused', async (offset) => {
    const sweep = (await server.rest('POST', '/sweeps', { config: grid })).body.id;
    const { run, lease } = (await server.rest('POST', `/sweeps/${sweep}/lease`, { agent: 'a' })).body;
    const before = server.rows();
    const body = `{"token": "${lease.token}", "offset": ${offset}, "rows": [{"loss": 1}]}`;
    const answer = await server.rest('POST', `/runs/${run.id}/metrics`, body);
    expect([answer.status, answer.body.problems[0].path]).toEqual([400, 'offset']);
    expect(server.rows()).toEqual(before);
  });
});

function textOf({ body }: Seen): string {
  return body.detail ?? body.errors[0].message;
}
