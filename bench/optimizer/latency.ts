/** CPU time of a tell and the ask after it on eight parameters, beside Optuna's in the same rounds. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openSession } from './drive.ts';
import type { Problem } from './problem.ts';
import { mulberry32 } from './random-streams.ts';

export const sizes = [25, 100, 300, 1000] as const;
const repetitions = 12;

export interface Latency {
  method: string;
  n: number;
  medianMs: number;
  p95Ms: number;
}

/** Eight numbers of which five matter, with a little noise: what a training loss may look like. */
const problem: Problem = {
  name: 'latency8',
  parameters: Object.fromEntries(
    Array.from({ length: 8 }, (_, j) => [`x${j}`, { distribution: 'uniform', min: 0, max: 1 }]),
  ),
  noise: null,
  evaluate: () => 0,
  optimum: 0,
  randomRegret: { 10: 1, 100: 1 },
};

function loss(x: readonly number[], noise: number): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = x;
  return (a - 0.3) ** 2 + 2 * (b - 0.6) ** 2 + Math.sin(6 * c) * 0.3 + d * e + 0.02 * noise;
}

/** The n results come first, as asked: what is measured is the n-th step of a search and the few after it. */
export function sweepdLatency(n: number): Latency {
  const session = openSession(problem, 0);
  const random = mulberry32(n);
  for (const { id, config } of session.ask(n))
    session.tell(id, loss(Object.values(config).map(Number), random() - 0.5));
  const times: number[] = [];
  let [next] = session.ask(1);
  for (let turn = 0; turn < repetitions && next !== undefined; turn++) {
    const begin = process.cpuUsage();
    session.tell(next.id, loss(Object.values(next.config).map(Number), random() - 0.5));
    [next] = session.ask(1);
    const { user, system } = process.cpuUsage(begin);
    times.push((user + system) / 1000);
  }
  return { method: 'sweepd', n, ...summary(times) };
}

function summary(times: number[]): { medianMs: number; p95Ms: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (p: number) => sorted[Math.min(Math.floor(p * sorted.length), sorted.length - 1)] ?? Number.NaN;
  return { medianMs: at(0.5), p95Ms: at(0.95) };
}

export interface OptunaLatencies {
  found: Latency[];
  /** Why there are none, or none of the Gaussian process. */
  missing: string | null;
}

/** `SWEEPD_BENCH_PYTHON` names a Python with optuna; its Gaussian process needs torch too. */
export function optunaLatencies(): OptunaLatencies {
  const python = process.env.SWEEPD_BENCH_PYTHON;
  if (!python) return { found: [], missing: 'SWEEPD_BENCH_PYTHON names no Python' };
  const script = fileURLToPath(new URL('optuna_latency.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync(python, [script, JSON.stringify(sizes), String(repetitions)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
    timeout: 600_000,
  });
  if (status !== 0) return { found: [], missing: stderr.trim().split('\n').at(-1) ?? `exit code ${status}` };
  return JSON.parse(stdout);
}
