import { describe, expect, it } from 'vitest';
import { apiKey, useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'grid');

describe('the first minutes with a sweep', () => {
  it('wandb login takes the key and names the user', async () => {
    const { code, text } = await wandb.cli('login', '--relogin', '--verify', '--host', server.url, apiKey);
    expect([code, text]).toEqual([0, expect.stringContaining('Currently logged in as: team')]);
    const wrong = 'nobodys-key-0123456789012345678901234567890123456789';
    const refused = await wandb.cli('login', '--relogin', '--verify', '--host', server.url, wrong);
    expect(refused.code).not.toBe(0);
    expect(refused.text).toContain('This API key is not known here.');
  });

  it('one agent works a grid of 2 x 3 to its end', async () => {
    const path = await wandb.createSweep(
      'program: train.py\nmethod: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1]}\n  y: {values: [1, 2, 3]}\n',
    );
    expect(await server.sweep(path)).toEqual({ state: 'RUNNING', runs: [] });
    const agent = wandb.agent(path);
    await ends(agent);

    const sweep = await wandb.readSweep(path);
    expect(sweep.state).toBe('FINISHED');
    expect(sweep.expected).toBe(6);
    expect(sweep.runs.map((run) => run.state)).toEqual(Array(6).fill('finished'));
    const points = [0, 1].flatMap((x) => [1, 2, 3].map((y) => ({ x, y })));
    expect(sweep.runs.map((run) => run.config)).toEqual(points);
    for (const { config, summary, rows } of sweep.runs) {
      const { x, y } = config as { x: number; y: number };
      const base = (x - 1) ** 2 + (y - 2) ** 2;
      expect(rows).toEqual([0, 1, 2].map((step) => ({ _step: step, step_number: step, loss: base + 1 / (step + 1) })));
      expect(summary).toMatchObject({ loss: base + 1 / 3, score: 10 * x + y });
    }
    expect(sweep.best).toBe(sweep.runs.find((run) => run.config.x === 1 && run.config.y === 2)?.name);

    // Whoever comes late is sent home.
    const late = wandb.agent(path);
    await ends(late);
    expect((await server.sweep(path)).runs).toHaveLength(6);
  });
});
