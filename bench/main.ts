/** `npm run bench [NAME] [-- --rounds 3 --seconds 4 --dir DIRECTORY]`: loopback only, bounded, ends what it starts. */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../test/chaos/lib/server-process.ts';
import { benchCartpole } from './cartpole.ts';
import { benchIngest } from './ingest.ts';
import { type BenchOptions, benchLease } from './lease.ts';
import { benchManySearches } from './many-searches.ts';
import { benchOptimizer, type OptimizerOptions } from './optimizer.ts';
import { benchQueue } from './queue.ts';
import { benchSearch } from './search.ts';
import { benchStopping } from './stopping.ts';
import { benchWorkers } from './workers.ts';

type Options = BenchOptions & OptimizerOptions;
const benches: Record<string, (options: Options) => Promise<object>> = {
  lease: benchLease,
  queue: benchQueue,
  stopping: benchStopping,
  search: benchSearch,
  'many-searches': benchManySearches,
  workers: benchWorkers,
  optimizer: benchOptimizer,
  cartpole: benchCartpole,
  ingest: benchIngest,
};

const usage = `usage: npm run bench [-- [NAME]... [--rounds 3] [--seconds 4] [--dir DIRECTORY] [--seeds 3] [--suite public]]
  NAME     ${Object.keys(benches).join(', ')}; all of them if none is named
  --dir    where the data goes; /dev/shm where it exists, so that the disk is no part of it
  --seeds  optimizer: searches of every problem
  --suite  optimizer: public, extra or all`;

function standardDirectory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

function readArguments() {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      dir: { type: 'string' },
      seeds: { type: 'string' },
      suite: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !(name in benches));
  if (unknown !== undefined || values.help) {
    console.log(unknown === undefined ? usage : `There is no bench "${unknown}".\n${usage}`);
    process.exit(unknown === undefined ? 0 : 2);
  }
  const within = (text: string | undefined, standard: number, most: number) =>
    Math.min(most, Math.max(1, Number(text ?? standard) || standard));
  const suite = values.suite === 'extra' || values.suite === 'all' ? values.suite : 'public';
  const options: Options = {
    rounds: within(values.rounds, 3, 20),
    seconds: within(values.seconds, 4, 60),
    directory: values.dir ?? standardDirectory(),
    seeds: within(values.seeds, 3, 20),
    suite,
  };
  return { names: positionals.length > 0 ? positionals : Object.keys(benches), options };
}

const { names, options } = readArguments();
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] };
console.log(
  `${machine.model}, ${machine.cpus} cores, load ${machine.load?.toFixed(1)}, Node ${machine.node}, data in ${options.directory}`,
);
for (const name of names) {
  const result = await benches[name]?.(options);
  const date = new Date().toISOString();
  const folder = join(root, '.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${date.replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ name, date, machine, options, ...result }, null, 1)}\n`);
  console.log(`\n${file}`);
}
