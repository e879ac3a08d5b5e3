/**
 * JSON values as W&B's client writes them, without loss: bare `NaN` and `Infinity`, integers above 2^53, and the difference
 * between `1` and `1.0`, which decides the distribution of a parameter and what a training program is handed.
 */

/** A number whose lexeme is a float and whose value is whole: `1.0`, `3e5`. Any other float is an ordinary number. */
export class WholeFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type JsonValue = null | boolean | number | bigint | string | WholeFloat | JsonValue[] | JsonObject;
/** Without a prototype, so that `__proto__` and `constructor` are ordinary keys. */
export interface JsonObject {
  [key: string]: JsonValue;
}

const maxDepth = 200;
/** Reading an integer takes more than linear time; Python's own limit is the same. */
const maxDigits = 4300;
const quote = 34;
const backslash = 92;
const space = /[ \t\n\r]*/y;
const numberLexeme = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const words: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

export const jsonObject = (entries: Iterable<readonly [string, JsonValue]> = []): JsonObject => {
  const object: JsonObject = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
};

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WholeFloat);

/** A float as a JSON value: a whole one keeps its point. */
export const floatValue = (value: number): JsonValue => (Number.isInteger(value) ? new WholeFloat(value) : value);

/** The number that a value stands for, or null where it is none: text, booleans and objects never are. */
export function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === 'number') return value;
  if (value instanceof WholeFloat) return value.value;
  return typeof value === 'bigint' ? Number(value) : null;
}

/** An integer as a JSON value: a number where that is exact, else a bigint. */
export const integerValue = (value: bigint): JsonValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** The value of a number's lexeme (`-12`, `1.0`, `3e5`): its form decides between integer and float. */
export function numberFromLexeme(lexeme: string, isFloat: boolean): JsonValue {
  const value = Number(lexeme);
  if (isFloat) return floatValue(value);
  return Number.isSafeInteger(value) ? value + 0 || 0 : BigInt(lexeme);
}

/**
 * Reads JSON, and beyond it bare `NaN`, `Infinity` and `-Infinity`. Of equal keys the last one counts. At most 200 levels deep.
 * @throws SyntaxError that names the line and column
 */
export function parseJson(text: string): JsonValue {
  let at = 0;
  const fail = (what: string, where = at): never => {
    const before = text.slice(0, where).split('\n');
    throw new SyntaxError(`${what} at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`);
  };
  const skip = () => {
    const code = text.charCodeAt(at);
    if (code > 32) return;
    space.lastIndex = at;
    space.exec(text);
    at = space.lastIndex;
  };
  const string = (): string => {
    if (text[at] !== '"') fail('Expected a key in double quotes');
    let end = at + 1;
    let escaped = false;
    for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(++end)) {
      if (code === backslash) {
        escaped = true;
        end++;
      } else if (!(code >= 32)) fail('A text that does not end', Math.min(end, text.length));
    }
    const start = at;
    at = end + 1;
    if (!escaped) return text.slice(start + 1, end);
    try {
      return JSON.parse(text.slice(start, at));
    } catch {
      return fail('A wrong escape in a text', start);
    }
  };
  const list = (depth: number): JsonValue[] => {
    const values: JsonValue[] = [];
    at++;
    skip();
    if (text[at] === ']') at++;
    else
      for (;;) {
        values.push(value(depth));
        if (text[at] === ',') at++;
        else if (text[at] === ']') {
          at++;
          break;
        } else fail('Expected "," or "]"');
      }
    return values;
  };
  const object = (depth: number): JsonObject => {
    const result: JsonObject = Object.create(null);
    at++;
    skip();
    if (text[at] === '}') at++;
    else
      for (;;) {
        skip();
        const key = string();
        skip();
        if (text[at] !== ':') fail('Expected ":"');
        at++;
        result[key] = value(depth);
        if (text[at] === ',') at++;
        else if (text[at] === '}') {
          at++;
          break;
        } else fail('Expected "," or "}"');
      }
    return result;
  };
  const atom = (): JsonValue => {
    numberLexeme.lastIndex = at;
    const match = numberLexeme.exec(text);
    if (match) {
      if (match[0].length > maxDigits) fail('A number that is too long');
      at = numberLexeme.lastIndex;
      return numberFromLexeme(match[0], match[1] !== undefined || match[2] !== undefined);
    }
    for (const [word, meaning] of words) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    return fail(at >= text.length ? 'Unexpected end' : `Unexpected ${JSON.stringify(text[at])}`);
  };
  const value = (depth: number): JsonValue => {
    skip();
    if (depth > maxDepth) fail(`More than ${maxDepth} levels`);
    const first = text[at];
    const result =
      first === '{' ? object(depth + 1) : first === '[' ? list(depth + 1) : first === '"' ? string() : atom();
    skip();
    return result;
  };
  const result = value(0);
  if (at < text.length) fail('Unexpected text after the value');
  return result;
}

function writeNumber(value: number, quote: string): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '0' : String(value);
  return `${quote}${value}${quote}`;
}

function writeFloat(value: number): string {
  const digits = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
}

function write(value: JsonValue, quote: string): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return writeNumber(value, quote);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof WholeFloat) return writeFloat(value.value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, quote)).join(',')}]`;
  return `{${Object.keys(value)
    .map((key) => `${JSON.stringify(key)}:${write(value[key] ?? null, quote)}`)
    .join(',')}}`;
}

/** Text that parseJson reads back as the same value, and that Python reads: `1.0` stays, NaN is bare. */
export const writeJson = (value: JsonValue): string => write(value, '');

/** Valid JSON for everyone else: NaN and the infinities are the texts "NaN", "Infinity", "-Infinity". */
export const writePlainJson = (value: JsonValue): string => write(value, '"');

/** Ordinary JavaScript: a whole float is a number, a bigint too where that is exact. */
export function plain(value: JsonValue): unknown {
  if (value instanceof WholeFloat) return value.value;
  if (typeof value === 'bigint') return integerValue(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** The other way: ordinary data (already parsed by someone else) as a JSON value. What JSON cannot say becomes null. */
export function fromPlain(value: unknown): JsonValue {
  if (value instanceof WholeFloat || value === null) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value === 'object') return jsonObject(Object.entries(value).map(([key, item]) => [key, fromPlain(item)]));
  const isAtom =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
  return isAtom ? value : null;
}

/** Order by code point, as Python sorts; JavaScript's own order is by UTF-16 unit and differs above U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const isAstral = x >= 0xd800 && x < 0xe000;
      if (isAstral !== (y >= 0xd800 && y < 0xe000)) return isAstral ? 1 : -1;
      return x - y;
    }
  }
  return a.length - b.length;
}

/**
 * One text for all spellings of a value: keys in code point order, `1` and `1.0` alike at every depth, no spaces. For
 * comparing and as a key; `true`, `1` and `"1"` stay different.
 */
export function canonicalJson(value: JsonValue): string {
  if (value instanceof WholeFloat) return BigInt(value.value).toString();
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString();
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return writeJson(value);
  const keys = Object.keys(value).sort(compareText);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
}
