import { describe, expect, it } from 'vitest';
import { useServer } from '../fixtures/server.ts';
import { useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'python');

describe('a Python program', () => {
  it('gets back the 1,000 rows that it logged, whatever is in them', async () => {
    const seen = await wandb.ask<Record<string, unknown>>('history.py');
    expect(seen).toMatchObject({
      rows: 1000,
      different: [],
      withKeys: [1000, { i: 999 }],
      state: 'finished',
      config: { name: 'Ω' },
      last: 999,
    });
    expect(seen.sampled).toBe(50);
  });

  it('works a grid by a function; a call that raises fails its run and no other', async () => {
    const path = await wandb.createSweep(
      'method: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1, 2, 3]}\n',
    );
    expect(await wandb.ask('function_agent.py', path)).toEqual([0, 1, 2, 3]);
    const sweep = await wandb.readSweep(path);
    expect(sweep.state).toBe('FINISHED');
    expect(sweep.runs.map((run) => [run.config.x, run.state])).toEqual([
      [0, 'finished'],
      [1, 'finished'],
      [2, 'failed'],
      [3, 'finished'],
    ]);
    expect(sweep.runs.map((run) => run.rows.map((row) => row.loss))).toEqual([[0, 0], [1, 0.5], [2], [3, 1.5]]);
    expect(sweep.best).toBe(sweep.runs[0]?.name);
  });
});
