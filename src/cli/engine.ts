/** `sweepd engine OP --jsonl`: the search as a pipe, one JSON object a line in, one a line out, in order. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';

export function engineCommand(): Command {
  return new Command('engine')
    .description('The search as a pipe, without server or data: one JSON object a line on stdin, one a line on stdout')
    .argument('<op>', 'validate, next, simulate, ppf, cdf; or session, a dialogue that remembers')
    .option('--jsonl', 'one object a line (the only form)')
    .addHelpText(
      'after',
      examples(
        `echo '{"yaml": "method: grid\\nparameters: {a: {values: [1, 2]}}", "runs": [], "n": 3}' | sweepd engine next --jsonl`,
      ),
    )
    .action(runEngine);
}

async function runEngine(op: string): Promise<void> {
  const { engineOps, openEngine } = await import('../runtime/engine.ts');
  const answer = openEngine(op);
  if (answer === null) throw new CommandError(`There is no op "${op}".`, `Ops: ${engineOps.join(', ')}.`, 2);
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    if (!process.stdout.write(`${answer(line)}\n`)) await once(process.stdout, 'drain');
  }
}
