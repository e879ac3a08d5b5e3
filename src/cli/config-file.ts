/** A sweep config in a file: reading it, and showing what is wrong with it. */
import { readFileSync } from 'node:fs';
import type { Problem } from '../domain/errors.ts';
import type { ConfigReport } from '../runtime/engine-config.ts';
import { note, paintNote } from './output/print.ts';
import { countProblems, formatProblems, type ProblemInput } from './output/problems.ts';

export interface ConfigFile {
  /** The name that messages use. */
  name: string;
  text: string;
}

/** @param file a path, or `-` for stdin */
export function readConfigFile(file: string): ConfigFile {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8');
  return { name: file === '-' ? 'stdin' : file, text };
}

export function problemsOf(report: Pick<ConfigReport, 'errors' | 'violations' | 'warnings'>): ProblemInput[] {
  const each = (kind: ProblemInput['kind'], list: readonly Problem[]) => list.map((problem) => ({ kind, problem }));
  return [
    ...each('error', report.errors),
    ...each('violation', report.violations),
    ...each('warning', report.warnings),
  ];
}

/** Prints what is wrong on stderr, each with its line. */
export function showProblems({ name, text }: ConfigFile, list: readonly ProblemInput[]): void {
  if (list.length > 0) note(`${formatProblems(name, text, list, paintNote)}\n`);
}

/** `sweep.yaml is refused: 2 errors, 1 warning.` */
export function refusal(file: ConfigFile, list: readonly ProblemInput[]): string {
  return `${file.name} is refused: ${countProblems(list)}.`;
}

export const forceAdvice =
  "A violation is against W&B's schema, though its server would create the sweep: so does sweepd, with --force.";
