/**
 * Real training: the CartPole sweep of config/sweeps with method bayes and with method random, 30 runs each, on several seeds. A run has a
 * budget that no point solves with ease, so that the searches can be told apart; what counts is the mean return at its end.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readTools } from '../scripts/tools.mjs';
import { bearer, HttpConnection } from '../test/chaos/lib/http-connection.ts';
import { apiKey, root, type ServerProcess, startServer, track } from '../test/chaos/lib/server-process.ts';
import type { BenchOptions } from './lease.ts';
import { median } from './lib/measurement.ts';

const runs = 30;
const timesteps = 20_000;
const methods = ['bayes', 'random'] as const;
const program = fileURLToPath(new URL('./cartpole_agent.py', import.meta.url));

export interface CartpoleOptions extends BenchOptions {
  seeds: number;
}

export async function benchCartpole({ directory, seeds }: CartpoleOptions) {
  const python = process.env.SWEEPD_PYTHON ?? readTools().python;
  if (!python) throw new Error('There is no Python with gymnasium yet: npm run predemo makes one.');
  const folder = mkdtempSync(join(directory, 'sweepd-bench-'));
  const server = await startServer({ dataDirectory: join(folder, 'data') });
  const searches: { method: string; seed: number; values: number[] }[] = [];
  try {
    for (let seed = 0; seed < seeds; seed++) {
      for (const method of methods) {
        const values = await search(server, python, method, seed);
        searches.push({ method, seed, values });
        const best = Math.max(...values).toFixed(1);
        const after = [10, 20, 30].map((n) => Math.max(...values.slice(0, n)).toFixed(1)).join(' / ');
        console.log(
          `seed ${seed}  ${method.padEnd(7)} best ${best}  after 10 / 20 / 30 runs: ${after}  load ${(loadavg()[0] ?? 0).toFixed(1)}`,
        );
      }
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const bests = (method: string) =>
    searches.filter((one) => one.method === method).map(({ values }) => Math.max(...values));
  const medians = { bayes: median(bests('bayes')), random: median(bests('random')) };
  const verdict = medians.bayes > medians.random ? 'ok' : 'MISSED';
  console.log(
    `median best of ${seeds} seeds: bayes ${medians.bayes.toFixed(1)}, random ${medians.random.toFixed(1)}  ${verdict}: bayes above random`,
  );
  return { runs, timesteps, medians, searches };
}

/** One sweep to its end. @returns the mean return at the end of each run, in order */
async function search(server: ServerProcess, python: string, method: string, seed: number): Promise<number[]> {
  const config = parse(readFileSync(join(root, 'config/sweeps/cartpole_ppo_bayes.yaml'), 'utf8'));
  delete config.early_terminate;
  Object.assign(config, { method, run_cap: runs, sweepd: { seed, objective: 'last' } });
  const connection = new HttpConnection(server.port, bearer(apiKey));
  const { status, body } = await connection.call('POST', '/api/v1/sweeps', { config });
  connection.close();
  if (status !== 201) throw new Error(`The sweep was not created: ${status} ${JSON.stringify(body)}`);
  const values: number[] = [];
  const agent = track(
    spawn(python, [program, (body as { id: string }).id, String(seed), String(timesteps)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, SWEEPD_URL: server.url, SWEEPD_API_KEY: apiKey },
    }),
  );
  const ended = new Promise<number | null>((resolve) => agent.once('exit', resolve));
  if (agent.stdout === null) throw new Error('The agent has no output.');
  for await (const line of createInterface({ input: agent.stdout })) {
    values.push((JSON.parse(line) as { value: number | null }).value ?? 0);
    if (process.stdout.isTTY) process.stdout.write(`\r${method} ${values.length} of ${runs} `);
  }
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  const code = await ended;
  if (code !== 0 || values.length !== runs)
    throw new Error(`The agent ended with ${code} after ${values.length} runs.`);
  return values;
}
