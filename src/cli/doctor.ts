/** `sweepd doctor`: looks for what commonly goes wrong, and says what to do about each thing. */
import { Command } from 'commander';
import { type ServerOptions, withServerOptions } from './client/connect.ts';
import { checkDataDirectory, checkNode, checkWandb, type Finding } from './doctor-machine.ts';
import { checkServer } from './doctor-server.ts';
import { examples } from './help.ts';
import { visible } from './output/escape.ts';
import { paint, print, printPlain } from './output/print.ts';
import type { Ink } from './output/style.ts';

export function doctorCommand(): Command {
  return withServerOptions(
    new Command('doctor').description('Look for what commonly goes wrong; exit code 1 where something is broken'),
  )
    .addHelpText('after', examples('sweepd doctor', 'sweepd doctor --server http://gpu-box:8080 --key-file key'))
    .action(doctor);
}

const marks: Record<Finding['level'], [Ink, string]> = {
  ok: ['green', 'ok  '],
  warn: ['yellow', 'warn'],
  fail: ['red', 'FAIL'],
  skip: ['dim', '-   '],
};

async function doctor(options: ServerOptions): Promise<void> {
  const findings: Finding[] = [];
  const add = (found: readonly Finding[]) => {
    findings.push(...found);
    if (!options.json) found.forEach(show);
  };
  add([checkNode(process.versions.node)]);
  add(await checkDataDirectory(options));
  add(await checkServer(options));
  add([await checkWandb()]);
  const failed = findings.filter(({ level }) => level === 'fail').length;
  if (options.json) printPlain({ ok: failed === 0, findings });
  else print(failed === 0 ? '\nNothing is broken.' : `\n${failed} ${failed === 1 ? 'thing is' : 'things are'} broken.`);
  if (failed > 0) process.exitCode = 1;
}

function show({ level, check, detail, advice }: Finding): void {
  const [ink, mark] = marks[level];
  print(`${paint(ink, mark)}  ${check.padEnd(9)}  ${visible(detail)}`);
  if (advice !== null) print(`${' '.repeat(17)}${paint('cyan', '->')} ${visible(advice)}`);
}
