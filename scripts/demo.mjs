// `npm run demo`: the real thing on this machine. Starts sweepd, creates a sweep with the real `wandb sweep`, lets two real
// `wandb agent`s train PPO on CartPole under it, shows how it goes, and ends with the best parameters. With `team` the queue goes through
// a Redis, a worker computes for the search, and one of the agents serves a pool.
import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSweep, startAgents } from './demo/agents.mjs';
import { parseArguments, usage } from './demo/arguments.mjs';
import { connect } from './demo/client.mjs';
import { showProgress } from './demo/progress.mjs';
import { report } from './demo/report.mjs';
import { startServer } from './demo/server.mjs';
import { startRedis, startWorker } from './demo/team.mjs';
import { inCache, inRoot } from './lib/paths.mjs';
import { readTools } from './tools.mjs';

const options = parseArguments(process.argv.slice(2));
if (options.help) {
  console.log(usage);
  process.exit(0);
}
if (options.error) {
  console.error(`demo: ${options.error}\n\n${usage}`);
  process.exit(2);
}

const { python, wandb } = readTools();
if (python === null || wandb === null) {
  console.error('demo: set-up has not run: start this with `npm run demo`.');
  process.exit(1);
}

mkdirSync(inCache('demo'), { recursive: true });
const folder = mkdtempSync(join(inCache('demo'), 'run-'));
const redis = options.team ? await startRedis(folder) : null;
if (redis !== null) console.log(`$ redis-server   (${redis.url})`);
const server = await startServer(folder, redis?.url);
console.log(`sweepd listens on ${server.url} (data in ${folder})`);

const config = inRoot('config', 'sweeps', `cartpole_ppo_${options.sweep}.yaml`);
const worker = redis === null ? null : await startWorker(redis.url, folder);
if (worker !== null) console.log('$ SWEEPD_REDIS_URL=... npm run worker');
const client = connect(server);
const environment = { ...client.environment, python, wandb };
const sweep = await createSweep(environment, config, folder);
console.log(`$ wandb sweep config/sweeps/cartpole_ppo_${options.sweep}.yaml\n  -> ${sweep.path}, ${sweep.url}`);

for (const name of ['agent-1', 'agent-2'])
  cpSync(inRoot('examples', 'cartpole'), join(folder, name), { recursive: true });
const pool = options.team ? 'default' : null;
const agents = startAgents(environment, sweep.path, folder, ['agent-1', 'agent-2'], options.count, pool);
const times = options.count === null ? '' : '--count N ';
console.log(`$ wandb agent ${times}${sweep.path}${pool === null ? '   (two of them)' : ''}`);
if (pool !== null) console.log(`$ sweepd agent ${times}--pool ${pool}`);
console.log('');

const goal = /goal:\s*(\w+)/.exec(readFileSync(config, 'utf8'))?.[1] ?? 'maximize';
const runs = await showProgress({ client, sweep, agents, planned: options.count, goal });
const good = report({ runs, sweep, goal, keep: options.keep, logs: agents.map((agent) => agent.log) });
if (worker !== null) console.log(`The worker computed ${await redis.jobsDone()} times for the search.`);
if (options.keep && good) {
  console.log('\nThe server stays up until you press Ctrl-C.');
  await server.finished;
}
await worker?.stop();
await server.stop();
await redis?.stop();
process.exit(good ? 0 : 1);
