/** The real server as a process of its own: `node dist/src/cli/main.js serve`, started, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bearer, HttpConnection } from './http-connection.ts';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const entry = join(root, 'dist/src/cli/main.js');
/** Any key of 40 or more characters will do: the server listens on loopback and dies with the test. */
export const apiKey = 'chaos-0123456789abcdef0123456789abcdef01234567';

export interface ServerOptions {
  dataDirectory: string;
  /** 0 (the default) picks a free one. */
  port?: number;
  leaseSeconds?: number;
  /** Modules of this folder that are loaded before the server: see `preload/`. */
  preload?: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** Node's own options, e.g. `--cpu-prof`. */
  nodeOptions?: readonly string[];
  /** Run as this user: root ignores file permissions. */
  userId?: number;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  url: string;
  port: number;
  pid: number;
  /** Milliseconds from starting the process to its first 200 on /readyz. */
  readyMs: number;
  exited: Promise<Exit>;
  errors(): string;
  kill(signal: NodeJS.Signals): void;
  /** Sends the signal (SIGTERM) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/** The server ended before it listened; the message is what it wrote on stderr. */
export class DidNotStart extends Error {
  readonly exit: Exit;
  constructor(exit: Exit, errors: string) {
    super(errors.trim());
    this.exit = exit;
  }
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Ends with this process, whatever happens. */
export function track<T extends ChildProcess>(child: T): T {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** @throws DidNotStart */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  if (!existsSync(entry)) throw new Error('There is no build to run: npm run build makes one.');
  const begin = performance.now();
  const child = track(spawn(process.execPath, argumentsOf(options), spawnOptions(options)));
  let errors = '';
  child.stderr?.on('data', (piece: Buffer) => {
    errors = (errors + piece).slice(-20_000);
  });
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const url = await Promise.race([
    listening(child),
    exited.then((exit) => {
      throw new DidNotStart(exit, errors);
    }),
  ]);
  const port = Number(new URL(url).port);
  await Promise.race([ready(port), exited]);
  return {
    url,
    port,
    pid: child.pid ?? -1,
    readyMs: performance.now() - begin,
    exited,
    errors: () => errors,
    kill: (signal) => void child.kill(signal),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

function argumentsOf(options: ServerOptions): string[] {
  const preloads = (options.preload ?? []).flatMap((name) => [
    '--import',
    new URL(`../preload/${name}`, import.meta.url).href,
  ]);
  const serve = ['serve', '--port', String(options.port ?? 0), '--data', options.dataDirectory];
  return [...(options.nodeOptions ?? []), ...preloads, entry, ...serve];
}

function spawnOptions(options: ServerOptions) {
  return {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    ...(options.userId === undefined ? {} : { uid: options.userId, gid: options.userId }),
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      SWEEPD_API_KEY: apiKey,
      SWEEPD_ENTITY: 'chaos',
      SWEEPD_LOG_LEVEL: 'error',
      SWEEPD_LEASE_S: String(options.leaseSeconds ?? 90),
      ...options.environment,
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    child.stdout?.on('data', (piece: Buffer) => {
      seen += piece;
      const url = /https?:\/\/\S+/.exec(seen)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

async function ready(port: number): Promise<void> {
  const connection = new HttpConnection(port, bearer(apiKey));
  // Ends with the first 200, or by the caller's race once the process is gone.
  for (let tries = 0; tries < 10_000; tries++) {
    const reply = await connection.call('GET', '/readyz').catch(() => null);
    if (reply?.status === 200) break;
    await new Promise((again) => setImmediate(again));
  }
  connection.close();
}
