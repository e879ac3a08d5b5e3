/**
 * A model-based search through the server: eight agents whose runs last five seconds on a sweep that has 300 results. How long an ask
 * takes, how many come from a point that was ready, and what a heartbeat costs while fits run in their thread.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer, HttpConnection } from '../test/chaos/lib/http-connection.ts';
import { apiKey, startServer } from '../test/chaos/lib/server-process.ts';
import type { BenchOptions } from './lease.ts';

const agents = 8;
const resultsThere = 300;
const runSeconds = 5;
const asksEach = 10;
const beatEveryMs = 200;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const config = {
  method: 'bayes',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: Object.fromEntries(names.map((name) => [name, { min: 0.5, max: 9.5 }])),
};
/** Limits of docs/performance.md. */
const limits = { readyShare: 0.9, askMs: 50, beatMs: 50 };

interface Leased {
  run: { id: string; config: Record<string, number> };
  lease: { token: string };
}

const loss = (point: Record<string, number>): number =>
  names.reduce((sum, name, i) => sum + ((point[name] ?? 0) - 2 - i / 2) ** 2 * (1 + i), 0);

export async function benchSearch({ directory }: BenchOptions) {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-'));
  const server = await startServer({ dataDirectory: join(folder, 'data') });
  const open = () => new HttpConnection(server.port, bearer(apiKey));
  const admin = open();
  try {
    const { body } = await admin.call('POST', '/api/v1/sweeps', { config });
    const sweep = (body as { id: string }).id;
    await fill(admin, sweep);
    console.log(`${resultsThere} results are there; ${agents} agents, ${asksEach} runs of ${runSeconds} s each ...`);
    const asks: number[] = [];
    const beats: number[] = [];
    const begin = performance.now();
    await Promise.all(names.slice(0, agents).map((name, i) => agent(open(), sweep, name, i, asks, beats)));
    const explained = await methods(admin, sweep);
    const report = {
      asks: asks.length,
      askMs: { median: quantile(asks, 0.5), p90: quantile(asks, 0.9), max: quantile(asks, 1) },
      withinLimit: asks.filter((ms) => ms <= limits.askMs).length / asks.length,
      madeAhead: explained.ahead / (explained.ahead + explained.standIn),
      beats: beats.length,
      beatMs: { median: quantile(beats, 0.5), p99: quantile(beats, 0.99), max: quantile(beats, 1) },
      seconds: (performance.now() - begin) / 1000,
      load: loadavg()[0] ?? 0,
    };
    print(report);
    return report;
  } finally {
    admin.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With `wait_s: 0` nobody waits for a model: quasi-random points, in a second or two. */
async function fill(connection: HttpConnection, sweep: string): Promise<void> {
  for (let i = 0; i < resultsThere; i++) {
    const leased = await lease(connection, sweep, 'filler', { wait_s: 0 });
    await finish(connection, leased);
  }
}

async function agent(
  connection: HttpConnection,
  sweep: string,
  name: string,
  i: number,
  asks: number[],
  beats: number[],
) {
  // Spread over a run's length, as agents that were not started by one hand are.
  await sleep((i * runSeconds * 1000) / agents);
  for (let n = 0; n < asksEach; n++) {
    const begin = performance.now();
    const leased = await lease(connection, sweep, name, {});
    // The first asks of new agents find what one agent had ready.
    if (n > 0) asks.push(performance.now() - begin);
    const end = performance.now() + runSeconds * 1000;
    while (performance.now() < end) {
      await sleep(beatEveryMs);
      const at = performance.now();
      await connection.call('POST', `/api/v1/runs/${leased.run.id}/heartbeat`, { token: leased.lease.token });
      beats.push(performance.now() - at);
    }
    await finish(connection, leased);
  }
  connection.close();
}

async function lease(connection: HttpConnection, sweep: string, agent: string, more: object): Promise<Leased> {
  const { body } = await connection.call('POST', `/api/v1/sweeps/${sweep}/lease`, { agent, ...more });
  return body as Leased;
}

const finish = (connection: HttpConnection, { run, lease: { token } }: Leased) =>
  connection.call('POST', `/api/v1/runs/${run.id}/finish`, {
    token,
    state: 'finished',
    summary: { loss: loss(run.config) },
  });

/** Which of the agents' runs got a point that the optimizer had made, and which one that stood in for it. */
async function methods(connection: HttpConnection, sweep: string): Promise<{ ahead: number; standIn: number }> {
  const counts = { ahead: 0, standIn: 0 };
  const list = `/api/v1/sweeps/${sweep}/runs?order=newest&limit=${agents * asksEach}`;
  const { body } = await connection.call('GET', list);
  for (const { id } of (body as { items: { id: string }[] }).items) {
    const { body: explanation } = await connection.call('GET', `/api/v1/runs/${id}/explanation`);
    const { fallback } = (explanation as { explanation: { fallback: boolean } }).explanation;
    counts[fallback ? 'standIn' : 'ahead']++;
  }
  return counts;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function print(report: Awaited<ReturnType<typeof benchSearch>>): void {
  const { askMs, beatMs } = report;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const goal = (isMet: boolean, words: string) => `${isMet ? 'ok' : 'MISSED'}: ${words}`;
  console.log(`asks        ${report.asks}: median ${ms(askMs.median)}, p90 ${ms(askMs.p90)}, max ${ms(askMs.max)}`);
  const share = `${(100 * report.withinLimit).toFixed(0)}% within ${limits.askMs} ms, ${(100 * report.madeAhead).toFixed(0)}% made ahead`;
  console.log(`            ${share}  ${goal(report.withinLimit >= limits.readyShare, '9 of 10 within 50 ms')}`);
  console.log(
    `heartbeats  ${report.beats}: median ${ms(beatMs.median)}, p99 ${ms(beatMs.p99)}, max ${ms(beatMs.max)}  ${goal(beatMs.p99 < limits.beatMs, 'p99 below 50 ms')}`,
  );
  console.log(`load ${report.load.toFixed(1)}`);
}
