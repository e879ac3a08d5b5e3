/** Agents that are stopped (SIGSTOP) past their lease and continued after others have done their work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from './agent.ts';
import { checkHistory, type Verdict } from './checker.ts';
import { type Exchange, exchangesOf, readHistory } from './history.ts';
import { createGrid } from './scenario.ts';
import { apiKey, startServer } from './server-process.ts';

export interface ZombieOutcome extends Verdict {
  rest: { zombies: number; statuses: number[]; codes: string[] };
  wandb: { zombies: number; statuses: number[]; stopped: boolean[] };
  seconds: number;
}

/** Every zombie gets a point of its own; the agents that live on finish all of them, then the zombies wake. */
export async function playZombies(options: {
  rest: number;
  wandb: number;
  leaseSeconds: number;
}): Promise<ZombieOutcome> {
  const begin = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'sweepd-zombies-'));
  const historyPath = join(folder, 'history.jsonl');
  const dataDirectory = join(folder, 'data');
  const points = options.rest + options.wandb;
  const agents: ReturnType<typeof startAgent>[] = [];
  // All of them have to have their runs before the first lease may end, however slow the machine: the short period comes later.
  let server = await startServer({ dataDirectory, leaseSeconds: 600 });
  try {
    const { port } = server;
    const sweepId = await createGrid(port, points);
    const common = { port, key: apiKey, sweepId, historyPath, seed: 1, abandon: 0 };
    for (let i = 0; i < points; i++) {
      const kind = i < options.rest ? 'rest' : 'wandb';
      agents.push(startAgent(kind, { ...common, name: `zombie-${kind}-${i}`, zombie: true }));
    }
    await Promise.all(agents.map((agent) => agent.holding));
    await Promise.all(agents.map((agent) => agent.stop()));
    await server.stop();
    server = await startServer({ dataDirectory, port, leaseSeconds: options.leaseSeconds });
    const living = [0, 1].map((i) => startAgent('rest', { ...common, name: `living-${i}`, zombie: false }));
    agents.push(...living);
    await Promise.all(living.map((agent) => agent.exited));
    for (const agent of agents.slice(0, points)) agent.goOn();
    await Promise.all(agents.map((agent) => agent.exited));
    await server.stop();
    const verdict = checkHistory(historyPath, dataDirectory, sweepId, points);
    return {
      ...verdict,
      ...woken(exchangesOf(readHistory(historyPath)), options),
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    for (const agent of agents) agent.kill();
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the zombies were told once they were back: everything after the first three rows. */
function woken(exchanges: Exchange[], options: { rest: number; wandb: number }) {
  const zombies = exchanges.filter(({ who }) => who.startsWith('zombie-'));
  const rest = zombies.filter(
    ({ op, request }) => op === 'heartbeat' || op === 'finish' || (op === 'metrics' && Number(request.offset) >= 3),
  );
  const wandb = zombies.filter(({ op, request }) => op === 'wandb_stream' && offsetOf(request) >= 3);
  return {
    rest: {
      zombies: options.rest,
      statuses: rest.map(({ status }) => status),
      codes: rest.map(({ reply }) => String(reply.code)),
    },
    wandb: {
      zombies: options.wandb,
      statuses: wandb.map(({ status }) => status),
      stopped: wandb.map(({ reply }) => reply.stopped === true),
    },
  };
}

const offsetOf = (request: Record<string, unknown>) =>
  (request.files as Record<string, { offset: number }>)['wandb-history.jsonl']?.offset ?? 0;
