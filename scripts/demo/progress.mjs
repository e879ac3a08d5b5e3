// How far the sweep is: one line that is redrawn on a terminal, a line per finished run elsewhere.
import { setTimeout as wait } from 'node:timers/promises';

export const metric = 'train/roll/ep_rew/mean';
const lookEveryMs = 1_000;

/** Watches until both agents have ended. @returns all runs */
export async function showProgress({ client, sweep, agents, planned, goal }) {
  const started = performance.now();
  let agentsRunning = true;
  const ended = Promise.all(agents.map((agent) => agent.finished)).then(() => (agentsRunning = false));
  let runs = [];
  let shownDone = -1;
  while (agentsRunning) {
    ({ runs } = await client.look(sweep.parts));
    const elapsed = (performance.now() - started) / 1000;
    const done = runs.filter((run) => hasEnded(run)).length;
    const line = describe(runs, done, planned ?? plannedByGrid(runs), elapsed, goal);
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`);
    else if (done !== shownDone) console.log(line);
    shownDone = done;
    await Promise.race([wait(lookEveryMs), ended]);
  }
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[2K');
  return (await client.look(sweep.parts)).runs;
}

const plannedByGrid = (runs) => Math.max(6, runs.length);
export const hasEnded = (run) => !['pending', 'running', 'preempting'].includes(run.state);

/** A run's last value of the metric; undefined before its first. */
export const metricValue = (run) => (typeof run.summary[metric] === 'number' ? run.summary[metric] : undefined);

export function bestOf(runs, goal) {
  const sign = goal === 'minimize' ? 1 : -1;
  const valued = runs.filter((run) => metricValue(run) !== undefined);
  return valued.sort((a, b) => sign * (metricValue(a) - metricValue(b)))[0];
}

function describe(runs, done, planned, elapsed, goal) {
  const width = 24;
  const filled = Math.min(width, Math.round((done / planned) * width));
  const bar = `${'#'.repeat(filled)}${'.'.repeat(width - filled)}`;
  const running = runs.filter((run) => run.state === 'running').length;
  const best = bestOf([...runs], goal);
  const parts = [`[${bar}] ${done}/${planned} runs done, ${running} running`];
  if (best) parts.push(`best ${metric} ${metricValue(best).toFixed(1)}`);
  parts.push(done === 0 ? `${clock(elapsed)} so far` : `about ${clock((elapsed / done) * (planned - done))} left`);
  return parts.join(' | ');
}

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
