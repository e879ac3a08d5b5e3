/** Older versions of the W&B client against this server: the first minutes with a sweep, and what a program does with the API. */
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { oldClients } from '../../scripts/old-clients.mjs';
import { apiKey, useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const shortKey = 'abc';

// Each version by itself, the versions side by side: they mostly wait for their agents' five-second rhythm.
describe.concurrent.each(oldClients)('wandb $version', ({ version, python }) => {
  const wandb = useWandb(server, `old-${version}`, python);

  beforeAll(() => {
    if (!existsSync(python)) throw new Error(`There is no wandb ${version} yet: node scripts/setup.mjs --old-clients`);
  });

  describe.sequential('in turn', () => {
    it('is the version that it is said to be', async () => {
      expect((await wandb.cli('--version')).text).toContain(version);
    });

    it('takes the key at login, and no key that is too short', async () => {
      const { code, text } = await wandb.cli('login', '--relogin', '--host', server.url, apiKey);
      // Which of these it prints depends on the version.
      expect([code, text]).toEqual([
        0,
        expect.stringMatching(/Currently logged in as|API key is configured|Appending key/),
      ]);
      expect((await wandb.cli('login', '--relogin', '--host', server.url, shortKey)).code).not.toBe(0);
    });

    it('works a grid of 2 x 3 to its end', async () => {
      const path = await wandb.createSweep(
        'program: train.py\nmethod: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1]}\n  y: {values: [1, 2, 3]}\n',
      );
      await ends(wandb.agent(path));
      const sweep = await wandb.readSweep(path);
      expect([sweep.state, sweep.expected]).toEqual(['FINISHED', 6]);
      expect(sweep.runs.map((run) => run.state)).toEqual(Array(6).fill('finished'));
      const points = [0, 1].flatMap((x) => [1, 2, 3].map((y) => ({ x, y })));
      expect(sweep.runs.map((run) => run.config)).toEqual(points);
      for (const { config, summary, rows } of sweep.runs) {
        const { x, y } = config as { x: number; y: number };
        const base = (x - 1) ** 2 + (y - 2) ** 2;
        expect(rows.map((row) => row.loss)).toEqual([0, 1, 2].map((step) => base + 1 / (step + 1)));
        expect(summary).toMatchObject({ loss: base + 1 / 3, score: 10 * x + y });
      }
      expect(sweep.best).toBe(sweep.runs.find((run) => run.config.x === 1 && run.config.y === 2)?.name);
      // Whoever comes late is sent home.
      await ends(wandb.agent(path));
      expect((await server.sweep(path)).runs).toHaveLength(6);
    });

    it('calls a function for each point; a call that raises fails its run and no other', async () => {
      const path = await wandb.createSweep(
        'method: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1, 2, 3]}\n',
      );
      expect(await wandb.ask('function_agent.py', path)).toEqual([0, 1, 2, 3]);
      const { state, runs } = await server.sweep(path);
      expect(state).toBe('FINISHED');
      expect(runs.map((run) => [run.config.x, run.state])).toEqual([
        [0, 'finished'],
        [1, 'finished'],
        [2, 'failed'],
        [3, 'finished'],
      ]);
    });

    it('gets back the 1,000 rows that it logged, whatever is in them', async () => {
      const seen = await wandb.ask<Record<string, unknown>>('history.py');
      expect(seen).toMatchObject({ rows: 1000, different: [], state: 'finished', config: { name: 'Ω' }, last: 999 });
    });

    it.skipIf(version === '0.16.6')(
      'reads, changes and deletes runs by its API (0.16.6 has no state of a sweep to read)',
      async () => {
        const api = useProject(version);
        const path = await wandb.createSweep(
          'program: train.py\nmethod: grid\nmetric: {name: score, goal: maximize}\nparameters: {x: {values: [1, 2, 3]}}\n',
          '--project',
          api,
        );
        await ends(wandb.agent(path));
        const seen = await wandb.ask<Record<string, unknown>>('public_api.py', path);
        expect(seen).toMatchObject({
          project: api,
          sweeps: [[path.split('/')[2], 'FINISHED']],
          paged: [3, 2, 1],
          equal: [2],
          greater: [2, 3],
          either: [1, 3],
          pattern: 3,
          running: [],
          best: [3, '-summary_metrics.score'],
          last: 2,
          updated: [7, 3, true, 'note', 'renamed'],
          files: expect.arrayContaining(['config.yaml', 'wandb-metadata.json', 'wandb-summary.json']),
          score: 30,
          left: 2,
          unknown: expect.stringContaining('Could not find sweep'),
        });
      },
    );
  });
});

/** A project of its own, since it counts what is there. */
const useProject = (version: string) => `api-${version}`;
