/** The nineteen forms that a parameter may take: which keys each has, and which values those may have. */
import { type JsonObject, type JsonValue, numberOf, WholeFloat } from '../domain/json.ts';
import type { Distribution, Quantum } from './config.ts';

/** What a key's value must be; null where it is right, else what to write. */
export type KeyRule = (value: JsonValue) => string | null;

export interface ParameterForm {
  required: Record<string, KeyRule>;
  optional: Record<string, KeyRule>;
  /** The distribution of a parameter that has passed the rules. */
  build: (given: JsonObject) => Distribution;
}

const isNumber = (value: JsonValue): boolean => numberOf(value) !== null;
const isInteger = (value: JsonValue): boolean =>
  typeof value === 'bigint' || value instanceof WholeFloat || Number.isInteger(value);

const finite: KeyRule = (value) => (Number.isFinite(numberOf(value) ?? Number.NaN) ? null : 'must be a finite number');
const integer: KeyRule = (value) => {
  if (!isNumber(value) || !isInteger(value)) return 'must be an integer';
  return Math.abs(numberOf(value) ?? 0) <= 2 ** 64 ? null : 'must lie between -2^64 and 2^64';
};
const above0: KeyRule = (value) => finite(value) ?? ((numberOf(value) ?? 0) > 0 ? null : 'must be greater than 0');
const atLeast0: KeyRule = (value) => finite(value) ?? ((numberOf(value) ?? -1) >= 0 ? null : 'must not be negative');
const betaShape: KeyRule = (value) => atLeast0(value) ?? ((numberOf(value) ?? 0) <= 1e9 ? null : 'must be at most 1e9');
const list: KeyRule = (value) =>
  Array.isArray(value) && value.length > 0 ? null : 'must be a list with at least one entry';
const anything: KeyRule = () => null;
const probabilities: KeyRule = (value) =>
  list(value) ??
  (Array.isArray(value) && value.every((item) => atLeast0(item) === null)
    ? null
    : 'must be numbers that are not negative');

const number = (given: JsonObject, key: string, fallback = 0): number => numberOf(given[key]) ?? fallback;
const items = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : []);
const exact = (value: JsonValue | undefined): bigint =>
  typeof value === 'bigint' ? value : BigInt(numberOf(value) ?? 0);

/** The default q is the float 1.0, so that a value without a `q` is a float. */
const quantum = (given: JsonObject): Quantum => ({
  step: number(given, 'q', 1),
  isInteger: typeof given.q === 'number' ? Number.isInteger(given.q) : typeof given.q === 'bigint',
});

const bounds = { min: finite, max: finite };
const boundsAbove0 = { min: above0, max: above0 };
const q = { q: above0 };
const gaussian = { mu: finite, sigma: atLeast0 };
const shape = { a: betaShape, b: betaShape };
type MaybeQ = (given: JsonObject) => Quantum | null;

function form(
  required: Record<string, KeyRule>,
  optional: Record<string, KeyRule>,
  build: (given: JsonObject) => Distribution,
): ParameterForm {
  return { required, optional, build };
}

const uniform =
  (quantumOf: MaybeQ) =>
  (given: JsonObject): Distribution => ({
    kind: 'uniform',
    min: number(given, 'min'),
    max: number(given, 'max'),
    hasIntegerBounds: isIntegerLexeme(given.min) && isIntegerLexeme(given.max),
    q: quantumOf(given),
  });

/** Bounds are values. */
const logValues =
  (quantumOf: MaybeQ) =>
  (given: JsonObject): Distribution => {
    const min = number(given, 'min');
    const max = number(given, 'max');
    return { kind: 'log_uniform', min, max, logMin: Math.log(min), logMax: Math.log(max), q: quantumOf(given) };
  };

/** Bounds are exponents of e: of the value, or (`inverse`) of one over the value. */
const logExponents =
  (inverse: boolean, quantumOf: MaybeQ) =>
  (given: JsonObject): Distribution => {
    if (looksLikeValues(given)) return logValues(quantumOf)(given);
    const logMin = inverse ? -number(given, 'max') : number(given, 'min');
    const logMax = inverse ? -number(given, 'min') : number(given, 'max');
    return { kind: 'log_uniform', min: Math.exp(logMin), max: Math.exp(logMax), logMin, logMax, q: quantumOf(given) };
  };

const normal =
  (kind: 'normal' | 'log_normal', quantumOf: MaybeQ) =>
  (given: JsonObject): Distribution => ({
    kind,
    mu: number(given, 'mu', 0),
    sigma: number(given, 'sigma', 1),
    q: quantumOf(given),
  });

const beta =
  (quantumOf: MaybeQ) =>
  (given: JsonObject): Distribution => ({
    kind: 'beta',
    a: number(given, 'a', 1),
    b: number(given, 'b', 1),
    q: quantumOf(given),
  });

const none: MaybeQ = () => null;

export const forms: Readonly<Record<string, ParameterForm>> = {
  constant: form({ value: anything }, {}, (given) => ({ kind: 'constant', value: given.value ?? null })),
  categorical: form({ values: list }, {}, (given) => ({ kind: 'categorical', values: items(given.values) })),
  categorical_w_probabilities: form({ values: list, probabilities }, {}, (given) => ({
    kind: 'categorical_w_probabilities',
    values: items(given.values),
    probabilities: items(given.probabilities).map((p) => numberOf(p) ?? 0),
  })),
  int_uniform: form({ min: integer, max: integer }, {}, (given) => {
    const first = exact(given.min);
    const count = exact(given.max) - first + 1n;
    return { kind: 'int_uniform', min: number(given, 'min'), max: number(given, 'max'), first, count };
  }),
  uniform: form(bounds, {}, uniform(none)),
  q_uniform: form(bounds, q, uniform(quantum)),
  log_uniform: form(bounds, {}, logExponents(false, none)),
  q_log_uniform: form(bounds, q, logExponents(false, quantum)),
  inv_log_uniform: form(bounds, {}, logExponents(true, none)),
  log_uniform_values: form(boundsAbove0, {}, logValues(none)),
  q_log_uniform_values: form(boundsAbove0, q, logValues(quantum)),
  inv_log_uniform_values: form(boundsAbove0, {}, logValues(none)),
  normal: form({}, gaussian, normal('normal', none)),
  q_normal: form({}, { ...gaussian, ...q }, normal('normal', quantum)),
  log_normal: form({}, gaussian, normal('log_normal', none)),
  q_log_normal: form({}, { ...gaussian, ...q }, normal('log_normal', quantum)),
  beta: form({}, shape, beta(none)),
  q_beta: form({}, { ...shape, ...q }, beta(quantum)),
};

export const formNames = Object.keys(forms);

/** Forms whose bounds are exponents; upstream calls them deprecated. */
export const exponentForms: ReadonlySet<string> = new Set(['log_uniform', 'q_log_uniform', 'inv_log_uniform']);

/**
 * True where bounds given as exponents can only have been meant as values: 0 < min, max <= 1 and max/min >= 10. As exponents
 * they would span less than a factor of e.
 */
export function looksLikeValues(given: JsonObject): boolean {
  const min = number(given, 'min');
  const max = number(given, 'max');
  return min > 0 && max <= 1 && max / min >= 10;
}

/** Integers as they were written: `5`, not `5.0`. */
export const isIntegerLexeme = (value: JsonValue | undefined): boolean =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

/** The form of a parameter that names no distribution; null where its keys do not tell. */
export function inferForm(given: JsonObject): string | null {
  if ('value' in given) return 'constant';
  if ('values' in given) return 'probabilities' in given ? 'categorical_w_probabilities' : 'categorical';
  if (!('min' in given && 'max' in given)) return null;
  return isIntegerLexeme(given.min) && isIntegerLexeme(given.max) ? 'int_uniform' : 'uniform';
}
