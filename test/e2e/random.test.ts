import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../fixtures/processes.ts';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'random');

const distributions = `
program: hold.py
method: random
metric: {name: loss, goal: minimize}
parameters:
  constant: {value: fixed}
  categorical: {values: [a, 2, 3.5, true, null]}
  weighted: {values: [10, 20], probabilities: [0.25, 0.75]}
  int_uniform: {min: 1, max: 5}
  uniform: {min: 0.25, max: 0.75}
  q_uniform: {distribution: q_uniform, min: 0.0, max: 10.0, q: 2.5}
  log_uniform_values: {distribution: log_uniform_values, min: 1.0e-5, max: 1.0e-1}
  q_log_uniform_values: {distribution: q_log_uniform_values, min: 8, max: 512, q: 8}
  log_uniform: {distribution: log_uniform, min: -3.0, max: 2.0}
  inv_log_uniform_values: {distribution: inv_log_uniform_values, min: 0.001, max: 0.5}
  normal: {distribution: normal, mu: 100.0, sigma: 0.001}
  q_normal: {distribution: q_normal, mu: 50.0, sigma: 5.0, q: 5.0}
  log_normal: {distribution: log_normal, mu: 0.0, sigma: 0.5}
  q_log_normal: {distribution: q_log_normal, mu: 3.0, sigma: 0.5, q: 1.0}
  beta: {distribution: beta, a: 2.0, b: 5.0}
`;

const within = (low: number, high: number) => (value: unknown) =>
  typeof value === 'number' && value >= low && value <= high;
const multiple = (q: number) => (value: unknown) =>
  typeof value === 'number' && Math.abs(value / q - Math.round(value / q)) < 1e-9;
const one =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);

const fits: Record<string, (value: unknown) => boolean> = {
  constant: one('fixed'),
  categorical: one('a', 2, 3.5, true, null),
  weighted: one(10, 20),
  int_uniform: one(1, 2, 3, 4, 5),
  uniform: within(0.25, 0.75),
  q_uniform: one(0, 2.5, 5, 7.5, 10),
  log_uniform_values: within(1e-5, 1e-1),
  q_log_uniform_values: (value) => multiple(8)(value) && within(8, 512)(value),
  log_uniform: within(Math.exp(-3), Math.exp(2)),
  inv_log_uniform_values: within(0.001, 0.5),
  normal: within(99.9, 100.1),
  q_normal: multiple(5),
  log_normal: within(0, 100),
  q_log_normal: multiple(1),
  beta: within(0, 1),
};

describe('random search', () => {
  it('draws from every distribution, for --count runs, until the sweep is stopped', async () => {
    const path = await wandb.createSweep(distributions);
    const hold = join(wandb.directory(), 'hold');
    await ends(wandb.agent(path, { args: ['--count', '2'], env: { HOLD: hold } }));
    expect((await server.sweep(path)).state).toBe('RUNNING');

    // The third run lasts until the sweep was stopped.
    writeFileSync(hold, '');
    const agent = wandb.agent(path, { env: { HOLD: hold } });
    await until('a third run has begun', async () => {
      const { runs } = await server.sweep(path);
      return runs.length === 3 && runs[2]?.state === 'running' ? runs : null;
    });
    expect((await wandb.cli('sweep', '--stop', path)).code).toBe(0);
    rmSync(hold);
    await ends(agent);

    const sweep = await wandb.readSweep(path);
    expect([sweep.state, sweep.expected]).toEqual(['FINISHED', null]);
    expect(sweep.runs.map((run) => run.state)).toEqual(['finished', 'finished', 'finished']);
    for (const { config } of sweep.runs) {
      expect(Object.keys(config).sort()).toEqual(Object.keys(fits).sort());
      const wrong = Object.entries(config).filter(([name, value]) => !fits[name]?.(value));
      expect(wrong).toEqual([]);
    }
    expect(new Set(sweep.runs.map((run) => run.config.uniform)).size).toBe(3);
  });

  it('ends at run_cap, though two agents ask for more', async () => {
    const path = await wandb.createSweep(
      'program: train.py\nmethod: random\nrun_cap: 3\nmetric: {name: loss}\nparameters: {x: {min: 0.0, max: 1.0}}\n',
    );
    const agents = [wandb.agent(path), wandb.agent(path)];
    for (const agent of agents) await ends(agent);
    const { state, runs } = await server.sweep(path);
    expect([state, runs.map((run) => run.state)]).toEqual(['FINISHED', ['finished', 'finished', 'finished']]);
  });
});
