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
const [quote, comma, colon, backslash] = [34, 44, 58, 92];
const [openList, closeList, openObject, closeObject] = [91, 93, 123, 125];
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

/** Where the reading stands. */
interface Cursor {
  readonly text: string;
  at: number;
}

function fail(cursor: Cursor, what: string, at = cursor.at): never {
  const before = cursor.text.slice(0, at).split('\n');
  throw new SyntaxError(`${what} at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`);
}

/** Skips white space. @returns the code of the character that follows, NaN at the end */
function upcoming(cursor: Cursor): number {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code;
    cursor.at++;
  }
}

function readString(cursor: Cursor): string {
  const { text, at: start } = cursor;
  if (text.charCodeAt(start) !== quote) fail(cursor, 'Expected a key in double quotes');
  let end = start + 1;
  let isEscaped = false;
  for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(++end)) {
    if (code === backslash) {
      isEscaped = true;
      end++;
    } else if (!(code >= 32)) fail(cursor, 'A text that does not end', Math.min(end, text.length));
  }
  cursor.at = end + 1;
  if (!isEscaped) return text.slice(start + 1, end);
  try {
    return JSON.parse(text.slice(start, end + 1));
  } catch {
    return fail(cursor, 'A wrong escape in a text', start);
  }
}

function readAtom(cursor: Cursor): JsonValue {
  const { text, at } = cursor;
  numberLexeme.lastIndex = at;
  const match = numberLexeme.exec(text);
  if (match) {
    if (match[0].length > maxDigits) fail(cursor, 'A number that is too long');
    cursor.at = numberLexeme.lastIndex;
    return numberFromLexeme(match[0], match[1] !== undefined || match[2] !== undefined);
  }
  for (const [word, meaning] of words) {
    if (text.startsWith(word, at)) {
      cursor.at += word.length;
      return meaning;
    }
  }
  return fail(cursor, at < text.length ? `Unexpected ${JSON.stringify(text[at])}` : 'Unexpected end');
}

/** Reads `,` or the closing bracket. @returns whether another item follows */
function hasMore(cursor: Cursor, close: number): boolean {
  const code = upcoming(cursor);
  if (code !== comma && code !== close) fail(cursor, `Expected "," or "${String.fromCharCode(close)}"`);
  cursor.at++;
  return code === comma;
}

function readList(cursor: Cursor, depth: number): JsonValue[] {
  const values: JsonValue[] = [];
  cursor.at++;
  if (upcoming(cursor) === closeList) cursor.at++;
  else
    do values.push(readValue(cursor, depth));
    while (hasMore(cursor, closeList));
  return values;
}

function readObject(cursor: Cursor, depth: number): JsonObject {
  const object: JsonObject = Object.create(null);
  cursor.at++;
  if (upcoming(cursor) === closeObject) {
    cursor.at++;
    return object;
  }
  do {
    upcoming(cursor);
    const key = readString(cursor);
    if (upcoming(cursor) !== colon) fail(cursor, 'Expected ":"');
    cursor.at++;
    object[key] = readValue(cursor, depth);
  } while (hasMore(cursor, closeObject));
  return object;
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  const code = upcoming(cursor);
  if (depth > maxDepth) fail(cursor, `More than ${maxDepth} levels`);
  if (code === openObject) return readObject(cursor, depth + 1);
  if (code === openList) return readList(cursor, depth + 1);
  return code === quote ? readString(cursor) : readAtom(cursor);
}

/**
 * Reads JSON, and beyond it bare `NaN`, `Infinity` and `-Infinity`. Of equal keys the last one counts. At most 200 levels deep.
 * @throws SyntaxError that names the line and column
 */
export function parseJson(text: string): JsonValue {
  const cursor: Cursor = { text, at: 0 };
  const value = readValue(cursor, 0);
  upcoming(cursor);
  if (cursor.at < text.length) fail(cursor, 'Unexpected text after the value');
  return value;
}

function writeFloat(value: number): string {
  const digits = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
}

/** Texts of which JSON.stringify changes nothing. It is a call out of JavaScript, and most texts are short names. */
const isPlainText = /^[ !#-[\]-~]{0,64}$/;

const writeText = (text: string): string => (isPlainText.test(text) ? `"${text}"` : JSON.stringify(text));

function write(value: JsonValue, aroundNaN: string): string {
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `${aroundNaN}${value}${aroundNaN}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof WholeFloat) return writeFloat(value.value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${write(item, aroundNaN)}`;
    return `[${text}]`;
  }
  for (const key in value) {
    text += `${text === '' ? '' : ','}${writeText(key)}:${write(value[key] ?? null, aroundNaN)}`;
  }
  return `{${text}}`;
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
