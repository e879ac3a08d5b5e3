/** What is wrong with a sweep config, with its place in the file: the line itself, and a mark under it. */
import type { Problem } from '../../domain/errors.ts';
import { visible } from './escape.ts';
import type { Ink, Paint } from './style.ts';

export type ProblemKind = 'error' | 'violation' | 'warning';

const inks: Record<ProblemKind, Ink> = { error: 'red', violation: 'red', warning: 'yellow' };

export interface ProblemInput {
  kind: ProblemKind;
  problem: Problem;
}

/** @param text the file's own text */
export function formatProblems(file: string, text: string, list: readonly ProblemInput[], paint: Paint): string {
  const lines = text.split(/\r\n|\n|\r/);
  const inOrder = [...list].sort((a, b) => (a.problem.line ?? 0) - (b.problem.line ?? 0));
  return inOrder.map((item) => formatProblem(file, lines, item, paint)).join('\n\n');
}

function formatProblem(file: string, lines: readonly string[], { kind, problem }: ProblemInput, paint: Paint): string {
  const { path, message, line, column } = problem;
  const place = line === undefined ? file : `${file}:${line}${column === undefined ? '' : `:${column}`}`;
  const head = `${paint('bold', visible(place))}: ${paint(inks[kind], kind)}: ${visible(message)}`;
  const where = path === '' ? [] : [paint('dim', `  at ${visible(path)}`)];
  const source = line === undefined ? undefined : lines[line - 1];
  if (line === undefined || source === undefined) return [head, ...where].join('\n');
  const margin = String(line).length;
  const bar = paint('dim', '|');
  const shown = `  ${line} ${bar} ${visible(source.replaceAll('\t', ' '))}`;
  const mark =
    column === undefined ? [] : [`  ${' '.repeat(margin)} ${bar} ${pad(source, column)}${paint(inks[kind], '^')}`];
  return [head, ...where, shown, ...mark].join('\n');
}

const pad = (source: string, column: number) =>
  ' '.repeat(visible(source.slice(0, column - 1).replaceAll('\t', ' ')).length);

export const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `2 errors, 1 warning`. */
export function countProblems(list: readonly ProblemInput[]): string {
  const kinds: ProblemKind[] = ['error', 'violation', 'warning'];
  return kinds
    .map((kind) => [kind, list.filter((item) => item.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => counted(count, kind))
    .join(', ');
}
