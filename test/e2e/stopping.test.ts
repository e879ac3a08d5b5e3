/** Poor runs are cut with W&B's own client, and on a real training: bad runs end early, the sweep's best is kept. */
import { cpSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readTools } from '../../scripts/tools.mjs';
import { useCli } from '../fixtures/cli.ts';
import { apiKey, useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'stopping');
const cli = useCli(server);
const cartpole = fileURLToPath(new URL('../../examples/cartpole', import.meta.url));

interface RunSeen {
  id: string;
  state: string;
  stop_reason: string | null;
  rows: number;
  best_value: number;
  config: Record<string, number>;
}

async function runsOf(sweep: string): Promise<RunSeen[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${server.url}/api/v1/sweeps/${sweep.split('/').at(-1)}/runs`, { headers });
  return ((await response.json()) as { items: RunSeen[] }).items;
}

describe('early_terminate', () => {
  it('ends a poor run of wandb agent in band: what it logged until then is all there', async () => {
    const path = await wandb.createSweep(
      'program: curve.py\nmethod: grid\nmetric: {name: loss, goal: minimize}\nearly_terminate: {type: hyperband, min_iter: 3, eta: 2}\nparameters:\n  base: {values: [0.1, 0.2, 50.0]}\n',
    );
    await ends(wandb.agent(path));
    const [first, second, poor] = await runsOf(path);
    expect([first?.state, first?.rows, second?.state, second?.rows]).toEqual(['finished', 8, 'finished', 8]);
    expect(poor).toMatchObject({
      state: 'killed',
      stop_reason: expect.stringMatching(/^hyperband: 3rd of 3 at step \d+/),
    });
    expect(poor?.rows).toBeLessThan(300);
    const sweep = await wandb.readSweep(path);
    expect(sweep.state).toBe('FINISHED');
    const rows = sweep.runs.find((run) => run.name === poor?.id)?.rows ?? [];
    expect(rows.map((row) => row._step)).toEqual(Array.from({ length: poor?.rows ?? 0 }, (_, i) => i));
    const explained = await cli.run(['explain', `${path.split('/').slice(0, 2).join('/')}/${poor?.id}`]);
    expect(explained.stdout).toMatch(/^hyperband +\d+ +stopped: 3rd of 3 at step \d+, needed to be among the best 2 /m);
  });

  it('cuts what does not learn on CartPole, and keeps the best', async () => {
    cpSync(cartpole, cli.directory, { recursive: true });
    const file = cli.file(
      'cartpole.yaml',
      `program: train.py
method: grid
metric: {name: train/roll/ep_rew/mean, goal: maximize}
early_terminate: {type: hyperband, min_iter: 5, eta: 2}
parameters:
  policy_lr: {values: [1.0e-3, 7.0e-4, 1.0e-6]}
  total_timesteps: {value: 600000}
command: ["\${env}", "\${interpreter}", "\${program}", "\${args}"]
`,
    );
    const { id } = await cli.json<{ id: string }>('sweep', 'create', file, '--project', 'stopping');
    const python = process.env.SWEEPD_PYTHON ?? readTools().python ?? '';
    const PATH = `${dirname(python)}${delimiter}${process.env.PATH ?? ''}`;
    const home = { HOME: cli.directory, WANDB_CACHE_DIR: join(cli.directory, 'cache'), WANDB_ERROR_REPORTING: 'false' };
    const quick = { WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '1', WANDB_X_DISABLE_STATS: 'true', WANDB_CONSOLE: 'off' };
    await ends(cli.start(['agent', id], { PATH, ...home, ...quick }));
    const runs = await runsOf(id);
    const of = (lr: number) => runs.find(({ config }) => config.policy_lr === lr);
    expect(of(1e-3)).toMatchObject({ state: 'finished', stop_reason: null });
    expect(of(7e-4)).toMatchObject({ state: 'finished', stop_reason: null });
    expect(of(1e-6)).toMatchObject({ state: 'killed', stop_reason: expect.stringMatching(/^hyperband: 3rd of 3/) });
    // Untouched it would go on to 586 rollouts of 1,024 steps.
    expect(of(1e-6)?.rows).toBeLessThan(500);
    expect(Math.max(...runs.map(({ best_value }) => best_value))).toBeGreaterThan(475);
  });
});
