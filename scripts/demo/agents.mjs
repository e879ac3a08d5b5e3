// The real commands, as a user types them.
import { createWriteStream } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { endWholeTree, start } from '../lib/children.mjs';
import { inRoot } from '../lib/paths.mjs';

/** PATH starts with the private Python, since the agent runs `python train.py`. */
function commandEnvironment({ python, wandb: _, ...environment }, folder) {
  return {
    ...environment,
    PATH: `${dirname(python)}${delimiter}${environment.PATH ?? ''}`,
    WANDB_CACHE_DIR: join(folder, 'cache'),
    WANDB_CONFIG_DIR: join(folder, 'config'),
    WANDB_ERROR_REPORTING: 'false',
  };
}

/** `wandb sweep FILE`. @returns {{path: string, url: string, parts: string[]}} */
export async function createSweep(environment, config, folder) {
  const { child, finished } = start(environment.wandb, ['sweep', config], {
    cwd: folder,
    env: commandEnvironment(environment, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (printed += piece));
  await finished;
  const path = /wandb agent (\S+\/\S+\/\w+)/.exec(printed)?.[1];
  const url = /View sweep at: (\S+)/.exec(printed)?.[1];
  if (path === undefined || url === undefined) throw new Error(`wandb sweep failed:\n${printed}`);
  return { path, url, parts: path.split('/') };
}

/**
 * Two real agents, each in a folder of its own: W&B's, or where `pool` is named the second one sweepd's, which serves that pool.
 * @returns {{finished: Promise, log: string}[]}
 */
export function startAgents(environment, sweepPath, folder, names, count, pool = null) {
  return names.map((name, i) => {
    // The runs are shared evenly, the first agents taking what does not divide.
    const own = count === null ? null : Math.floor(count / names.length) + (i < count % names.length ? 1 : 0);
    if (own === 0) return { finished: Promise.resolve({ code: 0 }), log: null };
    const log = join(folder, `${name}.log`);
    const many = own === null ? [] : ['--count', String(own)];
    const ofPool = pool !== null && i > 0;
    const [program, ...args] = ofPool
      ? [process.execPath, inRoot('dist', 'src', 'cli', 'main.js'), 'agent', '--pool', pool, '--idle', '15', ...many]
      : [environment.wandb, 'agent', ...many, sweepPath];
    const { child, finished } = start(program, args, {
      cwd: join(folder, name),
      env: commandEnvironment(environment, folder),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWholeTree(child);
    const file = createWriteStream(log);
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    return { finished, log };
  });
}
