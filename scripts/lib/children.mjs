// Child processes that end with us. Each leads a group of its own, so that what it started (npm's compiler) goes too.
import { execFileSync, spawn } from 'node:child_process';
import { constants } from 'node:os';

const running = new Set();

const trees = new Set();

function endAll() {
  for (const pid of descendants([...trees].map((child) => child.pid))) end(pid, 'SIGKILL');
  for (const child of running) end(-child.pid, 'SIGTERM');
}

function end(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone.
  }
}

/** The processes below these, whatever group or session they moved to. */
function descendants(roots) {
  if (roots.length === 0) return [];
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [...roots];
  for (const parent of found) found.push(...pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid));
  return found.slice(roots.length);
}

process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

/**
 * Also ends what the child started in groups of its own, at once: W&B's agent does so with its programs, and they would go on, asking
 * a server that is gone.
 */
export function endWholeTree(child) {
  trees.add(child);
  child.on('close', () => trees.delete(child));
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
