// The checks that start no test: each one's output is shown only when it fails.
import { start } from '../lib/children.mjs';
import { inRoot, root } from '../lib/paths.mjs';

// Two lanes, since the slow ones use more than one core themselves.
const LANES = [
  [
    ['biome', 'check', '.'],
    ['tsc', '--noEmit', '-p', 'tsconfig.json'],
  ],
  [
    ['depcruise', 'src', 'workers', '--config', 'config/dependency-rules.cjs'],
    ['knip', '--config', 'config/knip.json'],
  ],
];

async function runCheck([tool, ...args]) {
  const env = { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) };
  const options = { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] };
  const { child, finished } = start(inRoot('node_modules/.bin', tool), args, options);
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const { code, error } = await finished;
  if (code === 0) return { tool, ok: true };
  console.log(`\n${tool} ${args.join(' ')}: failed\n${error?.message ?? ''}${Buffer.concat(output)}`);
  return { tool, ok: false };
}

async function runLane(lane) {
  const results = [];
  for (const check of lane) results.push(await runCheck(check));
  return results;
}

export async function runChecks() {
  const results = (await Promise.all(LANES.map(runLane))).flat();
  const broken = results.filter((result) => !result.ok).map((result) => result.tool);
  const note = broken.length === 0 ? results.map((result) => result.tool).join(', ') : `broken: ${broken.join(', ')}`;
  return { ok: broken.length === 0, passed: 0, failed: broken.length, skipped: 0, note };
}
