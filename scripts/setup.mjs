// Makes a fresh clone ready: `npm run demo` and `npm test` run this first. Plain Node without dependencies, since it runs
// before `npm ci`. Safe to repeat (a step whose result is still good is skipped) and to run twice at the same time.
import { inCache, root } from './lib/paths.mjs';
import { buildStep } from './setup/build.mjs';
import { chromiumStep } from './setup/chromium.mjs';
import { compilerStep } from './setup/compiler.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { acquireLock } from './setup/lock.mjs';
import { checkNodeVersion } from './setup/node-version.mjs';
import { oldClientsStep } from './setup/old-clients.mjs';
import { packagesStep } from './setup/packages.mjs';
import { stopwatch, withProgress } from './setup/progress.mjs';
import { pythonStep } from './setup/python.mjs';
import { redisStep } from './setup/redis.mjs';
import { Log } from './setup/run.mjs';
import { writeTools } from './tools.mjs';

const USAGE = `usage: node scripts/setup.mjs [--test] [--redis] [--browser] [--old-clients]
  --test         also what the tests need from Python (test/requirements.txt), and a redis-server
  --redis        also a redis-server
  --browser      also Chromium
  --old-clients  also the older versions of wandb that test/full runs, each in a Python environment of its own
Own programs: SWEEPD_PYTHON (a Python that has wandb), SWEEPD_REDIS_SERVER, SWEEPD_CHROMIUM, CC and CXX.`;

function readArguments(args) {
  const known = ['--test', '--redis', '--browser', '--old-clients'];
  if (args.every((arg) => known.includes(arg))) return new Set(args);
  console.log(USAGE);
  process.exit(args.includes('--help') ? 0 : 2);
}

function stepsFor(flags) {
  const steps = [compilerStep, packagesStep, buildStep, pythonStep];
  if (flags.has('--redis') || flags.has('--test')) steps.push(redisStep);
  if (flags.has('--browser')) steps.push(chromiumStep);
  if (flags.has('--old-clients')) steps.push(oldClientsStep);
  return steps;
}

async function runSteps(steps, context) {
  let worked = 0;
  for (const [index, step] of steps.entries()) {
    if (step.isReady(context)) continue;
    const log = new Log(step.name);
    await withProgress(`set-up ${index + 1}/${steps.length}: ${step.title}`, () => step.work(context, log));
    worked++;
  }
  return worked;
}

function explain(failure) {
  const tail = failure.log?.tail();
  if (tail) console.error(`\n${tail}\n(the whole log: ${failure.log.path})\n`);
  console.error(`set-up stopped: ${failure.message}`);
  if (failure.command) console.error(`Type this, then start again:\n\n  ${failure.command}\n`);
}

async function main() {
  const elapsed = stopwatch();
  const flags = readArguments(process.argv.slice(2));
  checkNodeVersion();
  process.chdir(root);
  await acquireLock(inCache('setup.lock'), (pid) => {
    console.log(`set-up: waits for another set-up of this folder (process ${pid ?? 'unknown'})`);
  });
  const context = { forTests: flags.has('--test'), tools: {} };
  const worked = await runSteps(stepsFor(flags), context);
  writeTools(context.tools);
  console.log(worked === 0 ? `set-up: all is in place (${elapsed()})` : `set-up: done in ${elapsed()}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  explain(error);
  process.exitCode = 1;
}
