/** Programs that were not written for sweepd, unmodified in a sweep: xgboost's callback, scikit-learn's plots, tables, images, artifacts. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTools } from '../../scripts/tools.mjs';
import { start } from '../fixtures/processes.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

const server = useServer();
const home = mkdtempSync(join(tmpdir(), 'sweepd-programs-'));
const programs = fileURLToPath(new URL('./programs', import.meta.url));
let bin = '';

/** What the programs need beside the client; a Python that has it may be named. */
const packages = ['wandb==0.31.0', 'numpy', 'pillow', 'scikit-learn', 'pandas', 'matplotlib', 'xgboost'];

beforeAll(() => {
  const given = process.env.SWEEPD_PROGRAMS_PYTHON;
  if (given !== undefined) {
    bin = join(given, '..');
    return;
  }
  const python = process.env.SWEEPD_PYTHON ?? readTools().python;
  if (!python) throw new Error('There is no Python yet: npm run pretest, or set SWEEPD_PYTHON.');
  execFileSync(python, ['-m', 'venv', join(home, 'venv')]);
  bin = join(home, 'venv', 'bin');
  execFileSync(join(bin, 'pip'), ['install', '-q', ...packages], { stdio: 'inherit' });
}, 900_000);
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));

interface Seen {
  runs: { state: string; summary: Record<string, unknown>; best_value: number | null }[];
}

/** A sweep of two runs of the program, by W&B's command line. */
async function runSweep(program: string, metric: string, parameters: string): Promise<Seen> {
  const config = `program: ${program}\nmethod: grid\nproject: programs\nmetric: {name: ${metric}}\nparameters: ${parameters}\n`;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/yaml' };
  const made = await fetch(`${server.url}/api/v1/sweeps`, { method: 'POST', body: config, headers });
  const { id } = (await made.json()) as { id: string };
  const folder = mkdtempSync(join(home, 'work-'));
  cpSync(programs, folder, { recursive: true });
  const own = Object.entries(process.env).filter(([name]) => !/^(WANDB|SWEEPD)_/.test(name));
  const agent = start(join(bin, 'python'), ['-m', 'wandb', 'agent', `team/programs/${id}`], folder, {
    ...Object.fromEntries(own),
    HOME: home,
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    WANDB_BASE_URL: server.url,
    WANDB_API_KEY: apiKey,
    WANDB_ERROR_REPORTING: 'false',
    WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '1',
  });
  const { code } = await agent.ended;
  expect(code, agent.output().slice(-4_000)).toBe(0);
  const answer = await fetch(`${server.url}/api/v1/sweeps/${id}/runs`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { items } = (await answer.json()) as { items: Seen['runs'] };
  expect(items.map(({ state }) => state)).toEqual(['finished', 'finished']);
  return { runs: items };
}

it("xgboost's WandbCallback", async () => {
  const { runs } = await runSweep('xgboost_program.py', 'val-rmse.min', '{max_depth: {values: [2, 3]}}');
  for (const { summary } of runs) expect(summary).toHaveProperty('val-rmse');
});

it("scikit-learn's plots", async () => {
  const { runs } = await runSweep('sklearn_program.py', 'accuracy', '{C: {values: [0.1, 1.0]}}');
  for (const { summary, best_value } of runs) {
    expect(best_value).toBeGreaterThan(0.8);
    expect(Object.keys(summary).some((key) => key.endsWith('_table'))).toBe(true);
  }
});

it('a plain program with a table, images, histograms and an artifact', async () => {
  const { runs } = await runSweep('media_program.py', 'loss', '{lr: {values: [0.1, 0.2]}}');
  for (const { summary } of runs) {
    expect(summary).toMatchObject({
      image: { _type: 'image-file' },
      histogram: { _type: 'histogram' },
      table: { _type: 'table-file' },
    });
  }
});
