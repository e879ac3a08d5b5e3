import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FitRequest } from '../service/fits.ts';
import { parseSweepConfig } from '../space/index.ts';
import { createOptimizerPool } from './optimizer-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'sweepd-pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { config } = parseSweepConfig('method: bayes\nmetric: {name: loss}\nparameters: {x: {min: 0.0, max: 1.0}}\n');
if (config === null) throw new Error('The config is wrong.');
const request: FitRequest = {
  sweepId: 's',
  config,
  seed: 1n,
  made: 0,
  width: 1,
  count: 1,
  results: [],
  pending: [],
  prior: null,
  model: null,
};

/** A thread that does what `program` says. */
function thread(name: string, program: string) {
  const file = join(folder, name);
  writeFileSync(file, program);
  return createOptimizerPool(file);
}

const answer = '{"suggestions":[{"point":{"x":0.5},"explanation":{"method":"model","engine":"test"}}],"model":null}';

describe('the optimizer in threads', () => {
  it('is asked in text and answers in text', async () => {
    const pool = thread(
      'good.mjs',
      `export default (task) => { JSON.parse(task.snapshot); return ${JSON.stringify(answer)}; }`,
    );
    const { suggestions, engine } = await pool.suggest(request);
    expect([suggestions[0]?.parameters, engine]).toEqual(['{"x":0.5}', 'test']);
    await pool.close();
  });

  it.each([
    ['throws', 'export default () => { throw new Error("no"); }', 'no'],
    ['dies', 'export default () => process.exit(3)', 'exited with code: 3'],
    ['does not load', 'import "./missing.mjs"; export default () => "";', 'Cannot find module'],
  ])('that %s fails the computation, not the server', async (name, program, message) => {
    const pool = thread(`${name.replaceAll(' ', '-')}.mjs`, program);
    await expect(pool.suggest(request)).rejects.toThrow(message);
    await pool.close();
  });
});
