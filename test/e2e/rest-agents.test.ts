import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Ended, start } from '../fixtures/processes.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

const server = useServer();
const examples = fileURLToPath(new URL('../../examples/rest-agent', import.meta.url));

async function rest<T = object>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
}

const config = {
  method: 'grid',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: { x: { values: [0.1, 0.3, 1] }, y: { values: [0, 2] } },
};
const points = [0.1, 0.3, 1].flatMap((x) => [0, 2].map((y) => ({ x, y })));
const lossAt = ({ x, y }: { x: number; y: number }, step: number) => (x - 0.3) ** 2 + y + 1 / (step + 1);

interface Run {
  id: string;
  state: string;
  config: { x: number; y: number };
  best_value: number;
}

const agents = { 'agent.py': 'python3', 'agent.sh': 'bash' };

/** Starts the agents, to be awaited until each has ended by itself. */
async function work(sweep: string, ...names: (keyof typeof agents)[]): Promise<{ ended: Ended; output: string }[]> {
  const env = { ...process.env, WANDB_BASE_URL: server.url, WANDB_API_KEY: apiKey };
  const running = names.map((name) => start(agents[name], [join(examples, name), sweep], examples, env));
  return Promise.all(running.map(async (one) => ({ ended: await one.ended, output: one.output() })));
}

async function expectDone(sweep: string): Promise<void> {
  const seen = await rest('GET', `/sweeps/${sweep}`);
  expect(seen).toMatchObject({ state: 'finished', run_count: 6, run_states: { finished: 6 } });
  const { items } = await rest<{ items: Run[] }>('GET', `/sweeps/${sweep}/runs`);
  expect(items.map((run) => run.config)).toEqual(points);
  for (const run of items) {
    const { rows } = await rest<{ rows: object[] }>('GET', `/runs/${run.id}/history`);
    expect(rows).toEqual([0, 1, 2, 3, 4].map((step) => ({ step, loss: expect.closeTo(lossAt(run.config, step), 5) })));
    expect(run.best_value).toBeCloseTo(lossAt(run.config, 4), 5);
  }
}

describe.each(['agent.py', 'agent.sh'] as const)('examples/rest-agent/%s', (name) => {
  it('works a grid to its end', async () => {
    const { id } = await rest<{ id: string }>('POST', '/sweeps', { config });
    const [agent] = await work(id, name);
    expect([agent?.ended.code, agent?.output]).toEqual([0, expect.stringContaining('finished')]);
    await expectDone(id);
  });

  it('goes home when it is told that there is no such sweep', async () => {
    const [agent] = await work('nothing', name);
    expect([agent?.ended.code, agent?.output]).toEqual([1, expect.stringContaining('sweep_not_found')]);
  });
});

it('agents of both kinds share a grid: each point once', async () => {
  const { id } = await rest<{ id: string }>('POST', '/sweeps', { config });
  const both = await work(id, 'agent.py', 'agent.sh');
  expect(both.map(({ ended }) => ended.code)).toEqual([0, 0]);
  await expectDone(id);
});
