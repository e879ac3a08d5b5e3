import { describe, expect, it } from 'vitest';
import { until } from '../fixtures/processes.ts';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'commands');

describe('the command of a sweep', () => {
  it('is expanded with flat and nested parameters, numbers spelled as the config spells them', async () => {
    const path = await wandb.createSweep(`
program: arguments.py
method: grid
metric: {name: loss}
command: ['\${env}', '\${interpreter}', '\${program}', '--set', '\${envvar:USED}', '\${args_no_hyphens}', --, '\${args}']
parameters:
  whole: {value: 1.0}
  count: {value: 3}
  name: {value: "a b"}
  flag: {value: true}
  model:
    parameters:
      lr: {values: [0.1]}
      width: {value: 64}
`);
    await ends(wandb.agent(path, { env: { USED: 'from-env' } }));
    const sweep = await wandb.readSweep(path);
    expect(sweep.runs.map((run) => run.state)).toEqual(['finished']);
    const argv = sweep.runs[0]?.summary.argv as string[];
    const [before, after] = [argv.slice(0, argv.indexOf('--')), argv.slice(argv.indexOf('--') + 1)];
    expect(before.slice(0, 2)).toEqual(['--set', 'from-env']);
    const model = "{'lr': 0.1, 'width': 64}";
    const given = ['count=3', 'flag=True', `model=${model}`, 'name=a b', 'whole=1.0'];
    expect(before.slice(2).sort()).toEqual(given);
    expect(after.sort()).toEqual(given.map((text) => `--${text}`));
    expect(sweep.runs[0]?.summary.model).toEqual({ lr: 0.1, width: 64 });
  });
});

describe('a program that fails', () => {
  const grid = (program: string) =>
    `program: ${program}\nmethod: grid\nmetric: {name: loss}\nparameters: {x: {values: [0, 1, 2, 3, 4, 5, 6, 7]}}\n`;

  it('has its run failed with its rows, and the agent gives up after three', async () => {
    const path = await wandb.createSweep(grid('fail.py'));
    // Besides its rule about the first minute, which a busy machine may not reach.
    const agent = wandb.agent(path, { env: { WANDB_AGENT_MAX_INITIAL_FAILURES: '3' } });
    const { code } = await agent.ended;
    expect([code, agent.output()]).toEqual([expect.any(Number), expect.stringContaining('Detected 3 failed runs')]);
    const { state, runs } = await server.sweep(path);
    expect(state).toBe('RUNNING');
    expect(runs.map((run) => [run.state, run.lines, run.config.x])).toEqual([
      ['failed', 1, 0],
      ['failed', 1, 1],
      ['failed', 1, 2],
    ]);
  });

  it('before it reaches the client is started once more, then its run failed', async () => {
    const path = await wandb.createSweep(grid('broken.py'));
    const agent = wandb.agent(path, { env: { WANDB_AGENT_DISABLE_FLAPPING: 'true' } });
    const runs = await until('the second run is handed out', async () => {
      const seen = (await server.sweep(path)).runs;
      return seen.length >= 2 ? seen : null;
    });
    expect(runs.map((run) => [run.state, run.config.x])).toEqual([
      ['failed', 0],
      ['pending', 1],
    ]);
    expect(agent.output().split('nothing works here').length - 1).toBeGreaterThanOrEqual(2);
    await wandb.cli('sweep', '--cancel', path);
    await ends(agent);
    const after = await server.sweep(path);
    expect(after.runs.every((run) => run.state === 'failed' || run.state === 'killed')).toBe(true);
  });
});
