/**
 * Every document that W&B's client sent in runs of its versions 0.16.6, 0.19.11, 0.22.3 and 0.31.0 (sweeps, agents, the public API,
 * offline runs, artifacts), executed against a server that has what it names. The recorded ids stand as `$run`, `$sweepId`, ....
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useWholeServer } from './whole-server.ts';

interface Recorded {
  name: string;
  versions: string[];
  /** The parts of the client that sent it, as their User-Agent names them. */
  senders: string[];
  operationName?: string;
  variables: unknown;
  query: string;
}

const recorded: Recorded[] = JSON.parse(
  readFileSync(new URL('../fixtures/wandb-documents.json', import.meta.url), 'utf8'),
);
const server = useWholeServer();

/** What this server does not keep: artifacts. The client says so, and its program goes on. */
const refused = new Map([['CreateArtifact', { status: 200, message: 'artifacts are not supported by this server' }]]);

const config =
  'program: train.py\nmethod: grid\nmetric: {name: loss, goal: minimize}\nparameters: {x: {values: [1, 2]}}\n';

/** A sweep of its own with a run that logged: the values of the recorded ids. */
async function seed(): Promise<Record<string, string>> {
  const ask = async (query: string, variables: object) => (await server.graphql(query, variables)).body.data;
  const { upsertSweep } = await ask(
    'mutation ($config: String) { upsertSweep(input: { config: $config, projectName: "vision" }) { sweep { id name } } }',
    { config },
  );
  const { id: sweepId, name: sweep } = upsertSweep.sweep;
  const { createAgent } = await ask(
    'mutation ($sweep: String!) { createAgent(input: { host: "h", sweep: $sweep }) { agent { id } } }',
    { sweep },
  );
  const agentId: string = createAgent.agent.id;
  const { agentHeartbeat } = await ask('mutation ($id: ID!) { agentHeartbeat(input: { id: $id }) { commands } }', {
    id: agentId,
  });
  const run: string = JSON.parse(agentHeartbeat.commands)[0].run_id;
  const { upsertBucket } = await ask(
    'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
    { input: { name: run, modelName: 'vision', host: 'h', sweep } },
  );
  await server.fileStream(`team/vision/${run}`, {
    files: { 'wandb-history.jsonl': { offset: 0, content: ['{"loss":1,"_step":0}', '{"loss":2,"_step":1}'] } },
  });
  return {
    $entity: 'team',
    $project: 'vision',
    $sweepId: sweepId,
    $sweep: sweep,
    $agentId: agentId,
    $runId: upsertBucket.bucket.id,
    $run: run,
  };
}

describe('the documents', () => {
  it('are of four versions', () => {
    expect([...new Set(recorded.flatMap(({ versions }) => versions))].sort()).toEqual([
      '0.16.6',
      '0.19.11',
      '0.22.3',
      '0.31.0',
    ]);
    expect(recorded.length).toBeGreaterThan(90);
  });

  it.each(recorded.map((document) => [document.name, document.versions.join(', '), document] as const))(
    '%s of %s is answered',
    async (name, _versions, { query, variables, operationName }) => {
      const seeded = await seed();
      const named = Object.keys(seeded).sort((a, b) => b.length - a.length);
      const filled = named.reduce((text, key) => text.replaceAll(key, seeded[key] ?? ''), JSON.stringify(variables));
      const body = { query, variables: JSON.parse(filled), ...(operationName === undefined ? {} : { operationName }) };
      const answer = await server.graphqlText(JSON.stringify(body));
      const expected = refused.get(name) ?? { status: 200, message: '' };
      expect(answer.status, answer.text).toBe(expected.status);
      expect(answer.body.errors?.[0].message ?? '').toContain(expected.message);
      if (expected.message === '') expect(Object.values(answer.body.data)).not.toContain(null);
    },
  );
});
