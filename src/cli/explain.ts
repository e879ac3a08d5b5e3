/** `sweepd explain`: why a run's point was suggested, and why it was stopped, or was not. */
import { Command } from 'commander';
import { type JsonObject, jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { query, type RunView, readAll, runAt, viewOf } from './client/views.ts';
import { examples } from './help.ts';
import { visible } from './output/escape.ts';
import { paint, print, printJson } from './output/print.ts';
import { type Cell, formatTable } from './output/table.ts';

interface ExplainOptions extends ServerOptions {
  project?: string;
}

interface DecisionView {
  rule: string;
  step: number | null;
  verdict: 'keep' | 'stop' | 'passed';
  text: string;
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .description('Say why a run got its point, and why it was stopped, or was not: each decision with its numbers')
    .argument('<run>', 'a run, as ID or ENTITY/PROJECT/ID')
    .option('--project <entity/name>', 'the project, where several have a run of this id')
    .addHelpText('after', examples('sweepd explain p7d2m4wz'));
  return withServerOptions(command).action(explain);
}

async function explain(path: string, options: ExplainOptions): Promise<void> {
  const client = connect(options);
  const run = runAt(path, options.project);
  const { body } = await client.request('GET', run.path + query({ project: run.project }));
  const decisions = await readAll(client, `${run.path}/decisions`, { project: run.project });
  const { body: suggestion } = await client.request('GET', `${run.path}/explanation${query({ project: run.project })}`);
  if (options.json) {
    return printJson(
      jsonObject([
        ['run', body],
        ['suggestion', suggestion],
        ['decisions', decisions],
      ]),
    );
  }
  const view = viewOf<RunView>(body);
  const reason = view.stop_reason === null ? '' : ` (${visible(view.stop_reason)})`;
  print(`Run ${visible(view.id)} is ${visible(view.state)}${reason}.\n`);
  print(`${visible(viewOf<{ text: string }>(suggestion).text)}\n`);
  print(decisionsText(decisions));
}

function decisionsText(decisions: readonly JsonObject[]): string {
  if (decisions.length === 0) return 'No stop rule has judged it.';
  const rows = decisions.map((decision): Cell[] => {
    const { rule, step, verdict, text } = viewOf<DecisionView>(decision);
    const ink = verdict === 'stop' ? 'red' : verdict === 'passed' ? 'yellow' : undefined;
    return [
      { text: visible(rule) },
      { text: step === null ? '' : String(step), right: true },
      { text: visible(text), ink },
    ];
  });
  return formatTable(['RULE', 'STEP', 'DECISION'], rows, paint);
}
