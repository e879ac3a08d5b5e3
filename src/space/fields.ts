/** Reading one key of a mapping: the typed value, or null and a problem that says what to write. */
import { isObject, type JsonObject, type JsonValue, numberOf, WholeFloat } from '../domain/json.ts';
import { didYouMean, kindOf, listOf, type Path, type Reporter, type Severity, show } from './problems.ts';

/** A mapping under check: what is wrong with a key is reported with this severity. */
export interface Section {
  given: JsonObject;
  path: Path;
  report: Reporter;
  severity: Severity;
}

export function problem(section: Section, key: string, message: string): null {
  section.report(section.severity, [...section.path, key], message);
  return null;
}

export function text(section: Section, key: string): string | null {
  const value = section.given[key];
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  const instead = value === null ? 'write a text or remove it' : `write "${show(value).replace(/"/g, '')}" in quotes`;
  return problem(section, key, `"${key}" must be text, not ${kindOf(value)}: ${instead}`);
}

export function choice<Word extends string>(
  section: Section,
  key: string,
  words: readonly Word[],
  fallback: Word,
): Word {
  const value = section.given[key];
  if (value === undefined) return fallback;
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const meant = typeof value === 'string' ? didYouMean(value, words) : '';
  problem(section, key, `"${key}" must be ${listOf(words)}, not ${show(value)}.${meant}`);
  return fallback;
}

export function flag(section: Section, key: string, fallback: boolean): boolean {
  const value = section.given[key];
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  problem(section, key, `"${key}" must be true or false, not ${show(value)}: write it without quotes`);
  return fallback;
}

export interface NumberRule {
  /** What the message calls it, e.g. "a number greater than 1". */
  what: string;
  fits: (value: number) => boolean;
}

export function number(section: Section, key: string, rule: NumberRule): number | null {
  const value = section.given[key];
  if (value === undefined) return null;
  const found = numberOf(value);
  if (found !== null && rule.fits(found)) return found;
  const quoted = typeof value === 'string' && value.trim() !== '' && rule.fits(Number(value));
  const hint = quoted ? `: write ${value.trim()} without quotes` : '';
  return problem(section, key, `"${key}" must be ${rule.what}, not ${show(value)}${hint}`);
}

export const integerFrom = (least: number): NumberRule => ({
  what: `an integer of at least ${least}`,
  fits: (value) => Number.isSafeInteger(value) && value >= least,
});
export const numberAbove = (bound: number): NumberRule => ({
  what: `a number greater than ${bound}`,
  fits: (value) => Number.isFinite(value) && value > bound,
});
export const anyNumber: NumberRule = { what: 'a number', fits: (value) => !Number.isNaN(value) };

export function bigInteger(section: Section, key: string): bigint | null {
  const value = section.given[key];
  if (value === undefined) return null;
  if (typeof value === 'bigint') return value;
  const whole = value instanceof WholeFloat ? value.value : value;
  if (typeof whole === 'number' && Number.isInteger(whole)) return BigInt(whole);
  return problem(section, key, `"${key}" must be an integer, not ${show(value)}`);
}

/** Unknown keys that are compared with the known ones: a comparison takes long beside reading the key. */
export const mostCompared = 20;

export function unknownKeys(section: Section, known: readonly string[], what: string): void {
  const unknown = Object.keys(section.given).filter((key) => !known.includes(key));
  for (const key of unknown.slice(0, mostCompared)) {
    problem(
      section,
      key,
      `${what} has no key "${key}".${didYouMean(key, known)} It takes ${known.join(', ')}: remove "${key}"`,
    );
  }
  const [next] = unknown.slice(mostCompared);
  if (next !== undefined) {
    problem(section, next, `${what} has ${unknown.length - mostCompared} more keys that it does not take: remove them`);
  }
}

/** A mapping below this one; null, and a problem, where the key holds anything else. */
export function subsection(
  section: Section,
  key: string,
  example: string,
  severity = section.severity,
): Section | null {
  const value: JsonValue | undefined = section.given[key];
  if (value === undefined) return null;
  if (isObject(value)) return { ...section, given: value, path: [...section.path, key], severity };
  section.report(
    severity,
    [...section.path, key],
    `"${key}" must be a mapping, not ${kindOf(value)}: write ${example}`,
  );
  return null;
}
