/**
 * Which plain scalars are numbers and booleans. The W&B client reads YAML 1.1, its server 1.2; what arrives has passed both.
 * So a scalar is a number when either calls it one, and `yes`, `on` and their like are booleans.
 */
import { floatValue, integerValue, type JsonValue, numberFromLexeme } from '../domain/json.ts';

const decimal = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const float11 = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const float12 = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const octal11 = /^[-+]?0[0-7_]+$/;
const prefixed = /^([-+]?)0(?:x([0-9a-fA-F_]+)|o([0-7]+)|b([01_]+))$/;
const sexagesimal = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const infinity = /^([-+]?)\.(?:inf|Inf|INF)$/;
const notANumber = /^\.(?:nan|NaN|NAN)$/;
const maxDigits = 4300;

const words = new Map<string, null | boolean>([
  ['', null],
  ['~', null],
]);
for (const [word, meaning] of [
  ['null', null],
  ['true', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['off', false],
] as const) {
  words.set(word, meaning);
  words.set(word.toUpperCase(), meaning);
  words.set(`${word.slice(0, 1).toUpperCase()}${word.slice(1)}`, meaning);
}

export interface ScalarMeaning {
  value: JsonValue;
  /** Set where the reading may surprise: what to write instead. */
  warning?: string;
}

/** True for `12e7`: a number in YAML 1.2 and text in 1.1, and as likely a commit hash. `1e-3` is nothing but a number. */
export const mayBeText = (source: string): boolean => /^[0-9]+[eE][0-9]+$/.test(source);

/** The meaning of an unquoted scalar. */
export function plainScalar(source: string): ScalarMeaning {
  const word = words.get(source);
  if (word !== undefined) return { value: word };
  const first = source.charCodeAt(0);
  const maybeNumber = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (!maybeNumber || source.length > maxDigits) return { value: source };
  const digits = source.replace(/_/g, '');
  if (decimal.test(source)) return { value: numberFromLexeme(digits.replace('+', ''), false) };
  if (float11.test(source) || (float12.test(source) && !/^[-+]?[0-9]+$/.test(source))) {
    return { value: floatValue(Number(digits)) };
  }
  if (notANumber.test(source)) return { value: Number.NaN };
  const infinite = infinity.exec(source);
  if (infinite) return { value: infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  if (octal11.test(source)) {
    const value = signed(source, `0o${digits.replace(/^[-+]/, '')}`);
    return {
      value,
      warning: `${source} is read as octal, ${value}, as W&B's client reads it: write ${value} or "${source}"`,
    };
  }
  const based = prefixed.exec(digits);
  if (based) return { value: signed(source, digits.replace(/^[-+]/, '')) };
  if (sexagesimal.test(source)) {
    const value = fromBase60(digits);
    return { value, warning: `${source} is read as base 60, as W&B's client reads it: write "${source}" for text` };
  }
  return { value: source };
}

function signed(source: string, literal: string): JsonValue {
  if (!/[0-9a-fA-F]$/.test(literal) || literal.length < 3) return source;
  const value = BigInt(literal);
  return integerValue(source.startsWith('-') ? -value : value);
}

function fromBase60(digits: string): JsonValue {
  const total = digits
    .replace(/^[-+]/, '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
  const value = digits.startsWith('-') ? -total : total;
  return digits.includes('.') ? floatValue(value) : value;
}
