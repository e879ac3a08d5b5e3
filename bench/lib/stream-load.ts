/** Programs that log by file_stream: bodies are made before the clock runs, so that the client costs little. */
import { bearer, HttpConnection } from '../../test/chaos/lib/http-connection.ts';
import { apiKey, type ServerProcess } from '../../test/chaos/lib/server-process.ts';

export const linesAPost = 100;

/** A history line of eight metrics, about as long as W&B's client writes it. */
export function historyLine(step: number): string {
  const value = (k: number) => ((step * 7919 + k * 104_729) % 99_991) / 99_991;
  const metrics = ['loss', 'acc', 'val_loss', 'val_acc', 'lr', 'grad_norm', 'tokens', 'time'];
  const pairs = metrics.map((name, k) => `"${name}":${value(k)}`);
  return `{${pairs.join(',')},"_step":${step},"_runtime":${step / 10},"_timestamp":${1.8e9 + step}}`;
}

/** The lines of one post, from a step that is a multiple of `linesAPost`. */
export const postedLines = (first: number): string[] =>
  Array.from({ length: linesAPost }, (_, i) => historyLine(first + i));

export async function ask(server: ServerProcess, method: string, path: string, body?: unknown): Promise<unknown> {
  const connection = new HttpConnection(server.port, bearer(apiKey), 120_000);
  try {
    const { status, body: answer } = await connection.call(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  } finally {
    connection.close();
  }
}

export const graphql = async (server: ServerProcess, query: string, variables: object): Promise<unknown> =>
  ((await ask(server, 'POST', '/graphql', { query, variables })) as { data: unknown }).data;

export async function createSweep(server: ServerProcess): Promise<string> {
  const config = { method: 'random', metric: { name: 'loss' }, parameters: { x: { min: 0, max: 1.5 } } };
  return ((await ask(server, 'POST', '/api/v1/sweeps', { config, project: 'bench' })) as { id: string }).id;
}

export async function createRuns(server: ServerProcess, sweep: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await graphql(server, 'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }', {
      input: { name, modelName: 'bench', host: 'h', sweep, config: '{"x":{"value":0.5},"layers":{"value":4}}' },
    });
  }
}

/** User and system time of the server process so far, seconds, as it says itself. */
export async function cpuSeconds(server: ServerProcess): Promise<number> {
  return Number(/^sweepd_process_cpu_seconds_total (\S+)/m.exec(String(await ask(server, 'GET', '/metrics')))?.[1]);
}

export interface Load {
  lines: number;
  seconds: number;
  /** Of each post, milliseconds. */
  latencies: number[];
  /** Behind the last line of every run: where the next load goes on. */
  next: number;
}

/**
 * Posts to each run in turn over some connections until the time is up or each run has its rows.
 * @param from the number of lines that each run has already
 */
export async function load(
  server: ServerProcess,
  runs: readonly string[],
  options: { connections: number; seconds: number; rows?: number; from?: number; pauseMs?: number },
): Promise<Load> {
  const { connections, seconds, rows = Number.POSITIVE_INFINITY, from = 0, pauseMs = 0 } = options;
  const lines = postedLines(0);
  const latencies: number[] = [];
  const begin = performance.now();
  const end = begin + seconds * 1000;
  let [sent, next] = [0, from];
  const worker = async (own: readonly string[]) => {
    const connection = new HttpConnection(server.port, bearer(apiKey), 60_000);
    for (let offset = from; offset < from + rows && performance.now() < end; offset += linesAPost) {
      for (const run of own) {
        if (performance.now() >= end) break;
        const body = {
          files: {
            'wandb-history.jsonl': { offset, content: lines },
            'wandb-summary.json': { offset: 0, content: [lines.at(-1)] },
          },
        };
        const at = performance.now();
        const { status } = await connection.call('POST', `/files/chaos/bench/${run}/file_stream`, body);
        if (status !== 200) throw new Error(`file_stream: ${status}`);
        latencies.push(performance.now() - at);
        sent += linesAPost;
        next = Math.max(next, offset + linesAPost);
        if (pauseMs > 0) await new Promise((next) => setTimeout(next, pauseMs));
      }
    }
    connection.close();
  };
  await Promise.all(
    Array.from({ length: connections }, (_, k) => worker(runs.filter((_run, i) => i % connections === k))),
  );
  return { lines: sent, seconds: (performance.now() - begin) / 1000, latencies, next };
}
