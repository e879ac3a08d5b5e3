/**
 * A model-based search through the server: eight agents whose runs last five seconds on a sweep that has 300 results. How long an ask
 * takes, how many come from a point that was ready, and what a heartbeat costs while fits run in their thread.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { bearer, HttpConnection } from '../test/chaos/lib/http-connection.ts';
import { apiKey, startServer } from '../test/chaos/lib/server-process.ts';
import type { BenchOptions } from './lease.ts';
import {
  finish,
  goal,
  lease,
  printSummary,
  searchAgent,
  searchConfig,
  summaryOf,
  type Waits,
} from './lib/search-agents.ts';

const agents = 8;
const resultsThere = 300;
const runsEach = 10;
/** Asks answered in time, as docs/performance.md promises. */
const wantedShare = 0.9;

export async function benchSearch({ directory }: BenchOptions) {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-'));
  const server = await startServer({ dataDirectory: join(folder, 'data') });
  const open = () => new HttpConnection(server.port, bearer(apiKey));
  const admin = open();
  try {
    const { body } = await admin.call('POST', '/api/v1/sweeps', { config: searchConfig });
    const sweep = (body as { id: string }).id;
    await fill(admin, sweep);
    console.log(`${resultsThere} results are there; ${agents} agents, ${runsEach} runs of 5 s each ...`);
    const waits: Waits = { asks: [], beats: [] };
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: agents }, (_, place) =>
        searchAgent(open(), sweep, { place, agents, runs: runsEach }, waits),
      ),
    );
    const seconds = (performance.now() - begin) / 1000;
    const explained = await methods(admin, sweep);
    const madeAhead = explained.ahead / (explained.ahead + explained.standIn);
    const report = { ...summaryOf(waits), madeAhead, seconds, load: loadavg()[0] ?? 0 };
    const asksGoal = goal(report.withinLimit >= wantedShare, '9 of 10 within 50 ms');
    printSummary(report, `${(100 * madeAhead).toFixed(0)}% made ahead`, asksGoal);
    console.log(`load ${report.load.toFixed(1)}`);
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

/** Which of the agents' runs got a point that the optimizer had made, and which one that stood in for it. */
async function methods(connection: HttpConnection, sweep: string): Promise<{ ahead: number; standIn: number }> {
  const counts = { ahead: 0, standIn: 0 };
  const list = `/api/v1/sweeps/${sweep}/runs?order=newest&limit=${agents * runsEach}`;
  const { body } = await connection.call('GET', list);
  for (const { id } of (body as { items: { id: string }[] }).items) {
    const { body: explanation } = await connection.call('GET', `/api/v1/runs/${id}/explanation`);
    const { fallback } = (explanation as { explanation: { fallback: boolean } }).explanation;
    counts[fallback ? 'standIn' : 'ahead']++;
  }
  return counts;
}
