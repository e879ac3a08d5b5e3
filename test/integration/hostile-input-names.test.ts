/** Names that mean something to JavaScript are names like any other: they go all the way round, and pollute nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import { useWholeServer } from '../protocol/whole-server.ts';

const server = useWholeServer();
const names = ['__proto__', 'constructor', 'hasOwnProperty', 'prototype', 'toString', 'valueOf'];
const perName = (text: (name: string, i: number) => string) => names.map(text).join(', ');

const yaml = `method: grid
metric: {name: __proto__, goal: minimize}
parameters: {${perName((name, i) => `${name}: {values: [${i}, 7.0]}`)}, zone: {parameters: {${perName((name) => `${name}: {value: ${name}}`)}}}}
`;
/** The first point: of each parameter its first value, spelled as in the config. */
const point =
  `{${perName((name, i) => `"${name}":${i}`)},"zone":{${perName((name) => `"${name}":"${name}"`)}}}`.replaceAll(
    ', ',
    ',',
  );
const row = (value: number) => `{${perName((name) => `"${name}": ${value}`)}}`;
const values = (value: unknown) => entriesOf(row(0)).map(([name]) => [name, value]);

afterEach(() => {
  for (const builtIn of [{}, [], 'text', () => {}]) {
    expect(Object.getPrototypeOf(builtIn)).toBe(builtIn.constructor.prototype);
    for (const key in Object(builtIn)) expect(Object.hasOwn(Object(builtIn), key), key).toBe(true);
  }
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(builtIns);
});
const builtIns = Object.getOwnPropertyNames(Object.prototype).sort();

describe('through REST', () => {
  it.each([
    ['YAML text', JSON.stringify({ config: yaml })],
    ['an object', `{"config": ${asJson()}}`],
  ])('the names of a config given as %s come back with the run, its rows and its summary', async (_, body) => {
    const sweep = await server.rest('POST', '/sweeps', body);
    expect([sweep.status, sweep.body.warnings]).toEqual([201, []]);
    expect(sweep.body.metric).toEqual({ name: '__proto__', goal: 'minimize' });
    const config = await server.rest('GET', `/sweeps/${sweep.body.id}`);
    expect(config.text).toContain('"__proto__":{"values":[0,7.0]}');

    const leased = await server.rest('POST', `/sweeps/${sweep.body.id}/lease`, {
      agent: '__proto__',
      request_id: 'constructor',
    });
    expect(leased.text).toContain(`"config":${point}`);
    const again = await server.rest('POST', `/sweeps/${sweep.body.id}/lease`, {
      agent: '__proto__',
      request_id: 'constructor',
    });
    expect(again.text).toBe(leased.text);

    const { run, lease } = leased.body;
    const rows = `[${row(3)}, ${row(2)}]`;
    const token = JSON.stringify(lease.token);
    const logged = await server.rest(
      'POST',
      `/runs/${run.id}/metrics`,
      `{"token": ${token}, "offset": 0, "rows": ${rows}}`,
    );
    expect(logged.body).toMatchObject({ rows: 2, stop: false });
    const finish = `{"token": ${token}, "state": "finished", "summary": ${row(1)}}`;
    expect((await server.rest('POST', `/runs/${run.id}/finish`, finish)).status).toBe(200);

    const history = await server.rest('GET', `/runs/${run.id}/history`);
    expect(history.body.rows.map(Object.entries)).toEqual([values(3), values(2)]);
    const read = await server.rest('GET', `/runs/${run.id}`);
    expect(read.text).toContain(`"config":${point}`);
    expect(Object.entries(read.body.summary)).toEqual(values(1));
    expect(read.body.best_value).toBe(2);
  });

  it.each(names)('a sweep, a project and an entity may be called %s', async (name) => {
    const config = `name: ${name}\nproject: ${name}\nentity: ${name}\nmethod: grid\nparameters: {x: {value: 1}}\n`;
    const { status, body } = await server.rest('POST', '/sweeps', { config });
    expect([status, body.name, body.project, body.entity]).toEqual([201, name, name, name]);
    const list = await server.rest('GET', `/sweeps?project=${name}/${name}`);
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([body.id]);
  });

  it.each(['{"__proto__": {"config": "x"}}', '{"constructor": {"prototype": {"config": "x"}}}'])(
    'the body %s has no config',
    async (body) => {
      const before = server.rows();
      const answer = await server.rest('POST', '/sweeps', body);
      expect([answer.status, answer.body.problems[0].path]).toEqual([400, 'config']);
      expect(server.rows()).toEqual(before);
    },
  );

  it.each([
    ['an unknown key', '__proto__: {x: 1}\nmethod: grid\nparameters: {x: {value: 1}}', 'no key "__proto__"'],
    ['a method', 'method: constructor\nparameters: {x: {value: 1}}', 'There is no method "constructor"'],
    [
      'a distribution',
      'method: random\nparameters: {x: {distribution: toString, min: 0, max: 1}}',
      'There is no distribution "toString"',
    ],
    [
      'a key of a parameter',
      'method: grid\nparameters: {x: {value: 1, __proto__: {q: 1}}}',
      '"__proto__" does not go with "value"',
    ],
    [
      'a key of the metric',
      'method: grid\nmetric: {name: a, constructor: 1}\nparameters: {x: {value: 1}}',
      'no key "constructor"',
    ],
    [
      'a stop rule',
      'method: grid\nparameters: {x: {value: 1}}\nsweepd: {stop: [constructor]}',
      'There is no stop rule "constructor"',
    ],
  ])('as %s it is refused by its name', async (_, config, message) => {
    const before = server.rows();
    const { status, body } = await server.rest('POST', '/sweeps', { config });
    expect([status, body.code]).toEqual([400, 'invalid_config']);
    expect(body.detail).toContain(message);
    expect(server.rows()).toEqual(before);
  });
});

describe("through W&B's wire", () => {
  const create =
    'mutation U($config: String) { upsertSweep(input: { config: $config, projectName: "names" }) { sweep { name config } configValidationWarnings } }';
  const agent = 'mutation A($sweep: String!) { createAgent(input: { host: "h", sweep: $sweep }) { agent { id } } }';
  const ask = 'mutation H($id: ID!) { agentHeartbeat(input: { id: $id }) { commands } }';
  const begin = 'mutation B($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id name config } } }';
  const look = `query R($name: String!, $specs: [JSONString!]!) { project(name: "names") { run(name: $name) {
    config summaryMetrics history sampledHistory(specs: $specs) historyKeys } } }`;
  const wire = point.replace(/"(\w+)":(\d|{[^}]*})/g, '"$1":{"value":$2}');

  it('the names go from the config to the command, and from the program to what is read', async () => {
    const made = (await server.graphql(create, { config: yaml })).body.data.upsertSweep;
    expect([made.configValidationWarnings, made.sweep.config]).toEqual([[], yaml]);
    const { id } = (await server.graphql(agent, { sweep: made.sweep.name })).body.data.createAgent.agent;
    const commands: string = (await server.graphql(ask, { id })).body.data.agentHeartbeat.commands;
    expect(commands).toContain(`"args":${wire}`);
    const name: string = JSON.parse(commands)[0].run_id;

    const config = `{"__proto__":{"value":{"constructor":1}},"toString":{"value":2}}`;
    const input = { name, modelName: 'names', sweep: made.sweep.name, host: 'h', config };
    expect((await server.graphql(begin, { input })).body.data.upsertBucket.bucket.config).toBe(config);
    const lines = [row(3), row(2)];
    const stream = await server.fileStream(`team/names/${name}`, {
      files: {
        'wandb-history.jsonl': { offset: 0, content: lines },
        'wandb-summary.json': { offset: 0, content: [row(1)] },
      },
      complete: true,
      exitcode: 0,
    });
    expect(stream.status).toBe(200);

    const specs = names.map((key) => JSON.stringify({ keys: [key] }));
    const { run } = (await server.graphql(look, { name, specs })).body.data.project;
    expect([run.config, run.history, run.summaryMetrics]).toEqual([config, lines, row(1)]);
    expect(run.sampledHistory.map((rows: object[]) => rows.map(Object.entries))).toEqual(
      names.map((key) => [[[key, 3]], [[key, 2]]]),
    );
    expect(Object.keys(run.historyKeys.keys).sort()).toEqual([...names].sort());
    expect((await server.rest('GET', `/runs/${name}`)).body.best_value).toBe(2);
  });

  it('the names of files in a stream are looked up as names', async () => {
    const input = { name: 'stream', modelName: 'names', host: 'h' };
    await server.graphql(begin, { input });
    const before = server.rows().chunks;
    const body =
      '{"files": {"__proto__": {"wandb-history.jsonl": {"offset": 0, "content": ["{}"]}}}, "__proto__": {"complete": true}}';
    expect((await server.fileStream('team/names/stream', body)).status).toBe(200);
    const { run } = (
      await server.graphql('{ project(name: "names") { run(name: "stream") { state historyLineCount } } }')
    ).body.data.project;
    expect(run).toEqual({ state: 'running', historyLineCount: 0 });
    expect(server.rows().chunks).toEqual(before);
  });

  it.each(names.slice(1))('runs are found and sorted by config.%s', async (name) => {
    for (const [run, value] of [
      ['low', 1],
      ['high', 2],
    ] as const) {
      const config = `{"${name}": {"value": ${value}}}`;
      await server.graphql(begin, { input: { name: run, modelName: `by-${name}`, host: 'h', config } });
    }
    const query = `query F($p: String, $filters: JSONString, $order: String) {
      project(name: $p) { runs(filters: $filters, order: $order) { edges { node { name } } } } }`;
    const found = async (filters: string, order: string) => {
      const answer = await server.graphql(query, { p: `by-${name}`, filters, order });
      return answer.body.data.project.runs.edges.map(({ node }: { node: { name: string } }) => node.name);
    };
    expect(await found(`{"config.${name}.value": 2}`, '+created_at')).toEqual(['high']);
    expect(await found('{}', `-config.${name}`)).toEqual(['high', 'low']);
    expect(await found('{}', `+config.${name}`)).toEqual(['low', 'high']);
  });
});

/** The same config as an object, where `__proto__` is written as JSON has it. */
function asJson(): string {
  const grid = perName((name, i) => `"${name}": {"values": [${i}, 7.0]}`);
  const constants = perName((name) => `"${name}": {"value": "${name}"}`);
  return `{"method": "grid", "metric": {"name": "__proto__", "goal": "minimize"},
    "parameters": {${grid}, "zone": {"parameters": {${constants}}}}}`;
}

function entriesOf(text: string): [string, unknown][] {
  return Object.entries(JSON.parse(text));
}
