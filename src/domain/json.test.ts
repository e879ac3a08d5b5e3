import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  compareText,
  fromPlain,
  isObject,
  type JsonValue,
  jsonObject,
  numberOf,
  parseJson,
  plain,
  WholeFloat,
  writeJson,
  writePlainJson,
} from './json.ts';

const again = (text: string) => writeJson(parseJson(text));

const anyJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(null, true, false, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Number.isInteger(x) ? new WholeFloat(x) : x)),
    fc.maxSafeInteger().map((x) => x || 0),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 200n }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string({ unit: 'binary' }), tie('value')), { maxLength: 4 }).map(jsonObject),
  ),
})).value;

describe('parseJson and writeJson', () => {
  it('keep what JSON.parse loses', () => {
    expect(again('[1, 1.0, -0.0, 2.50, 3e5, 1e-7]')).toBe('[1,1.0,-0.0,2.5,300000.0,1e-7]');
    expect(again('[9007199254740993, -12345678901234567890123]')).toBe('[9007199254740993,-12345678901234567890123]');
    expect(again('{"loss": NaN, "a": [Infinity, -Infinity]}')).toBe('{"loss":NaN,"a":[Infinity,-Infinity]}');
  });

  it('treat __proto__ and constructor as ordinary keys', () => {
    const value = parseJson('{"__proto__": {"x": 1}, "constructor": 2}');
    expect(isObject(value) && Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(writeJson(value)).toBe('{"__proto__":{"x":1},"constructor":2}');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('give back any value unchanged', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = writeJson(value);
        expect(writeJson(parseJson(text))).toBe(text);
      }),
    );
  });

  it('agree with JSON.parse on ordinary JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(writePlainJson(parseJson(text)))).toEqual(withoutMinusZero(JSON.parse(text)));
      }),
    );
  });

  it.each([
    ['{"a":1,}', 'line 1, column 8'],
    ['{\n "a": 1\n "b": 2}', 'line 3, column 2'],
    ['[1', 'line 1, column 3'],
    ['"ab', 'line 1, column 4'],
    ['01', 'line 1, column 2'],
    ['"\\x"', 'line 1, column 1'],
    ['nul', 'line 1, column 1'],
    ['', 'line 1, column 1'],
    ['1 2', 'line 1, column 3'],
  ])('refuse %j and say where', (text, place) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(() => parseJson(text)).toThrow(place);
  });

  it('refuse what would take all the stack or all the time', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('200 levels');
    expect(() => parseJson('9'.repeat(100_000))).toThrow('too long');
  });
});

/** JSON.parse reads the integer lexeme -0 as a negative zero. */
const withoutMinusZero = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, item) => (Object.is(item, -0) ? 0 : item));

describe('writePlainJson', () => {
  it('is JSON that any parser reads', () => {
    expect(JSON.parse(writePlainJson(parseJson('{"a": NaN, "b": [-Infinity, 1.0]}')))).toEqual({
      a: 'NaN',
      b: ['-Infinity', 1],
    });
  });
});

describe('canonicalJson', () => {
  it('is one text for all spellings of a value', () => {
    expect(canonicalJson(parseJson('{"b": [1.0, 2], "a": 1e20}'))).toBe(
      canonicalJson(parseJson('{"a": 100000000000000000000, "b": [1, 2.0]}')),
    );
  });

  it('keeps apart what is different', () => {
    const texts = ['1', '"1"', 'true', 'null', '[1]', '{"1":1}', '"true"', 'NaN', '"NaN"', '1.5'];
    expect(new Set(texts.map((text) => canonicalJson(parseJson(text)))).size).toBe(texts.length);
  });
});

describe('compareText', () => {
  it('sorts by code point, as Python does', () => {
    expect(['lr', '\u{1F600}', '_x', 'LR', 'l', '\uFFFD'].sort(compareText)).toEqual([
      'LR',
      '_x',
      'l',
      'lr',
      '\uFFFD',
      '\u{1F600}',
    ]);
  });
});

describe('plain and fromPlain', () => {
  it('lead to ordinary JavaScript and back', () => {
    expect(plain(parseJson('{"a": 1.0, "b": [9007199254740993], "c": {"d": null}}'))).toEqual({
      a: 1,
      b: [9007199254740993n],
      c: { d: null },
    });
    expect(writeJson(fromPlain({ a: [1, 'x', undefined], b: new WholeFloat(2) }))).toBe('{"a":[1,"x",null],"b":2.0}');
  });

  it('numberOf takes numbers only', () => {
    expect([new WholeFloat(2), 5n, 0.5, '1', true, null].map(numberOf)).toEqual([2, 5, 0.5, null, null, null]);
  });
});
