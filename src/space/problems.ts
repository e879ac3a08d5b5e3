import type { Problem } from '../domain/errors.ts';
import { isObject, type JsonValue, numberOf, WholeFloat, writeJson } from '../domain/json.ts';

export type Severity = 'error' | 'violation' | 'warning';
/** Names and list indices from the top of the document. */
export type Path = readonly (string | number)[];
/** Where a path stands in the text; null where there is no text. */
export type Locate = (path: Path) => { line: number; column: number } | null;

/** Collects what is wrong, all of it, with its place. */
export interface Reporter {
  (severity: Severity, path: Path, message: string): void;
  error(path: Path, message: string): void;
  violation(path: Path, message: string): void;
  warning(path: Path, message: string): void;
}

export interface ProblemLists {
  errors: Problem[];
  violations: Problem[];
  warnings: Problem[];
}

export const emptyLists = (): ProblemLists => ({ errors: [], violations: [], warnings: [] });

/** Problems of one severity that are listed: nobody reads more, and each is many times as long as the text that it is about. */
const mostListed = 100;

export function createReporter(lists: ProblemLists, locate: Locate): Reporter {
  const target = { error: lists.errors, violation: lists.violations, warning: lists.warnings };
  const report = (severity: Severity, path: Path, message: string) => {
    const list = target[severity];
    if (list.length < mostListed) list.push({ path: path.join('/'), message, ...locate(path) });
    else if (list.length === mostListed) list.push({ path: '', message: 'There is more than this: correct it first' });
  };
  return Object.assign(report, {
    error: (path: Path, message: string) => report('error', path, message),
    violation: (path: Path, message: string) => report('violation', path, message),
    warning: (path: Path, message: string) => report('warning', path, message),
  });
}

const shownLength = 60;

/** A value as a message shows it: short, in the notation of the config. */
export function show(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  const number = typeof value === 'bigint' ? null : numberOf(value);
  const text = number === null ? writeJson(value) : showNumber(number, value instanceof WholeFloat);
  return text.length > shownLength ? `${text.slice(0, shownLength)}...` : text;
}

/** A float as people write it: 1e6 rather than 1000000.0. */
function showNumber(value: number, isWholeFloat: boolean): string {
  const full = isWholeFloat ? writeJson(new WholeFloat(value)) : String(value);
  const isInteger = Number.isInteger(value) && !isWholeFloat;
  const short = value.toExponential().replace('e+', 'e');
  return isInteger || !Number.isFinite(value) || short.length >= full.length ? full : short;
}

/** What kind of thing a value is, in a user's words. */
export function kindOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a mapping';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

export const listOf = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** The word of `known` that was probably meant: at most two in five of its letters differ. */
export function closest(word: string, known: readonly string[]): string | null {
  const simple = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(simple(word).slice(0, 40), simple(candidate));
    if (distance < bestDistance && distance <= Math.max(1, candidate.length / 2.5)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters changed, added, left out, or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (before[j - 2] ?? 0) + 1 : change;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** " Did you mean ...?" with a leading space, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = closest(word, known);
  return meant === null ? '' : ` Did you mean "${meant}"?`;
}
