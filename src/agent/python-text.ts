/** Values as Python's `str()`, `repr()` and `json.dumps()` write them: W&B's agent puts these on a program's command line. */
import { isObject, type JsonValue, WholeFloat } from '../domain/json.ts';

/** `str(value)`: text as it is, everything else as `repr` has it. */
export const pythonStr = (value: JsonValue): string => (typeof value === 'string' ? value : pythonRepr(value));

/** `repr(value)`: True, None, 3e-05, 'text', [1, 2.0], {'a': 1}. */
export function pythonRepr(value: JsonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return textRepr(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${textRepr(key)}: ${pythonRepr(item)}`)
      .join(', ')}}`;
  }
  return numberRepr(value);
}

/** `json.dumps(value)`: ASCII only, a space behind each comma and colon. */
export function pythonJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return textJson(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${textJson(key)}: ${pythonJson(item)}`)
      .join(', ')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return numberRepr(value);
}

function numberRepr(value: number | bigint | WholeFloat): string {
  if (value instanceof WholeFloat) return floatRepr(value.value);
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  return floatRepr(value);
}

/** The shortest digits that read back as the same double, with Python's limits for the exponent form: below 1e-4, from 1e16. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const digits = mantissa.replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}.${digits.slice(exponent + 1) || '0'}`;
}

const repeatedEscapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** What `str.isprintable` says no to. */
const unprintable = /[\p{C}\p{Z}]/u;

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let written = '';
  for (const character of text) {
    if (character === quote) written += `\\${quote}`;
    else if (repeatedEscapes[character] !== undefined) written += repeatedEscapes[character];
    else if (character !== ' ' && unprintable.test(character)) written += codeEscape(character);
    else written += character;
  }
  return `${quote}${written}${quote}`;
}

function codeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

const textJson = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
