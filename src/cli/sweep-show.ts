/** `sweepd sweep ls` and `sweep show`. */
import { type JsonObject, jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions } from './client/connect.ts';
import { at, idOf, type RunView, readAll, type SweepDetail, type SweepView, viewOf } from './client/views.ts';
import { visible } from './output/escape.ts';
import { numberOption } from './output/options.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { stateInk } from './output/style.ts';
import { type Cell, formatFields, formatTable } from './output/table.ts';
import { ago, configLine, shortNumber } from './output/values.ts';

export async function listSweeps(
  options: ServerOptions & { project?: string; state?: string; limit: string },
): Promise<void> {
  const most = numberOption('--limit', options.limit, 1);
  const { project, state } = options;
  const client = connect(options);
  const items = await readAll(client, '/sweeps', { project, state }, { most });
  if (options.json) return printJson(jsonObject([['items', items]]));
  if (items.length === 0) return note('There are no sweeps. Create one with: sweepd sweep create FILE');
  const now = Date.now();
  const rows = items.map((item): Cell[] => {
    const sweep = viewOf<SweepView>(item);
    return [
      { text: visible(sweep.id), ink: 'bold' },
      { text: visible(sweep.state), ink: stateInk(sweep.state) },
      { text: visible(sweep.method) },
      { text: progressOf(sweep), right: true },
      { text: visible(`${sweep.entity}/${sweep.project}`) },
      { text: visible(sweep.name ?? '') },
      { text: ago(sweep.created_at, now), ink: 'dim' },
    ];
  });
  print(formatTable(['SWEEP', 'STATE', 'METHOD', 'RUNS', 'PROJECT', 'NAME', 'CREATED'], rows, paint));
}

const progressOf = ({ run_count, run_count_expected }: SweepView): string =>
  run_count_expected === null ? String(run_count) : `${run_count}/${run_count_expected}`;

export async function showSweep(path: string, options: ServerOptions & { config?: boolean }): Promise<void> {
  const client = connect(options);
  const { body } = await client.request('GET', at('sweeps', idOf(path)));
  const sweep = viewOf<SweepDetail>(body);
  // As it was sent: this is for files, and what it may hide shows in an editor.
  if (options.config) return void process.stdout.write(sweep.config_text.replace(/\n?$/, '\n'));
  if (options.json) return printJson(body);
  const best = sweep.best_run === null ? null : await bestRun(sweep);
  print(formatFields(fieldsOf(sweep, best), paint));

  async function bestRun({ best_run, entity, project }: SweepDetail): Promise<JsonObject> {
    const query = `?project=${encodeURIComponent(`${entity}/${project}`)}`;
    return (await client.request('GET', at('runs', best_run?.id ?? '') + query)).body;
  }
}

function fieldsOf(sweep: SweepDetail, best: JsonObject | null): [string, Cell][] {
  const now = Date.now();
  const reason = sweep.state_reason === null ? '' : ` (${visible(sweep.state_reason)})`;
  const counts = Object.entries(sweep.run_states).filter(([, count]) => count > 0);
  const fields: [string, Cell][] = [
    ['Sweep', { text: visible(sweep.id), ink: 'bold' }],
    ['Name', { text: visible(sweep.name ?? '') }],
    ['Project', { text: visible(`${sweep.entity}/${sweep.project}`) }],
    ['State', { text: `${visible(sweep.state)}${reason}`, ink: stateInk(sweep.state) }],
    ['Method', { text: visible(sweep.method) }],
    ['Metric', { text: sweep.metric === null ? '' : `${visible(sweep.metric.name)}, ${visible(sweep.metric.goal)}` }],
    ['Runs', { text: progressOf(sweep) }],
    ...counts.map(([state, count]): [string, Cell] => [
      `  ${visible(state)}`,
      { text: String(count), ink: stateInk(state) },
    ]),
    ['Best', { text: best === null || sweep.best_run === null ? '' : bestLine(sweep.best_run, best) }],
    ['Created', { text: `${ago(sweep.created_at, now)} by ${visible(sweep.user)}` }],
    ['Ended', { text: sweep.ended_at === null ? '' : ago(sweep.ended_at, now) }],
    ['Page', { text: visible(sweep.url), ink: 'cyan' }],
  ];
  return fields.filter(([, { text }]) => text !== '');
}

const bestLine = ({ id, value }: { id: string; value: number }, run: JsonObject): string =>
  `${shortNumber(Number(value))} by run ${visible(id)}: ${configLine(viewOf<RunView>(run).config)}`;
