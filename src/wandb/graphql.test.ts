import { describe, expect, it } from 'vitest';
import { gridOf, joinAgent, makeSweep } from '../../test/fixtures/service.ts';
import { apiKey, basic, type WandbApp, withWandbApp } from '../../test/fixtures/wandb-app.ts';

const viewer = 'query Viewer { viewer { username entity flags } }';
const upsertSweep = `mutation UpsertSweep($config: String, $project: String) {
  upsertSweep(input: { config: $config, projectName: $project }) {
    sweep { id name state config method runCountExpected project { name entity { name } } }
    configValidationWarnings
  }
}`;
const heartbeat =
  'mutation Heartbeat($id: ID!, $runState: JSONString) { agentHeartbeat(input: { id: $id, runState: $runState }) { commands } }';

const messages = (answer: { json(): { errors: { message: string }[] } }) =>
  answer.json().errors.map((error) => error.message);

describe('a document of the client', () => {
  it.each([
    ['with an empty operation name', { query: viewer, operationName: '' }],
    ['with its own name', { query: viewer, operationName: 'Viewer' }],
    ['without a name, variables null', { query: '{ viewer { username entity flags } }', variables: null }],
    [
      'behind a comment, with variables that it does not declare',
      { query: `#graphql\n${viewer}`, variables: { x: 1 } },
    ],
  ])('%s is answered', (_, body) =>
    withWandbApp(async ({ post }) => {
      const answer = await post(body);
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        { data: { viewer: { username: 'ada', entity: 'team', flags: '{}' } } },
      ]);
    }),
  );

  it('may hold input fields that this server does not know, as long as they are null', () =>
    withWandbApp(async ({ post }) => {
      const query = 'mutation M($input: UpsertModelInput!) { upsertModel(input: $input) { model { name } } }';
      const send = (more: object) => post({ query, variables: { input: { name: 'p', entityName: 'team', ...more } } });
      expect((await send({ fieldOfTomorrow: null })).json()).toEqual({
        data: { upsertModel: { model: { name: 'p' } } },
      });
      const refused = await send({ fieldOfTomorrow: 1 });
      expect([refused.statusCode, messages(refused)[0]]).toEqual([400, expect.stringContaining('fieldOfTomorrow')]);
    }));

  it('may give a single value where a list is declared', () =>
    withWandbApp(async ({ test, graphql }) => {
      const sweep = await makeSweep(test, gridOf(1));
      await (await joinAgent(test, sweep)).take();
      const query = `query Q($specs: [JSONString!]!) { project(name: "vision") { sweep(sweepName: "${sweep.id}") {
        runs { edges { node { sampledHistory(specs: $specs) } } } } } }`;
      const { project } = await graphql(query, { specs: '{}' });
      expect(project.sweep.runs.edges[0].node.sampledHistory).toEqual([[]]);
    }));

  it('may ask how many runs each agent of a sweep had', () =>
    withWandbApp(async ({ test, graphql }) => {
      const sweep = await makeSweep(test, gridOf(3));
      for (let i = 0; i < 2; i++) await (await joinAgent(test, sweep)).take();
      await joinAgent(test, sweep);
      const query = `{ project(name: "vision") { sweep(sweepName: "${sweep.id}") { agents { edges { node { totalRuns } } } } } }`;
      const { project } = await graphql(query);
      const counts = project.sweep.agents.edges.map(({ node }: { node: { totalRuns: number } }) => node.totalRuns);
      expect(counts.sort()).toEqual([0, 1, 1]);
    }));

  it('may ask what the schema has', () =>
    withWandbApp(async ({ graphql }) => {
      const { __type } = await graphql('{ __type(name: "ServerSettings") { fields { name } } }');
      expect(__type.fields.map((field: { name: string }) => field.name)).toContain('serverMessages');
    }));
});

describe('what this server does not have', () => {
  it('is answered with 400, which no client repeats, and counted each time', () =>
    withWandbApp(async ({ post, unknown }) => {
      const query = 'mutation LaunchRocket { launchRocket { ok } }';
      for (let i = 0; i < 2; i++) {
        const answer = await post({ query, operationName: '' });
        expect([answer.statusCode, messages(answer)[0]]).toEqual([400, expect.stringContaining('launchRocket')]);
      }
      expect(unknown).toEqual(['LaunchRocket', 'LaunchRocket']);
    }));

  it.each([
    ['no query', {}],
    ['no text', { query: 3 }],
    ['no GraphQL', { query: 'query {' }],
    ['no end', { query: `{ ${'viewer { id } '.repeat(3000)} }` }],
    ['no such operation in the document', { query: viewer, operationName: 'Other' }],
    ['a variable of a wrong type', { query: heartbeat, variables: { id: {} } }],
  ])('%s: 400', (_, body) =>
    withWandbApp(async ({ post }) => {
      const answer = await post(body);
      expect(answer.statusCode).toBe(400);
      expect(messages(answer)[0]).toEqual(expect.any(String));
    }),
  );

  it('artifacts are refused softly: the run goes on', () =>
    withWandbApp(async ({ post }) => {
      const query = `mutation CreateArtifact { createArtifact(input: { artifactTypeName: "model", projectName: "p",
        entityName: "team", runName: "r", digest: "d", digestAlgorithm: MANIFEST_MD5 }) { artifact { id } } }`;
      const answer = await post({ query });
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        { data: null, errors: [{ message: 'artifacts are not supported by this server' }] },
      ]);
    }));
});

describe('an error', () => {
  it('of the server itself is a 500 with an id; its text is in the log and nowhere else', () =>
    withWandbApp(async ({ post, views, log }) => {
      views.project = () => {
        throw new Error('secret detail');
      };
      const answer = await post({ query: '{ project(name: "p") { id } }' });
      expect([answer.statusCode, answer.body.includes('secret')]).toEqual([500, false]);
      const id = /error (\w+);/.exec(messages(answer)[0] ?? '')?.[1];
      expect(log.join()).toContain('secret detail');
      expect(log.some((line) => JSON.parse(line).errorId === id)).toBe(true);
    }));

  it.each([
    ['none', {}],
    ['another key', { authorization: basic('x'.repeat(45)) }],
    ['no key', { authorization: 'Basic' }],
  ])('in the key (%s) is a 401 with the reason', (_, headers) =>
    withWandbApp(async ({ app }) => {
      const answer = await app.inject({ method: 'POST', url: '/graphql', headers, payload: { query: viewer } });
      expect(answer.statusCode).toBe(401);
      expect(messages(answer)[0]).toMatch(/API key/);
    }),
  );

  it('in a sweep config is a 400 with every problem, and nothing is stored', () =>
    withWandbApp(async ({ post, graphql }) => {
      const config = 'method: grid\nparameters: {a: {min: 0.0, max: 1.0}, b: {values: []}}\n';
      const answer = await post({ query: upsertSweep, variables: { config, project: 'p' } });
      expect(answer.statusCode).toBe(400);
      expect(messages(answer)[0]).toMatch(/a.*b/s);
      expect(await graphql('{ project(name: "p") { id } }')).toEqual({ project: null });
    }));

  it('about an agent that nobody knows is a 404: it ends the agent', () =>
    withWandbApp(async ({ post }) => {
      expect((await post({ query: heartbeat, variables: { id: 'QWdlbnQ6MQ==' } })).statusCode).toBe(404);
    }));

  it('of the disk is a 503 that says when to try again', () =>
    withWandbApp(async ({ test, post }) => {
      const { sqlite } = test.store;
      sqlite.pragma(`max_page_count = ${sqlite.pragma('page_count', { simple: true })}`);
      const values = Array.from({ length: 20_000 }, (_, i) => i).join(', ');
      const config = `method: grid\nparameters: {x: {values: [${values}]}}\n`;
      const answer = await post({ query: upsertSweep, variables: { config, project: 'p' } });
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2']);
      expect(messages(answer)[0]).toContain('Nothing was stored');
    }));

  it('of a missing thing is null, not an error: the client says what it could not find', () =>
    withWandbApp(async ({ test, graphql }) => {
      await makeSweep(test, gridOf(1));
      const query =
        '{ nothing: project(name: "no") { id } project(name: "vision") { sweep(sweepName: "no") { id } run(name: "no") { id } } }';
      expect(await graphql(query)).toEqual({ nothing: null, project: { sweep: null, run: null } });
    }));
});

describe('a sweep by the client', () => {
  const create = async ({ graphql }: WandbApp, config: string) =>
    (await graphql(upsertSweep, { config, project: 'vision' })).upsertSweep;

  it('is answered with what the client builds its paths from', () =>
    withWandbApp(async (wandb) => {
      const { sweep, configValidationWarnings } = await create(wandb, gridOf(6, 'run_cap: 4\n'));
      expect(configValidationWarnings).toEqual([]);
      expect(sweep).toMatchObject({
        name: expect.stringMatching(/^[a-z0-9]{8}$/),
        state: 'RUNNING',
        method: 'grid',
        config: gridOf(6, 'run_cap: 4\n'),
        runCountExpected: 4,
        project: { name: 'vision', entity: { name: 'team' } },
      });
    }));

  it('with soft complaints is created and says them', () =>
    withWandbApp(async (wandb) => {
      const { sweep, configValidationWarnings } = await create(wandb, gridOf(2, 'colour: blue\n'));
      expect(sweep.name).toBeDefined();
      expect(configValidationWarnings.join()).toContain('colour');
    }));

  it.each([
    ['endless', 'method: random\nparameters: {x: {min: 0.0, max: 1.0}}\n', null],
    [
      'beyond 32 bits',
      `method: grid\nparameters: {${'abcd'.replace(/./g, (c) => `${c}: {values: [${Array.from({ length: 300 }, (_, i) => i)}]}, `)}}\n`,
      null,
    ],
  ])('%s has no expected number of runs', (_, config, expected) =>
    withWandbApp(async (wandb) => {
      expect((await create(wandb, config)).sweep.runCountExpected).toBe(expected);
    }),
  );

  it('gives its agent one command a heartbeat, numbers spelled as in the config', () =>
    withWandbApp(async (wandb) => {
      const config =
        'program: t.py\nmethod: grid\nparameters: {x: {values: [1.0]}, big: {value: 9007199254740993}, n: {parameters: {m: {value: a"b}}}}\n';
      const { sweep } = await create(wandb, config);
      const { createAgent } = await wandb.graphql(
        'mutation C($sweep: String!) { createAgent(input: { host: "h", sweep: $sweep }) { agent { id name state } } }',
        { sweep: sweep.name },
      );
      const ask = async (runState: string) =>
        (await wandb.graphql(heartbeat, { id: createAgent.agent.id, runState })).agentHeartbeat.commands as string;
      const commands = await ask('{}');
      const [run] = JSON.parse(commands);
      expect(commands).toBe(
        `[{"type":"run","run_id":"${run.run_id}","program":"t.py","args":{"big":{"value":9007199254740993},"n":{"value":{"m":"a\\"b"}},"x":{"value":1.0}},"logs":[]}]`,
      );
      expect(await ask(`{"${run.run_id}": true}`)).toBe('[]');
      await wandb.graphql(
        'mutation S($id: ID!) { upsertSweep(input: { id: $id, state: "CANCELED" }) { sweep { state } } }',
        { id: sweep.id },
      );
      wandb.test.clock.advance(5);
      expect(JSON.parse(await ask(`{"${run.run_id}": true}`))).toEqual([{ type: 'stop', run_id: run.run_id }]);
      expect(await ask('{}')).toBe('[{"type":"exit"}]');
    }));
});

it('keeps the key out of the log', () =>
  withWandbApp(async ({ post, views, log }) => {
    views.project = () => {
      throw new Error('bug');
    };
    await post({ query: '{ project(name: "p") { id } }' });
    expect(log.length).toBeGreaterThan(0);
    expect(log.join()).not.toContain(apiKey);
    expect(log.join()).not.toContain(basic(apiKey));
  }));
