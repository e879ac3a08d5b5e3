/** Runs of a sweep that were logged offline: `wandb sync` lands them in their sweep. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'offline');

it('a run of an agent that logged offline has its parameters, its rows and its place in the sweep', async () => {
  const config = 'program: offline.py\nmethod: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1]}\n';
  const path = await wandb.createSweep(config);
  const folder = wandb.directory();
  // What an agent gives to its program, for a run that the server handed out.
  const [entity, project, sweep] = path.split('/');
  const asked = await fetch(`${server.url}/api/v1/sweeps/${sweep}/lease`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer test-0123456789012345678901234567890123456789',
      'content-type': 'application/json',
    },
    body: '{"agent":"a"}',
  });
  const { run } = (await asked.json()) as { run: { id: string; config: { x: number } } };
  const parameters = join(folder, 'parameters.yaml');
  writeFileSync(parameters, `wandb_version: 1\nx:\n  value: ${run.config.x}\n`);
  const program = wandb.program('offline.py', [], {
    WANDB_DIR: folder,
    WANDB_SWEEP_ID: sweep,
    WANDB_RUN_ID: run.id,
    WANDB_ENTITY: entity,
    WANDB_PROJECT: project,
    WANDB_SWEEP_PARAM_PATH: parameters,
  });
  await ends(program);
  const [offline = ''] = readdirSync(join(folder, 'wandb')).filter((name) => name.startsWith('offline-run-'));
  const first = await wandb.cli('sync', join(folder, 'wandb', offline));
  expect(first.code, first.text).toBe(0);
  // Once more changes nothing.
  await wandb.cli('sync', '--include-synced', join(folder, 'wandb', offline));
  const seen = await wandb.readSweep(path);
  expect(seen.runs).toHaveLength(1);
  expect(seen.runs[0]).toMatchObject({ name: run.id, state: 'finished', config: { x: run.config.x } });
  expect(seen.runs[0]?.rows).toHaveLength(20);
  const answer = await fetch(`${server.url}/api/v1/runs/${run.id}`, {
    headers: { authorization: 'Bearer test-0123456789012345678901234567890123456789' },
  });
  // It counts: the sweep's metric judges it.
  expect(((await answer.json()) as { best_value: number }).best_value).toBeCloseTo(1 / 20 + run.config.x);
});
