/** sweepd itself: the real server on fresh data, and clients in another process. */
import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bearer, HttpConnection } from '../../test/chaos/lib/http-connection.ts';
import { apiKey, type ServerProcess, startServer, track } from '../../test/chaos/lib/server-process.ts';
import type { LeaseClientAnswer, LeaseClientTask } from './lease-client.ts';
import type { Contender, Measurement } from './measurement.ts';

/** Until the hot code is compiled, on a sweep of its own. */
const warmUp = { cycles: 10_000, seconds: 20 };
const sweepConfig = {
  method: 'random',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: {
    lr: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-1 },
    dropout: { min: 0, max: 0.6 },
    weight_decay: { min: 0, max: 0.1 },
    layers: { min: 1, max: 12 },
    optimizer: { values: ['adam', 'sgd', 'lion'] },
  },
};

/** @param filled a data directory with a sweep that has runs already (fillDirectory), or null for an empty one */
export function sweepdContender(directory: string, clients: number, filled: Filled | null): Contender {
  const runs = filled === null ? '' : `, ${filled.runs.toLocaleString('en')} runs there`;
  return {
    name: `sweepd, ${clients} ${clients === 1 ? 'client' : 'clients'}${runs}`,
    measure: (seconds) =>
      withServer(directory, filled, async (server, load) => {
        await load({ sweepId: await createSweep(server), clients, ...warmUp });
        const sweepId = filled?.sweepId ?? (await createSweep(server));
        const before = await cpuSeconds(server);
        const { cycles, seconds: took } = await load({ sweepId, clients, seconds });
        const cpuUs = (1e6 * ((await cpuSeconds(server)) - before)) / Math.max(cycles, 1);
        return { perS: cycles / took, cycles, cpuUs, load: loadavg()[0] ?? 0 } satisfies Measurement;
      }),
  };
}

export interface Filled {
  directory: string;
  sweepId: string;
  runs: number;
}

/** Makes a data directory whose one sweep has this many finished runs, through the front door. */
export async function fillDirectory(parent: string, runs: number): Promise<Filled> {
  const directory = mkdtempSync(join(parent, 'filled-'));
  const server = await startServer({ dataDirectory: directory });
  const [client, load] = startClients(server);
  try {
    const sweepId = await createSweep(server);
    await load({ sweepId, clients: 64, seconds: 600, cycles: runs });
    return { directory, sweepId, runs };
  } finally {
    client.disconnect();
    await server.stop();
  }
}

type Load = (
  task: Pick<LeaseClientTask, 'sweepId' | 'clients' | 'seconds'> & { cycles?: number },
) => Promise<LeaseClientAnswer>;

async function withServer<T>(
  parent: string,
  filled: Filled | null,
  work: (server: ServerProcess, load: Load) => Promise<T>,
) {
  const dataDirectory = mkdtempSync(join(parent, 'sweepd-'));
  if (filled !== null) cpSync(filled.directory, dataDirectory, { recursive: true });
  const profile = process.env.SWEEPD_BENCH_PROFILE;
  const nodeOptions = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const server = await startServer({ dataDirectory, nodeOptions });
  const [client, load] = startClients(server);
  try {
    return await work(server, load);
  } finally {
    client.disconnect();
    await server.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

function startClients({ port }: ServerProcess): [ChildProcess, Load] {
  const child = track(fork(fileURLToPath(new URL('./lease-client.ts', import.meta.url))));
  const load: Load = (task) =>
    new Promise((resolve, reject) => {
      child.once('message', (answer) => resolve(answer as LeaseClientAnswer));
      child.once('exit', (code) => reject(new Error(`The clients ended with ${code}.`)));
      child.send({ port, authorization: bearer(apiKey), cycles: 1_000_000, ...task } satisfies LeaseClientTask);
    });
  return [child, load];
}

async function createSweep(server: ServerProcess): Promise<string> {
  const { status, body } = await ask(server, 'POST', '/api/v1/sweeps', { config: sweepConfig });
  if (status !== 201) throw new Error(`The sweep was not created: ${status} ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}

/** User and system time of the server process so far, as it says itself. */
async function cpuSeconds(server: ServerProcess): Promise<number> {
  const { body } = await ask(server, 'GET', '/metrics');
  return Number(/^sweepd_process_cpu_seconds_total (\S+)/m.exec(String(body))?.[1]);
}

async function ask(server: ServerProcess, method: string, path: string, body?: unknown) {
  const connection = new HttpConnection(server.port, bearer(apiKey));
  try {
    return await connection.call(method, path, body);
  } finally {
    connection.close();
  }
}
