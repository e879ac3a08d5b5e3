/**
 * What logging costs: file_stream posts of 100 lines of 8 metrics against a bare batched insert of the same lines, by CPU; the same
 * with an upstream that does not answer, with one that does, and how fast a backlog drains; then reads of what was stored.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { apiKey, type ServerProcess, startServer } from '../test/chaos/lib/server-process.ts';
import type { BenchOptions } from './lease.ts';
import { median, quantile } from './lib/measurement.ts';
import { ask, cpuSeconds, createRuns, createSweep, graphql, linesAPost, load, postedLines } from './lib/stream-load.ts';

const connections = 8;
const names = (count: number) => Array.from({ length: count }, (_, i) => `run-${i}`);
const table =
  'query { project(name: "bench") { runs(first: 1000) { edges { node { name state config summaryMetrics } } } } }';

export async function benchIngest({ rounds, seconds, directory }: BenchOptions) {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-'));
  try {
    const rows: Record<string, number>[] = [];
    for (let round = 1; round <= rounds; round++) {
      const raw = rawInsert(folder, seconds);
      const { cpuUs, linesPerS, p50Off, p50Down } = await ingest(folder, seconds, round % 2 === 1);
      const row = {
        load: loadavg()[0] ?? Number.NaN,
        rawCpuUsPerLine: raw,
        cpuUsPerLine: cpuUs,
        ofRawByCpu: raw / cpuUs,
        linesPerS,
        p50OffMs: p50Off,
        p50DownMs: p50Down,
        downOverOff: p50Down / p50Off,
      };
      rows.push(row);
      console.log(
        `round ${round}  ${JSON.stringify(row, (_, value) => (typeof value === 'number' ? rounded(value) : value))}`,
      );
    }
    const best = Math.max(...rows.map(({ ofRawByCpu = 0 }) => ofRawByCpu));
    const middle = (name: 'downOverOff' | 'p50OffMs' | 'p50DownMs') =>
      median(rows.map(({ [name]: value = Number.NaN }) => value));
    const downOverOff = middle('downOverOff');
    const least = Math.min(...rows.map(({ ofRawByCpu = 0 }) => ofRawByCpu));
    say(
      'of the bare insert by CPU, least / best',
      `${rounded(least)} / ${rounded(best)}`,
      least >= 0.25,
      '0.25 at least',
    );
    say(
      `p50 upstream down : off (${rounded(middle('p50DownMs'))} : ${rounded(middle('p50OffMs'))} ms), median`,
      rounded(downOverOff),
      downOverOff <= 1.1,
      '1.1 at most',
    );
    const drain = await benchDrain(folder);
    const reads = await benchReads(folder);
    return { rows, drain, reads };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const upstreamAt = (url: string) => ({ SWEEPD_UPSTREAM_URL: url, SWEEPD_UPSTREAM_API_KEY: apiKey });
const rounded = (value: number) => Number(value.toPrecision(3));
const say = (what: string, value: number | string, isGood: boolean, goal: string) =>
  console.log(`${what.padEnd(60)} ${value}  ${isGood ? 'ok' : 'MISSED'}: ${goal}`);

/** The lines as rows of one table, 100 in a transaction, as durable. @returns CPU microseconds a line */
function rawInsert(folder: string, seconds: number): number {
  const own = mkdtempSync(join(folder, 'raw-'));
  const db = new Database(join(own, 'raw.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('create table lines (run integer, line integer, text text, primary key (run, line)) without rowid');
  const insert = db.prepare('insert into lines values (?, ?, ?)');
  const lines = postedLines(0);
  const batch = db.transaction((run: number, from: number) => {
    for (const [i, line] of lines.entries()) insert.run(run, from + i, line);
  });
  const go = (until: number) => {
    let count = 0;
    for (; performance.now() < until; count++) batch(count % 50, Math.floor(count / 50) * linesAPost + offset);
    offset += (Math.floor(count / 50) + 1) * linesAPost;
    return count * linesAPost;
  };
  let offset = 0;
  go(performance.now() + 500);
  const cpu = process.cpuUsage();
  const count = go(performance.now() + seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  db.close();
  rmSync(own, { recursive: true, force: true });
  return (user + system) / count;
}

async function withServer<T>(
  folder: string,
  environment: NodeJS.ProcessEnv,
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const dataDirectory = mkdtempSync(join(folder, 'sweepd-'));
  const server = await startServer({ dataDirectory, environment });
  try {
    return await work(server);
  } finally {
    await server.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** Turns of the two servers in a round: off and down, then down and off, and so on. */
const turns = 6;

/**
 * The rate is of several clients of the server that forwards nothing. p50 is of one client, which waits for nobody but the server;
 * a server with forwarding off and one with the upstream down stand side by side and are asked by turns, so that whatever else the
 * machine does meets both. Who is started first changes with the round: two servers alike differ by a tenth.
 */
function ingest(folder: string, seconds: number, isOffFirst: boolean) {
  const runs = names(50);
  const warm = async (server: ServerProcess) => {
    await createRuns(server, await createSweep(server), runs);
    const { next } = await load(server, runs, { connections, seconds: 1, rows: 2_000 });
    const before = await cpuSeconds(server);
    const many = await load(server, runs, { connections, seconds, from: next });
    const cpuUs = (1e6 * ((await cpuSeconds(server)) - before)) / many.lines;
    return { server, from: many.next, cpuUs, linesPerS: many.lines / many.seconds, latencies: [] as number[] };
  };
  const environments = [{}, upstreamAt('http://127.0.0.1:9')];
  const [first = {}, second = {}] = isOffFirst ? environments : environments.toReversed();
  return withServer(folder, first, (one) =>
    withServer(folder, second, async (other) => {
      const sides = [await warm(one), await warm(other)];
      for (let turn = 0; turn < turns; turn++) {
        for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
          const posts = await load(side.server, runs, { connections: 1, seconds: seconds / turns, from: side.from });
          side.from = posts.next;
          side.latencies.push(...posts.latencies);
        }
      }
      const [off, down] = isOffFirst ? sides : sides.toReversed();
      if (off === undefined || down === undefined) throw new Error('There are two servers.');
      const { cpuUs, linesPerS } = off;
      return { cpuUs, linesPerS, p50Off: quantile(off.latencies, 0.5), p50Down: quantile(down.latencies, 0.5) };
    }),
  );
}

/** A backlog goes out while programs go on logging; the upstream is a second sweepd on the same machine. */
async function benchDrain(folder: string) {
  const [runs, rowsARun, inflow] = [50, 2_000, 500];
  return withServer(folder, {}, async (upstream) => {
    const dataDirectory = mkdtempSync(join(folder, 'origin-'));
    const fill = await startServer({ dataDirectory });
    await createRuns(fill, await createSweep(fill), names(runs));
    await load(fill, names(runs), { connections, seconds: 600, rows: rowsARun });
    await fill.stop();
    const origin = await startServer({ dataDirectory, environment: upstreamAt(upstream.url) });
    const begin = performance.now();
    const pauseMs = 1_000 / (inflow / linesAPost);
    const going = load(origin, names(runs), { connections: 1, seconds: 20, from: rowsARun, pauseMs });
    const backlog = runs * rowsARun;
    let there = 0;
    while (there < backlog && performance.now() - begin < 120_000) {
      await new Promise((next) => setTimeout(next, 100));
      const answer = (await graphql(
        upstream,
        'query { project(name: "bench") { runs(first: 1000) { edges { node { historyLineCount } } } } }',
        {},
      )) as {
        project: { runs: { edges: { node: { historyLineCount: number } }[] } } | null;
      };
      there = (answer.project?.runs.edges ?? []).reduce((sum, { node }) => sum + node.historyLineCount, 0);
    }
    const perS = backlog / ((performance.now() - begin) / 1000);
    const { lines, seconds } = await going;
    await origin.stop();
    const ratio = perS / (lines / seconds);
    say(
      'backlog drained, lines/s : inflow, lines/s',
      `${rounded(perS)} : ${rounded(lines / seconds)}`,
      ratio >= 10,
      '10 times at least',
    );
    return { drainedPerS: perS, inflowPerS: lines / seconds, ratio };
  });
}

/** 1,000 runs of 1,250 rows of 8 metrics: ten million points. */
function benchReads(folder: string) {
  return withServer(folder, {}, async (server) => {
    const runs = names(1_000);
    const sweep = await createSweep(server);
    await createRuns(server, sweep, runs);
    await load(server, runs, { connections, seconds: 600, rows: 1_300 });
    const time = async (times: number, work: (i: number) => Promise<unknown>) => {
      const took: number[] = [];
      for (let i = 0; i < times; i++) {
        const at = performance.now();
        await work(i);
        took.push(performance.now() - at);
      }
      return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
    };
    const curve = await time(300, (i) =>
      ask(
        server,
        'GET',
        `/api/v1/runs/${runs[(i * 37) % runs.length]}/series?keys=loss&points=200&project=chaos/bench`,
      ),
    );
    const runsTable = await time(100, () => graphql(server, table, {}));
    say(
      'a curve of 1,300 rows, p50 / p99 ms',
      `${rounded(curve.p50)} / ${rounded(curve.p99)}`,
      curve.p99 < 50,
      'below 50',
    );
    say(
      'a table of 1,000 runs, p50 / p99 ms',
      `${rounded(runsTable.p50)} / ${rounded(runsTable.p99)}`,
      runsTable.p99 < 100,
      'below 100',
    );
    console.log(`load average ${loadavg()[0]?.toFixed(1)}`);
    return { curve, runsTable, load: loadavg()[0] };
  });
}
