// The runner behind `npm test`: all stages, fast ones first; a stage that fails does not keep the others from running.
// The last line is the count, alone. What fails without being a test (a check, a runner that ran nothing) counts as one.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inRoot } from './lib/paths.mjs';
import { runChecks } from './test/checks.mjs';
import { runVitest } from './test/vitest.mjs';

// Each long test file is a stage of its own, so that one that fails is run again without the hours of the others.
const LONG_TESTS = readdirSync(inRoot('test/full'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.replace(/\.test\.ts$/, ''))
  .sort();

const USAGE = `usage: npm test -- [--only STAGE]... [--full] [-- arguments for vitest]
  check  format and lint, types, dependency rules, unused code
  unit   src, test/integration, test/protocol and test/quality
  chaos  test/chaos: the real server killed under load, in short
  e2e    test/e2e: the real W&B client against a real server, four at a time
  full   test/full: only with --full or --only full; one of them by --only full:NAME, with NAME of
         ${LONG_TESTS.join(', ')}`;

const STAGES = [
  { name: 'check', run: runChecks },
  vitestStage('unit', 'config/vitest.config.ts'),
  vitestStage('chaos', 'config/vitest.chaos.config.ts'),
  vitestStage('e2e', 'config/vitest.e2e.config.ts'),
  ...LONG_TESTS.map((name) => ({
    ...vitestStage(`full-${name}`, 'config/vitest.full.config.ts', [`test/full/${name}.test.ts`]),
    name: `full:${name}`,
    isLong: true,
  })),
];

function vitestStage(name, config, files = []) {
  return { name, run: (extraArgs) => runVitest(name, config, [...files, ...extraArgs]) };
}

function stopWithUsage(message) {
  console.log(`${message}${USAGE}`);
  process.exit(message ? 2 : 0);
}

function readArguments(args) {
  const options = { only: { type: 'string', multiple: true }, full: { type: 'boolean' }, help: { type: 'boolean' } };
  // Cut by hand: behind `--` stands what vitest understands, options too.
  const cut = args.includes('--') ? args.indexOf('--') : args.length;
  try {
    const { values } = parseArgs({ args: args.slice(0, cut), options, strict: true });
    return { ...values, extraArgs: args.slice(cut + 1) };
  } catch (error) {
    return stopWithUsage(`${error.message}\n`);
  }
}

function chooseStages({ only, full }) {
  const isNamed = (stage, name) => stage.name === name || (name === 'full' && stage.isLong);
  const unknown = only?.find((name) => !STAGES.some((stage) => isNamed(stage, name)));
  if (unknown) stopWithUsage(`There is no stage "${unknown}".\n`);
  if (only) return STAGES.filter((stage) => only.some((name) => isNamed(stage, name)));
  return STAGES.filter((stage) => full || !stage.isLong);
}

async function runStage(stage, extraArgs) {
  console.log(`\n== ${stage.name}`);
  const begin = performance.now();
  const result = await stage.run(extraArgs);
  return { ...result, name: stage.name, seconds: (performance.now() - begin) / 1000 };
}

const sum = (results, key) => results.reduce((total, result) => total + result[key], 0);

function counts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const WIDTH = Math.max(...STAGES.map(({ name }) => name.length));

function stageLine(result) {
  const time = `${result.seconds.toFixed(1)} s`.padStart(9);
  const what = [result.name === 'check' ? undefined : counts(result), result.note].filter(Boolean).join('; ');
  return `${result.name.padEnd(WIDTH)} ${result.ok ? 'ok    ' : 'FAILED'} ${time}  ${what}`;
}

const choice = readArguments(process.argv.slice(2));
if (choice.help) stopWithUsage('');
const results = [];
for (const stage of chooseStages(choice)) results.push(await runStage(stage, choice.extraArgs));
console.log(`\n${results.map(stageLine).join('\n')}\n`);
console.log(
  counts({ passed: sum(results, 'passed'), failed: sum(results, 'failed'), skipped: sum(results, 'skipped') }),
);
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
