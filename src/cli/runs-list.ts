/** `sweepd runs ls`: the runs of one sweep side by side with their parameters, or those of all sweeps. */
import type { RestClient } from '../agent/rest-client.ts';
import { type JsonObject, jsonObject, numberOf } from '../domain/json.ts';
import { connect, type ServerOptions } from './client/connect.ts';
import { at, idOf, type RunView, readAll, type SweepView, viewOf } from './client/views.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { numberOption } from './output/options.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { stateInk } from './output/style.ts';
import { type Cell, formatTable } from './output/table.ts';
import { ago, duration, flatten, valueCell } from './output/values.ts';

interface ListOptions extends ServerOptions {
  project?: string;
  state?: string;
  sort: string;
  limit: string;
}

export async function listRuns(sweepPath: string | undefined, options: ListOptions): Promise<void> {
  if (!['newest', 'oldest', 'best'].includes(options.sort)) {
    throw new CommandError(`--sort takes newest, oldest or best (given: ${options.sort}).`, null, 2);
  }
  if (options.sort === 'best' && sweepPath === undefined) {
    throw new CommandError(
      '--sort best compares the runs of one sweep: name it.',
      'sweepd runs ls SWEEP --sort best',
      2,
    );
  }
  const limit = numberOption('--limit', options.limit, 1);
  const client = connect(options);
  const sweep = sweepPath === undefined ? null : idOf(sweepPath);
  const view = sweep === null ? null : viewOf<SweepView>((await client.request('GET', at('sweeps', sweep))).body);
  const items = await readRuns(client, view, limit, options);
  if (options.json) return printJson(jsonObject([['items', items]]));
  if (items.length === 0)
    return note(sweep === null ? 'There are no runs.' : `Sweep ${visible(sweep)} has no runs that match.`);
  const runs = items.map((item) => viewOf<RunView>(item));
  print(view === null ? allRuns(runs) : runsOfSweep(runs, view));
}

async function readRuns(
  client: RestClient,
  sweep: SweepView | null,
  limit: number,
  { project, state, sort }: ListOptions,
): Promise<JsonObject[]> {
  const isBest = sort === 'best';
  const items = await readAll(
    client,
    '/runs',
    { project, state, sweep: sweep?.id, order: sort === 'oldest' ? 'oldest' : 'newest' },
    isBest ? {} : { most: limit },
  );
  if (!isBest) return items;
  const sign = sweep?.metric?.goal === 'maximize' ? -1 : 1;
  const rank = (item: JsonObject) => {
    const value = numberOf(item.best_value);
    return value === null || item.superseded === true ? Number.POSITIVE_INFINITY : sign * value;
  };
  return items.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b))).slice(0, limit);
}

const idCell = (run: RunView): Cell => ({ text: visible(run.id), ink: 'bold' });
const stateCell = (run: RunView): Cell => ({
  text: visible(run.state) + (run.superseded ? ' (superseded)' : ''),
  ink: stateInk(run.state),
});

function timeCell(run: RunView): Cell {
  if (run.started_at === null) return { text: '' };
  const end = run.ended_at === null ? Date.now() : Date.parse(run.ended_at);
  return { text: duration(Math.max(0, (end - Date.parse(run.started_at)) / 1000)), ink: 'dim' };
}

function allRuns(runs: readonly RunView[]): string {
  const now = Date.now();
  const rows = runs.map((run): Cell[] => [
    idCell(run),
    stateCell(run),
    { text: visible(`${run.entity}/${run.project}`) },
    { text: visible(run.sweep_id ?? '') },
    valueCell(run.best_value ?? undefined),
    { text: String(run.rows), right: true },
    timeCell(run),
    { text: ago(run.created_at, now), ink: 'dim' },
  ]);
  return formatTable(['RUN', 'STATE', 'PROJECT', 'SWEEP', 'BEST', 'ROWS', 'TIME', 'CREATED'], rows, paint);
}

/** With a column for each parameter that differs between the runs shown; where all are alike, for each. */
function runsOfSweep(runs: readonly RunView[], sweep: SweepView): string {
  const points = runs.map((run) => flatten(run.config));
  const names = parametersOf(sweep, points);
  const metric = sweep.metric === null ? 'BEST' : visible(sweep.metric.name);
  const rows = runs.map((run, i): Cell[] => [
    { text: String(run.number ?? ''), right: true },
    idCell(run),
    stateCell(run),
    valueCell(run.best_value ?? undefined),
    ...names.map((name) => valueCell(points[i]?.get(name))),
    { text: String(run.rows), right: true },
    timeCell(run),
  ]);
  return formatTable(['#', 'RUN', 'STATE', metric, ...names.map(visible), 'ROWS', 'TIME'], rows, paint);
}

/** The sweep's own: a program may add to its run's config. */
function parametersOf(sweep: SweepView, points: readonly Map<string, unknown>[]): string[] {
  const parameters = viewOf<{ parameters?: JsonObject }>(sweep.config).parameters ?? jsonObject();
  const top = new Set(Object.keys(parameters));
  const all = [...new Set(points.flatMap((point) => [...point.keys()]))];
  const searched = all.filter((name) => top.has(name.split('/')[0] ?? ''));
  const text = (value: unknown) => JSON.stringify(value ?? null);
  const varied = searched.filter((name) => new Set(points.map((point) => text(point.get(name)))).size > 1);
  return varied.length > 0 ? varied : searched;
}
