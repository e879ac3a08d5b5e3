/** `sweepd config check`: what is wrong with a sweep config, without a server. */
import { Command } from 'commander';
import { problemsOf, readConfigFile, refusal, showProblems } from './config-file.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { paint, print, printPlain } from './output/print.ts';
import { counted, countProblems } from './output/problems.ts';

export function configCommand(): Command {
  const family = new Command('config').description('Look at sweep configs without a server');
  family
    .command('check <file>')
    .description('Say what is wrong with a sweep config (- reads stdin); exit code 1 where it would be refused')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('sweepd config check sweep.yaml'))
    .action(check);
  return family;
}

async function check(fileName: string, options: { json?: boolean }): Promise<void> {
  const file = readConfigFile(fileName);
  const { inspectConfig } = await import('../runtime/engine-config.ts');
  const report = inspectConfig(file.text);
  const list = problemsOf(report);
  const isRefused = report.errors.length + report.violations.length > 0;
  if (options.json) {
    const { errors, violations, warnings, types, size } = report;
    const points = size === null ? null : Number(size);
    printPlain({ file: file.name, valid: !isRefused, errors, violations, warnings, types, size: points });
    if (isRefused) process.exitCode = 1;
    return;
  }
  showProblems(file, list);
  if (isRefused) {
    const isForceable = report.errors.length === 0;
    throw new CommandError(
      refusal(file, list),
      isForceable ? 'sweepd sweep create --force takes it all the same.' : null,
    );
  }
  const remarks = list.length === 0 ? '' : ` (${countProblems(list)})`;
  const parts = report.parameters.length;
  print(
    `${paint('green', 'ok')} ${visible(file.name)}: ${report.method}, ${counted(parts, 'parameter')}, ${sizeText(report)}${remarks}`,
  );
}

/** How many runs the search makes. */
export function sizeText({ size, runCap }: { size: bigint | null; runCap: number | null }): string {
  if (size === null) return runCap === null ? 'no end of its own' : `run_cap ${runCap}`;
  const points = `${size} ${size === 1n ? 'point' : 'points'}`;
  return runCap === null || BigInt(runCap) >= size ? points : `${points}, run_cap ${runCap}`;
}
