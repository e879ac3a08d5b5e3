/** `sweepd simulate`: what a sweep would hand out, without a server; with --replay, what a stop rule would have done to one that ran. */
import { Command } from 'commander';
import { jsonObject } from '../domain/json.ts';
import { withServerOptions } from './client/connect.ts';
import { sizeText } from './config-check.ts';
import { type ConfigFile, problemsOf, readConfigFile, refusal, showProblems } from './config-file.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { numberOption } from './output/options.ts';
import { note, paint, paintNote, print, printJson } from './output/print.ts';
import { formatTable } from './output/table.ts';
import { flatten, valueCell } from './output/values.ts';
import { simulateRecord } from './simulate-record.ts';
import { type ReplayOptions, replaySweep } from './simulate-replay.ts';

const mostRuns = 100_000;

export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description(
      'Print what a sweep config would suggest, with the types and the size of its space; what a stop rule would have done to a sweep that ran; or whether a recorded search gives the same points again',
    )
    .argument('[config]', 'a sweep config (YAML or JSON; - reads stdin)')
    .option('--runs <n>', 'how many suggestions', '20')
    .option('--seed <n>', "seed of the draws, where the config's sweepd.seed names none", '0')
    .option('--replay <sweep>', 'a sweep of the server, or a file that --save wrote, instead of a config')
    .option('--record <sweep>', 'a sweep with method bayes: compute each of its suggestions again and compare')
    .option('--early-terminate <rule>', 'with --replay: a stop rule to try; may be given several times', collect)
    .option('--save <file>', "with --replay: keep the recorded values of the sweep's metric in a file")
    .addHelpText(
      'after',
      examples(
        'sweepd simulate sweep.yaml --runs 20',
        "sweepd simulate --replay k3x9q2ab --early-terminate hyperband:min_iter=5 --early-terminate 'median:min_steps=10'",
      ),
    );
  return withServerOptions(command).action(simulateOrReplay);
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

interface SimulateOptions extends ReplayOptions {
  record?: string;
  runs: string;
  seed: string;
}

async function simulateOrReplay(fileName: string | undefined, options: SimulateOptions): Promise<void> {
  const { replay, record } = options;
  if (record !== undefined && replay === undefined && fileName === undefined) return simulateRecord(record, options);
  if (replay !== undefined && record === undefined && fileName === undefined)
    return replaySweep({ ...options, replay });
  if (replay === undefined && record === undefined && fileName !== undefined) return simulate(fileName, options);
  throw new CommandError('Name either a config, or a sweep with --replay or --record.', null, 2);
}

async function simulate(fileName: string, options: SimulateOptions): Promise<void> {
  const runs = numberOption('--runs', options.runs, 0, mostRuns);
  const seed = seedOption(options.seed);
  const file = readConfigFile(fileName);
  const { inspectConfig, simulateConfig } = await import('../runtime/engine-config.ts');
  const report = inspectConfig(file.text);
  const list = problemsOf(report);
  showProblems(file, list);
  if (report.errors.length > 0) throw new CommandError(refusal(file, list));
  const { points, exhausted, note: remark } = simulateConfig(file.text, runs, seed);
  if (options.json) {
    const { size } = report;
    return printJson(
      jsonObject([
        ['method', report.method],
        ['size', size !== null && size <= Number.MAX_SAFE_INTEGER ? Number(size) : size],
        ['types', jsonObject(Object.entries(report.types))],
        ['suggestions', points],
        ['exhausted', exhausted],
        ['note', remark],
      ]),
    );
  }
  showSpace(file, report);
  const leaves = points.map((point) => flatten(point));
  const names = [...new Set(leaves.flatMap((point) => [...point.keys()]))];
  const rows = leaves.map((point, i) => [
    { text: String(i + 1), right: true },
    ...names.map((name) => valueCell(point.get(name))),
  ]);
  if (points.length > 0) print(`\n${formatTable(['#', ...names.map(visible)], rows, paint)}`);
  if (remark !== null) note(paintNote('yellow', remark));
  if (exhausted) note(paintNote('dim', 'That is all: the search ends here.'));
}

function showSpace(
  file: ConfigFile,
  report: {
    method: string | null;
    size: bigint | null;
    runCap: number | null;
    parameters: { name: string; type: string; range: string }[];
  },
): void {
  print(`${paint('bold', visible(file.name))}: method ${report.method}, ${sizeText(report)}\n`);
  const rows = report.parameters.map(({ name, type, range }) => [
    { text: visible(name) },
    { text: type },
    { text: visible(range) },
  ]);
  print(formatTable(['PARAMETER', 'TYPE', 'VALUES'], rows, paint));
}

function seedOption(text: string): bigint {
  if (/^-?\d{1,30}$/.test(text)) return BigInt(text);
  throw new CommandError(`--seed must be a whole number (given: ${text}).`, null, 2);
}
