/** The newest client driven through all of its parts: what it asks is in docs/protocol.md, and is answered as that page says. */
import { parse } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../fixtures/fault-proxy.ts';
import { isUnknown, protocolTable } from '../fixtures/protocol-table.ts';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

interface Asked {
  name: string;
  status: number;
  errors: string[];
}

const server = useServer();
let proxy: FaultProxy;
const asked: Asked[] = [];
/** Requests that are no GraphQL and were not answered well. */
const others: string[] = [];

beforeAll(async () => {
  proxy = await startFaultProxy(
    () => server.url,
    () => 1,
  );
  proxy.onExchange = (path, sent, status, answer) => {
    if (path !== '/graphql') {
      if (status >= 300) others.push(`${path.replace(/\?.*/, '')} ${status}`);
      return;
    }
    const { query } = JSON.parse(sent) as { query: string };
    const [definition] = parse(query).definitions;
    const name = definition?.kind === 'OperationDefinition' ? (definition.name?.value ?? 'anonymous') : 'none';
    const { errors = [] } = JSON.parse(answer) as { errors?: { message: string }[] };
    asked.push({ name, status, errors: errors.map(({ message }) => message) });
  };
});
afterAll(() => proxy.close());

const wandb = useWandb(
  {
    ...server,
    get url() {
      return proxy.url;
    },
  },
  'protocol',
);

it('is listed and answered as the table says', async () => {
  const path = await wandb.createSweep(
    'method: grid\nprogram: train.py\nmetric: {name: loss}\nparameters:\n  x: {values: [1]}\n',
  );
  await ends(wandb.agent(path));
  const [, project = ''] = path.split('/');
  const said = await wandb.ask<Record<string, string>>('every_operation.py', path);
  // What this server has does not raise; what it has not is refused in words that name it.
  const good = ['log_artifact', 'log_model', 'viewer', 'projects', 'sweep', 'runs', 'history', 'scan_history'];
  const more = [
    'console_logs',
    'files',
    'file',
    'upload_file',
    'update',
    'state',
    'delete',
    'logged_artifacts',
    'reports',
  ];
  for (const name of [...good, ...more]) expect([name, said[name]]).toEqual([name, 'ok']);
  expect(said.wait).toContain('artifacts are not supported by this server');
  for (const args of [
    ['sweep', '--pause', path],
    ['sweep', '--resume', path],
  ]) {
    await wandb.cli(...args);
  }
  await wandb.cli('artifact', 'ls', project);

  const table = protocolTable();
  const names = [...new Set(asked.map(({ name }) => name))].sort();
  expect(names.filter((name) => !table.has(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(50);
  for (const { name, status, errors } of asked) {
    const listed = table.get(name);
    if (listed === undefined) continue;
    const line = `${name} ${status} ${errors.join('; ')}`;
    if (isUnknown(listed)) expect(status, line).toBe(400);
    else if (listed.status === 'refused') expect([status, errors.length > 0], line).toEqual([200, true]);
    else expect([status, errors], line).toEqual([200, []]);
  }
  expect([...new Set(others)].filter((line) => !line.startsWith('/sdk/otel/'))).toEqual([]);
});
