/**
 * Starts and stops agent processes. An agent that holds a run tells its parent; one told to go on does what it would have done had it
 * never been stopped.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { track } from './server-process.ts';

export interface AgentSettings {
  name: string;
  port: number;
  key: string;
  sweepId: string;
  historyPath: string;
  seed: number;
  /** Chance that a lease is left alone: no finish, no farewell. */
  abandon: number;
  /** Take one run, log some rows, tell the parent, wait to be told to go on, then log more and finish, in the belief to hold it still. */
  zombie: boolean;
}

export interface Agent {
  name: string;
  /** The agent has a run and waits. */
  holding: Promise<void>;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGSTOP; resolves when the kernel says that the process is stopped. */
  stop(): Promise<void>;
  /** SIGCONT, with the word to go on waiting for it. */
  goOn(): void;
  kill(): void;
}

const programs = { rest: './rest-agent.ts', wandb: './wandb-agent.ts' } as const;

export function startAgent(kind: keyof typeof programs, settings: AgentSettings): Agent {
  const program = fileURLToPath(new URL(programs[kind], import.meta.url));
  const child = track(
    fork(program, [JSON.stringify(settings)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    }),
  );
  return {
    name: settings.name,
    holding: new Promise((resolve) => child.once('message', () => resolve())),
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
    stop: () => stopped(child),
    goOn: () => {
      child.send('go on');
      child.kill('SIGCONT');
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const { readFileSync } = await import('node:fs');
  // The signal is on its way at once; on Linux the process table tells when it has arrived.
  const state = () => {
    try {
      return /\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1] ?? 'T';
    } catch {
      return 'T';
    }
  };
  while (state() !== 'T') await new Promise((again) => setImmediate(again));
}
