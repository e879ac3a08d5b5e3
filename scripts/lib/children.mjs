// Child processes that end with us. Each leads a group of its own, so that what it started (npm's compiler) goes too.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const running = new Set();

function endAll() {
  for (const child of running) {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // Already gone.
    }
  }
}

process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

/** Starts a program; `finished` becomes its exit code (1 when it could not be started or was killed). */
export function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  const finished = new Promise((done) => {
    child.on('error', (error) => done({ code: 1, error }));
    child.on('close', (code) => done({ code: code ?? 1 }));
  }).finally(() => running.delete(child));
  return { child, finished };
}
