// One set-up at a time in this folder. The holder touches its file, so a lock whose holder died is recognised even when
// the process number was given to somebody else, or when the folder is shared between machines. The file also names the
// tool at work: after a kill -9 its npm or pip runs on for a while, and the next set-up must not work beside it.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TOUCH_MS = 5_000;
const STALE_MS = 60_000;
const ORPHAN_MS = 600_000;
const LOOK_AGAIN_MS = 250;

let held;

export async function acquireLock(file, onWait) {
  const me = { host: hostname(), pid: process.pid, id: randomUUID() };
  mkdirSync(dirname(file), { recursive: true });
  for (let announced = false; !create(file, JSON.stringify(me)); announced = true) {
    if (isStale(file)) breakLock(file);
    else {
      if (!announced) onWait(holderOf(file)?.pid);
      await sleep(LOOK_AGAIN_MS);
    }
  }
  const timer = setInterval(() => touch(file), TOUCH_MS);
  timer.unref();
  held = { file, me };
  process.on('exit', release);
}

// Broken off with Ctrl-C, the tool at work needs a moment to end: then the lock stays, and is stale when the tool is gone.
function release() {
  const holder = holderOf(held.file);
  if (holder?.id !== held.me.id || (holder.group && isAlive(-holder.group))) return;
  rmSync(held.file, { force: true });
}

/** Notes in the lock which process group does the work now. */
export function noteWorker(group) {
  if (!held || holderOf(held.file)?.id !== held.me.id) return;
  writeFileSync(`${held.file}.new`, JSON.stringify({ ...held.me, group }));
  renameSync(`${held.file}.new`, held.file);
}

function create(file, content) {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(file) {
  const age = ageOf(file);
  if (age === undefined) return false;
  const holder = holderOf(file);
  if (holder?.host !== hostname() || isAlive(holder.pid)) return age > STALE_MS;
  return age > ORPHAN_MS || !holder.group || !isAlive(-holder.group);
}

// Two that wait may both see the stale lock: without the guard the second would remove the first one's new lock.
function breakLock(file) {
  const guard = `${file}.break`;
  if (!create(guard, '')) {
    if ((ageOf(guard) ?? 0) > STALE_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(file)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ageOf(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Somebody cleared .cache: the work goes on.
  }
}

function holderOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
