/** GraphQL documents and variables that are made to be expensive: refused before anything of them is executed. */
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Seen, useWholeServer } from '../protocol/whole-server.ts';

const server = useWholeServer();

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
/** `a { a { a ... { id } } }` */
const nested = (fields: readonly string[], inner: string) =>
  fields.reduceRight((below, field) => `${field} { ${below} }`, inner);
const cycle = (count: number, fields: readonly string[]) =>
  Array.from({ length: count }, (_, i) => fields[i % fields.length] ?? '');
const ofProject = (inner: string) => `{ project(name: "p") { ${inner} } }`;
const sweepOfRun = ['sweep(sweepName: "s")', 'project'];

/** Fragments that double what they ask for: 2^30 fields in 60 lines. */
const doubling = `{ viewer { ...f0 } } ${times(30, (i) => `fragment f${i} on User { ...f${i + 1} ...f${i + 1} }`)} fragment f30 on User { id }`;

const upsert = (config: string) => `mutation { upsertSweep(input: { config: ${config} }) { sweep { id } } }`;
const valid = '"method: grid\\nparameters: {x: {value: 1}}"';

const documents: [what: string, query: string, message: RegExp][] = [
  ['21 levels', ofProject(nested(cycle(20, sweepOfRun), 'id')), /is more than 20 levels deep/],
  ['10,000 levels', `{ ${'a { '.repeat(10_000)}id${' }'.repeat(10_000)} }`, /more than 20000 characters/],
  ['900 levels', `{${'a{'.repeat(900)}b${'}'.repeat(900)}}`, /is more than 20 levels deep/],
  ['900 lists in an argument', upsert(`${'['.repeat(900)}1${']'.repeat(900)}`), /is more than 20 levels deep/],
  ['900 lists in a type', `query ($x: ${'['.repeat(900)}Int${']'.repeat(900)}) { viewer { id } }`, /20 levels deep/],
  ['10,000 aliases', `{ ${times(10_000, (i) => `a${i}: viewer { id }`)} }`, /more than 20000 characters/],
  ['51 aliases', `{ ${times(51, (i) => `a${i}: viewer { id }`)} }`, /has more than 50 aliases/],
  ['501 fields', `{ viewer { ${times(501, () => 'id')} } }`, /asks for more than 500 fields/],
  ['51 directives', `{ viewer { id ${times(51, () => '@include(if: true)')} } }`, /has more than 50 directives/],
  [
    '51 directives on the operation',
    `query ${times(51, (i) => `@d${i}`)} { viewer { id } }`,
    /has more than 50 directives/,
  ],
  ['2,001 tokens', `{ viewer(${'a '.repeat(2_000)}) { id } }`, /has more than 2000 tokens/],
  ['1 MB', `{ viewer { id } } #${'x'.repeat(1_000_000)}`, /has more than 20000 characters/],
  [
    'a fragment within itself',
    '{ viewer { ...f } } fragment f on User { ...f }',
    /spreads the fragment "f" within itself/,
  ],
  [
    'fragments in a circle',
    '{ viewer { ...a } } fragment a on User { id ...b } fragment b on User { id ...a }',
    /spreads the fragment "a" within itself/,
  ],
  ['fragments that double', doubling, /asks for more than 500 fields/],
  [
    'all runs of all runs',
    ofProject('runs { edges { node { sweep { runs { edges { node { id } } } } } } }'),
    /asks for a list of RunEdge within a list of RunEdge/,
  ],
  [
    'the same, behind a fragment',
    `${ofProject('runs { edges { node { ...s } } }')} fragment s on Run { sweep { ... on Sweep { runs { edges { node { id } } } } } }`,
    /asks for a list of RunEdge within a list of RunEdge/,
  ],
  [
    'fields of types of fields',
    `{ __schema { types { ${nested(cycle(8, ['fields', 'type']), 'name')} } } }`,
    /Maximum introspection depth exceeded/,
  ],
  ['no document', '', /Syntax Error/],
  ['what is no GraphQL', '{ viewer { id }', /Syntax Error/],
];

describe('a document with', () => {
  it.each(documents)('%s is refused', async (_, query, message) => {
    const before = server.rows();
    const answer = await server.graphql(query);
    expect([answer.status, messagesOf(answer).length]).toEqual([400, 1]);
    expect(messagesOf(answer)[0]).toMatch(message);
    expect(answer.text.length).toBeLessThan(1_000);
    expect(server.rows()).toEqual(before);
  });

  it('a refused part executes none of its other parts', async () => {
    const before = server.rows();
    const aliased = times(51, (i) => `a${i}: upsertSweep(input: { config: ${valid} }) { sweep { id } }`);
    expect((await server.graphql(`mutation { ${aliased} }`)).status).toBe(400);
    expect(server.rows()).toEqual(before);
  });

  it('a thousand fields that do not exist names a hundred at most', async () => {
    const answer = await server.graphql(`{ viewer { ${times(450, (i) => `f${i}`)} } }`);
    expect(answer.status).toBe(400);
    expect(messagesOf(answer).length).toBeLessThanOrEqual(101);
  });

  it('what each limit still takes is answered', async () => {
    const twentyLevels = ofProject(nested(cycle(18, sweepOfRun), 'id'));
    const fullLists = ofProject(
      'sweeps { edges { node { runs { edges { node { files { edges { node { id } } } } } } } } }',
    );
    for (const query of [
      twentyLevels,
      fullLists,
      `{ ${times(50, (i) => `a${i}: viewer { id }`)} }`,
      `{ viewer { ${times(499, () => 'id')} } }`,
      `{ viewer { id } } #${'x'.repeat(19_000)}`,
    ]) {
      const answer = await server.graphql(query);
      expect([query.slice(0, 60), answer.status, answer.body.errors]).toEqual([query.slice(0, 60), 200, undefined]);
    }
  });
});

describe('introspection', () => {
  const full = getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true });

  it('is answered to those with a key, as old clients and tools ask it', async () => {
    const { status, body } = await server.graphql(full);
    expect([status, body.errors]).toEqual([200, undefined]);
    expect(body.data.__schema.types.map(({ name }: { name: string }) => name)).toContain('UpsertSweepInput');
  });

  it('is refused without one', async () => {
    const headers = { authorization: '' };
    const answer = await server.call('/graphql', { method: 'POST', body: JSON.stringify({ query: full }), headers });
    expect([answer.status, answer.text.includes('UpsertSweepInput')]).toEqual([401, false]);
  });
});

describe('a body that is', () => {
  it.each([
    [
      'a batch',
      JSON.stringify(Array.from({ length: 1_000 }, () => ({ query: '{ viewer { id } }' }))),
      'The body is a list',
    ],
    ['an empty list', '[]', 'The body is a list'],
    ['a text', '"{ viewer { id } }"', 'The body needs a text "query".'],
    ['null', 'null', 'The body needs a text "query".'],
    ['without a query', '{"query": {"a": 1}}', 'The body needs a text "query".'],
    [
      'with a query in its prototype',
      '{"__proto__": {"query": "{ viewer { id } }"}}',
      'The body needs a text "query".',
    ],
  ])('%s is refused', async (_, body, message) => {
    const answer = await server.graphqlText(body);
    expect([answer.status, messagesOf(answer).length]).toEqual([400, 1]);
    expect(messagesOf(answer)[0]).toContain(message);
  });
});

describe('a variable', () => {
  const heartbeat =
    'mutation H($id: ID!, $runState: JSONString) { agentHeartbeat(input: { id: $id, runState: $runState }) { commands } }';
  const bucket = 'mutation B($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }';
  const runs =
    'query R($filters: JSONString) { project(name: "p") { runs(filters: $filters) { edges { node { id } } } } }';
  const create = 'mutation U($config: String) { upsertSweep(input: { config: $config }) { sweep { id } } }';
  const deep = (levels: number, open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`;

  it.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      'an object for JSON text',
      heartbeat,
      { id: 'a', runState: { a: true } },
      /A JSONString is JSON written as a text/,
    ],
    ['a list for JSON text', bucket, { input: { name: 'r', config: [1] } }, /A JSONString is JSON written as a text/],
    ['a number for a config', create, { config: 3 }, /String cannot represent a non string value: 3/],
    ['an object for a config', create, { config: { method: 'grid' } }, /String cannot represent a non string value/],
    ['JSON of 201 levels', bucket, { input: { name: 'r', config: deep(201, '[', ']') } }, /at most 200 levels deep/],
    ['a filter of 100,000 levels', runs, { filters: deep(100_000, '{"$not":', '}') }, /at most 200 levels deep/],
    ['a field that does not exist', bucket, { input: { name: 'r', nonsense: 1 } }, /Field "nonsense" is not defined/],
    [
      'a field named __proto__',
      bucket,
      JSON.parse('{"input": {"__proto__": {"name": "polluted"}, "name": "r"}}'),
      /Field "__proto__" is not defined/,
    ],
    [
      '1e400 for an integer',
      'query Q($n: Int) { project(name: "p") { runs(first: $n) { edges { node { id } } } } }',
      { n: '1e400' },
      /Int cannot represent non-integer value/,
    ],
  ])('%s is refused', async (_, query, variables, message) => {
    const before = server.rows();
    const body = JSON.stringify({ query, variables }).replace('"1e400"', '1e400');
    const answer = await server.graphqlText(body);
    expect([answer.status, messagesOf(answer).length]).toEqual([400, 1]);
    expect(messagesOf(answer)[0]).toMatch(message);
    expect(server.rows()).toEqual(before);
  });

  it('may hold brackets in its texts', async () => {
    const config = JSON.stringify({ note: { value: `${'['.repeat(1_000)}"{` } });
    const answer = await server.graphql(bucket, { input: { name: 'brackets', config } });
    expect([answer.status, answer.body.errors]).toEqual([200, undefined]);
  });
});

function messagesOf({ body }: Seen): string[] {
  return body.errors.map(({ message }: { message: string }) => message);
}
