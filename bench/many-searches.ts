/**
 * Twenty model-based searches at once, each with 1,000 results and one agent whose runs last five seconds: whether the heartbeats of all of
 * them are answered while fits of 1,000 results are read, computed and kept all the time. The results are put there by the use cases
 * before the server starts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fromPlain, isObject, numberOf, parseJson, writeJson } from '../src/domain/json.ts';
import type { Service } from '../src/service/context.ts';
import { createSweep } from '../src/service/create-sweep.ts';
import { askForRun, finishRun } from '../src/service/rest-agent.ts';
import { bearer, HttpConnection } from '../test/chaos/lib/http-connection.ts';
import { apiKey, startServer } from '../test/chaos/lib/server-process.ts';
import type { BenchOptions } from './lease.ts';
import { lossOf, printSummary, searchAgent, searchConfig, summaryOf, type Waits } from './lib/search-agents.ts';
import { actor, withService } from './lib/service.ts';

const searches = 20;
const resultsThere = 1_000;
const runsEach = 8;

export async function benchManySearches({ directory }: BenchOptions) {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-'));
  try {
    const dataDirectory = join(folder, 'data');
    console.log(`filling ${searches} searches with ${resultsThere.toLocaleString('en')} results each ...`);
    const sweeps = await withService(dataDirectory, undefined, (service) =>
      Promise.all(Array.from({ length: searches }, () => filledSweep(service))),
    );
    return await measure(dataDirectory, sweeps);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the sweep's id */
async function filledSweep(service: Service): Promise<string> {
  const { sweep } = await createSweep(service, actor, {
    config: writeJson(fromPlain(searchConfig)),
    allowViolations: false,
  });
  for (let i = 0; i < resultsThere; i++) {
    const { leased } = await askForRun(service, actor, { sweepId: sweep.id, agent: 'filler', requestId: null });
    if (leased === null) throw new Error('A search of eight real parameters has no end.');
    const summary = `{"loss":${lossOf(pointOf(leased.parameters))}}`;
    await finishRun(service, leased.run.name, leased.lease.token, 'finished', summary);
  }
  return sweep.id;
}

function pointOf(parameters: string): Record<string, number | null> {
  const point = parseJson(parameters);
  return Object.fromEntries(
    Object.entries(isObject(point) ? point : {}).map(([name, value]) => [name, numberOf(value)]),
  );
}

async function measure(dataDirectory: string, sweeps: readonly string[]) {
  const profile = process.env.SWEEPD_BENCH_PROFILE;
  const nodeOptions = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const server = await startServer({ dataDirectory, nodeOptions });
  try {
    console.log(`${sweeps.length} agents, ${runsEach} runs of 5 s each ...`);
    const waits: Waits = { asks: [], beats: [] };
    const begin = performance.now();
    await Promise.all(
      sweeps.map((sweep, place) =>
        searchAgent(
          new HttpConnection(server.port, bearer(apiKey)),
          sweep,
          { place, agents: sweeps.length, runs: runsEach },
          waits,
        ),
      ),
    );
    const seconds = (performance.now() - begin) / 1000;
    const report = { searches, resultsThere, ...summaryOf(waits), seconds, load: loadavg()[0] ?? 0 };
    printSummary(report, 'one agent a search');
    console.log(`load ${report.load.toFixed(1)}`);
    return report;
  } finally {
    await server.stop();
  }
}
