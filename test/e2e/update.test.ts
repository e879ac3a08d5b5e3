import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'update');

const grid = (values: string, more = '') =>
  `program: train.py\nmethod: grid\nmetric: {name: loss}\nparameters: {x: {values: ${values}}}\n${more}`;

describe('wandb sweep --update', () => {
  it('changes the search while there is no run, and afterwards all but the search', async () => {
    const path = await wandb.createSweep(grid('[0, 1]'));
    const file = join(wandb.directory(), 'new.yaml');
    const update = (config: string) => {
      writeFileSync(file, config);
      return wandb.cli('sweep', '--update', path, file);
    };

    expect((await update(grid('[5, 6, 7]'))).code).toBe(0);
    await ends(wandb.agent(path, { args: ['--count', '1'] }));
    expect((await wandb.readSweep(path)).runs.map((run) => run.config)).toEqual([{ x: 5 }]);

    const refused = await update(grid('[5, 6, 7, 8]'));
    expect(refused.code).not.toBe(0);
    expect(refused.text).toContain('its method, parameters, metric name and goal');
    expect((await update(grid('[5, 6, 7]', 'run_cap: 2\n'))).code).toBe(0);
    await ends(wandb.agent(path));
    const sweep = await wandb.readSweep(path);
    expect([sweep.state, sweep.runs.map((run) => run.config)]).toEqual(['FINISHED', [{ x: 5 }, { x: 6 }]]);
  });
});
