/**
 * A server, agents, a bad network, and a nemesis that ends the server again and again. Everything random comes from one seed;
 * everything that happened is in one history file; the checker has the last word.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestRedis } from '../../fixtures/redis.ts';
import { startAgent } from './agent.ts';
import { checkHistory, type Verdict } from './checker.ts';
import { addFault } from './history.ts';
import { bearer, HttpConnection } from './http-connection.ts';
import { type BadNetwork, type FaultRates, startProxy } from './proxy.ts';
import { seeded } from './random.ts';
import { apiKey, type Exit, type ServerProcess, startServer } from './server-process.ts';

/** `kill`: SIGKILL from outside. `before_commit`, `after_commit`: SIGKILL by the server's own hand at that moment (fail-point.mjs). */
export type ServerFault = 'kill' | 'term' | 'before_commit' | 'after_commit';
/**
 * What happens to Redis while the server goes on: SIGKILL and a new start (empty), FLUSHALL, or a SIGSTOP that ends when half as many
 * replies have come by.
 */
export type RedisFault = 'redis_kill' | 'redis_flush' | 'redis_freeze';

export interface Scenario {
  seed: number;
  agents: number;
  points: number;
  abandon: number;
  network: FaultRates;
  faults: readonly (ServerFault | RedisFault)[];
  /** The queue goes through this Redis. */
  redis?: TestRedis;
  /** A server lives until this many replies (or commits, for the fail-points) at most. */
  longestLife: number;
  leaseSeconds: number;
  /** Go on until the grid is done; else the sweep is stopped after the last fault. */
  toTheEnd: boolean;
  preload?: readonly string[];
}

export interface Outcome extends Verdict {
  faults: Record<string, number>;
  network: BadNetwork['counts'];
  /** From the start of the process to the first 200 of /readyz, milliseconds, of every restart. */
  /** Scripts that the server ran in Redis, as far as they were counted: BullMQ's steps. */
  redisCalls: number;
  restartMs: { median: number; max: number };
  /** Exit codes after SIGTERM that were not 0. */
  wrongExits: Exit[];
  seconds: number;
}

export async function play(scenario: Scenario): Promise<Outcome> {
  const begin = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'sweepd-chaos-'));
  const random = seeded(scenario.seed);
  const proxy = await startProxy(seeded(scenario.seed + 1), scenario.network);
  const stage: Stage = { scenario, folder, proxy, port: 0, faults: [], restarts: [], wrongExits: [], redisCalls: 0 };
  const agents: ReturnType<typeof startAgent>[] = [];
  try {
    let server = await raise(stage, scenario.faults[0], random.between(1, scenario.longestLife));
    const sweepId = await createGrid(server.port, scenario.points);
    for (let i = 0; i < scenario.agents; i++) {
      const { seed, abandon } = scenario;
      const settings = {
        port: proxy.port,
        key: apiKey,
        sweepId,
        historyPath: historyOf(folder),
        abandon,
        zombie: false,
      };
      agents.push(startAgent('rest', { ...settings, name: `agent-${i}`, seed: seed * 1000 + i }));
    }
    const allDone = Promise.all(agents.map((agent) => agent.exited));
    for (const [i, fault] of scenario.faults.entries()) {
      const life = random.between(1, scenario.longestLife);
      const ended = isOfRedis(fault) ? disturbRedis(stage, fault, life) : endServer(stage, server, fault, life);
      // A grid that is done before the faults are has nobody left to disturb.
      if ((await Promise.race([ended, allDone])) !== undefined) break;
      if (isOfRedis(fault)) continue;
      server = await raise(stage, scenario.faults[i + 1], random.between(1, scenario.longestLife));
    }
    if (!scenario.toTheEnd) await setState(server.port, sweepId, 'finished');
    const exits = await allDone;
    await countRedisCalls(stage);
    await expectExit(stage, server.stop());
    const verdict = checkHistory(
      historyOf(folder),
      join(folder, 'data'),
      sweepId,
      scenario.toTheEnd ? scenario.points : null,
    );
    const failed = exits.filter(({ code }) => code !== 0).length;
    if (failed > 0) verdict.broken.push(`${failed} agents ended with an error (see above)`);
    return { ...verdict, ...report(stage), network: proxy.counts, seconds: (performance.now() - begin) / 1000 };
  } finally {
    for (const agent of agents) agent.kill();
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Stage {
  scenario: Scenario;
  folder: string;
  proxy: BadNetwork;
  port: number;
  /** Those that happened. */
  faults: (ServerFault | RedisFault)[];
  redisCalls: number;
  restarts: number[];
  wrongExits: Exit[];
}

const historyOf = (folder: string) => join(folder, 'history.jsonl');
const isOfRedis = (fault: ServerFault | RedisFault | undefined): fault is RedisFault =>
  fault?.startsWith('redis_') === true;
const isFailPoint = (fault: ServerFault | RedisFault | undefined) =>
  fault === 'before_commit' || fault === 'after_commit';

async function raise(stage: Stage, fault: ServerFault | RedisFault | undefined, life: number): Promise<ServerProcess> {
  const { scenario, folder, proxy } = stage;
  const failPoint = isFailPoint(fault);
  // The first commits of a life are the start itself: a fail-point among them would be a server that never listens. Each later one
  // carries the replies to several agents.
  const environment = {
    ...(failPoint ? { CHAOS_FAIL_POINT: `${fault}:${10 + Math.ceil(life / 4)}` } : {}),
    ...(scenario.redis === undefined ? {} : { SWEEPD_REDIS_URL: scenario.redis.url }),
  };
  const preload = [...(scenario.preload ?? []), ...(failPoint ? ['fail-point.mjs'] : [])];
  const server = await startServer({
    dataDirectory: join(folder, 'data'),
    port: stage.port,
    leaseSeconds: scenario.leaseSeconds,
    preload,
    environment,
  });
  if (stage.port !== 0) stage.restarts.push(server.readyMs);
  stage.port = server.port;
  proxy.target = server.port;
  return server;
}

async function endServer(stage: Stage, server: ServerProcess, fault: ServerFault, life: number): Promise<void> {
  if (isFailPoint(fault)) await server.exited;
  else {
    await stage.proxy.replies(life);
    if (fault === 'kill') await server.stop('SIGKILL');
    else await expectExit(stage, server.stop('SIGTERM'));
  }
  stage.faults.push(fault);
  addFault(historyOf(stage.folder), fault);
}

async function disturbRedis(stage: Stage, fault: RedisFault, life: number): Promise<void> {
  const { redis } = stage.scenario;
  if (redis === undefined) throw new Error(`The scenario has no Redis for ${fault}.`);
  await stage.proxy.replies(life);
  await countRedisCalls(stage);
  if (fault === 'redis_flush') await redis.run('FLUSHALL');
  else if (fault === 'redis_kill') {
    await redis.kill();
    await stage.proxy.replies(Math.ceil(life / 2));
    await redis.start();
  } else {
    redis.freeze();
    await stage.proxy.replies(Math.ceil(life / 2));
    redis.thaw();
  }
  stage.faults.push(fault);
  addFault(historyOf(stage.folder), fault);
}

/** Adds what Redis counted since the last time. */
async function countRedisCalls(stage: Stage): Promise<void> {
  const { redis } = stage.scenario;
  const text = String((await redis?.run('INFO', 'commandstats').catch(() => '')) ?? '');
  await redis?.run('CONFIG', 'RESETSTAT').catch(() => null);
  stage.redisCalls += Number(/cmdstat_evalsha:calls=(\d+)/.exec(text)?.[1] ?? 0);
}

async function expectExit(stage: Stage, exit: Promise<Exit>): Promise<void> {
  const ended = await exit;
  if (ended.code !== 0) stage.wrongExits.push(ended);
}

function report({ restarts, wrongExits, faults: happened, redisCalls }: Stage) {
  const sorted = [...restarts].sort((a, b) => a - b);
  const faults: Record<string, number> = {};
  for (const fault of happened) faults[fault] = (faults[fault] ?? 0) + 1;
  return {
    faults,
    redisCalls,
    wrongExits,
    restartMs: { median: Math.round(sorted[sorted.length >> 1] ?? 0), max: Math.round(sorted.at(-1) ?? 0) },
  };
}

/** A grid of two parameters, as near a square as `points` divides. @returns the sweep's id */
export async function createGrid(port: number, points: number): Promise<string> {
  let width = Math.floor(Math.sqrt(points));
  while (points % width !== 0) width--;
  const values = (count: number) => ({ values: Array.from({ length: count }, (_, i) => i) });
  const config = {
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    parameters: { x: values(width), y: values(points / width) },
    program: 'train.py',
    sweepd: { max_attempts: 50 },
  };
  const { status, body } = await once(port, 'POST', '/api/v1/sweeps', { config, entity: 'chaos', project: 'chaos' });
  if (status !== 201) throw new Error(`The sweep was not created: ${status} ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}

async function setState(port: number, sweepId: string, state: string): Promise<void> {
  const { status, body } = await once(port, 'PATCH', `/api/v1/sweeps/${sweepId}`, { state });
  if (status !== 200) throw new Error(`The sweep was not moved: ${status} ${JSON.stringify(body)}`);
}

export async function once(port: number, method: string, path: string, body?: unknown) {
  const connection = new HttpConnection(port, bearer(apiKey));
  try {
    return await connection.call(method, path, body);
  } finally {
    connection.close();
  }
}
