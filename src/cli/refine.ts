/** `sweepd refine`: the next, narrower sweep around the best runs of one. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { isObject, type JsonObject, jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { at, idOf, type SweepView, viewOf } from './client/views.ts';
import { examples } from './help.ts';
import { visible } from './output/escape.ts';
import { note, paint, paintNote, print, printJson } from './output/print.ts';
import { formatTable } from './output/table.ts';
import { writeYaml } from './output/yaml.ts';

interface RefineOptions extends ServerOptions {
  output?: string;
  create?: boolean;
}

interface RefinementView {
  changes: { name: string; before: string; after: string; reason: string }[];
  best: number;
}

export function refineCommand(): Command {
  const command = new Command('refine')
    .description(
      'Write the config of a narrower sweep around the best runs of a sweep, which knows the runs of that one',
    )
    .argument('<sweep>', 'a sweep, as ID or ENTITY/PROJECT/ID')
    .option('-o, --output <file>', 'write the config there instead of to the terminal')
    .option('--create', 'create the sweep at once')
    .addHelpText('after', examples('sweepd refine k3x9q2ab -o finer.yaml', 'sweepd refine k3x9q2ab --create'));
  return withServerOptions(command).action(refine);
}

async function refine(sweep: string, options: RefineOptions): Promise<void> {
  const client = connect(options);
  const { body } = await client.request('POST', `${at('sweeps', idOf(sweep))}/refine`);
  const config = isObject(body.config) ? body.config : jsonObject();
  const { changes, best } = viewOf<RefinementView>(body);
  const text = writeYaml(config);
  if (options.output !== undefined) writeFileSync(options.output, text);
  const created = options.create ? await create(client, config) : null;
  if (options.json) {
    return printJson(created === null ? body : jsonObject([...Object.entries(body), ['created', created]]));
  }
  note(`${paintNote('bold', `Around the ${best} best runs of ${visible(idOf(sweep))}:`)}\n`);
  const rows = changes.map(({ name, before, after, reason }) => [
    { text: visible(name) },
    { text: visible(before) },
    { text: visible(after) },
    { text: visible(reason) },
  ]);
  note(
    rows.length > 0
      ? formatTable(['PARAMETER', 'BEFORE', 'AFTER', 'WHY'], rows, paintNote)
      : 'Nothing can be narrowed.',
  );
  if (options.output !== undefined) note(`\nThe config is in ${options.output}: sweepd sweep create ${options.output}`);
  if (created !== null) {
    const { id } = viewOf<SweepView>(created);
    print(`${paint('bold', `Sweep ${visible(id)}`)} is created: sweepd agent ${visible(id)}`);
  } else if (options.output === undefined) print(text);
}

async function create(client: ReturnType<typeof connect>, config: JsonObject): Promise<JsonObject> {
  return (await client.request('POST', '/sweeps', jsonObject([['config', config]]))).body;
}
