/** `sweepd simulate --replay`: what a stop rule would have done to a sweep that ran. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions } from './client/connect.ts';
import { at, idOf, readAll, type SweepDetail, viewOf } from './client/views.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { type Cell, formatTable } from './output/table.ts';
import { duration, shortNumber } from './output/values.ts';

export interface ReplayOptions extends ServerOptions {
  replay?: string;
  earlyTerminate?: string[];
  save?: string;
}

/** The recording of a sweep on the server, or of a file that `--save` wrote. */
export async function replaySweep(options: ReplayOptions & { replay: string }): Promise<void> {
  const { whatIf, writeRecording } = await import('../runtime/what-if.ts');
  const recording = await readRecorded(options.replay, options);
  if (options.save !== undefined) {
    writeFileSync(options.save, writeRecording(recording));
    note(`${recording.runs.length} runs are in ${options.save}.`);
  }
  const rules = options.earlyTerminate ?? [];
  if (rules.length === 0 && options.save !== undefined) return;
  if (rules.length === 0) {
    const example = '--early-terminate hyperband:min_iter=5';
    throw new CommandError('--replay needs a rule to try.', `Write for example ${example}, as often as you like.`, 2);
  }
  const results = rules.map((rule) => {
    try {
      return { rule, ...whatIf(recording, rule) };
    } catch (error) {
      throw new CommandError((error as Error).message, null, 2);
    }
  });
  if (options.json) {
    const items = results.map(({ rule, rows, seconds, best, bestLeft, runs }) =>
      jsonObject([
        ['rule', rule],
        ['stopped', runs.filter(({ stoppedBy }) => stoppedBy !== null).length],
        ['rows', jsonObject(Object.entries(rows))],
        ['seconds', jsonObject(Object.entries(seconds))],
        ['best', best === null ? null : jsonObject(Object.entries(best))],
        ['best_left', bestLeft],
        ['runs', runs.map((run) => jsonObject(Object.entries(run)))],
      ]),
    );
    return printJson(jsonObject([['items', items]]));
  }
  const [first] = results;
  if (first?.best == null) return note('No run of the sweep has logged its metric: there is nothing to compare.');
  const { name, value } = first.best;
  print(
    `${recording.runs.length} runs took ${duration(first.seconds.had)} and ${first.rows.had} steps. The best value is ${shortNumber(value)}, by run ${visible(name)}.\n`,
  );
  print(
    formatTable(['RULE', 'STOPPED', 'STEPS SAVED', 'TIME SAVED', 'BEST LEFT', 'BEST RUN'], results.map(rowOf), paint),
  );
}

type Result = { rule: string } & ReturnType<typeof import('../runtime/what-if.ts').whatIf>;

function rowOf({ rule, rows, seconds, best, bestLeft, runs }: Result): Cell[] {
  const saved = ({ had, would }: { had: number; would: number }) =>
    had === 0 ? '' : `${Math.round((100 * (had - would)) / had)} %`;
  const stopped = runs.filter(({ stoppedBy }) => stoppedBy !== null).length;
  const bestRows = runs.find(({ name }) => name === best?.name)?.rows;
  return [
    { text: visible(rule) },
    { text: `${stopped} of ${runs.length}`, right: true },
    { text: saved(rows), right: true },
    { text: saved(seconds), right: true },
    { text: bestLeft === null ? '' : shortNumber(bestLeft), right: true },
    best?.survives ? { text: 'kept', ink: 'green' } : { text: `stopped at step ${bestRows}`, ink: 'red' },
  ];
}

async function readRecorded(source: string, options: ServerOptions) {
  const { readRecording, recordedRun } = await import('../runtime/what-if.ts');
  if (existsSync(source)) {
    try {
      return readRecording(readFileSync(source, 'utf8'));
    } catch (error) {
      throw new CommandError(`${source} cannot be replayed: ${(error as Error).message}`);
    }
  }
  const client = connect(options);
  const sweep = viewOf<SweepDetail>((await client.request('GET', at('sweeps', idOf(source)))).body);
  if (sweep.metric === null) {
    throw new CommandError(`Sweep ${sweep.id} has no metric, so no rule can compare its runs.`);
  }
  const runs = [];
  const project = `${sweep.entity}/${sweep.project}`;
  for (const run of await readAll(client, at('sweeps', sweep.id, 'runs'), {})) {
    if (run.superseded === true || typeof run.id !== 'string') continue;
    const rows = await readAll(client, at('runs', run.id, 'history'), { project }, { page: 5000, key: 'rows' });
    runs.push(recordedRun(run, rows, sweep.metric.name, Date.parse(sweep.created_at)));
  }
  return { metric: sweep.metric, runs };
}
