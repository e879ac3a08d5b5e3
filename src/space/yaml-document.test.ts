import { describe, expect, it } from 'vitest';
import { writeJson } from '../domain/json.ts';
import { readDocument } from './yaml-document.ts';

const read = (text: string) => writeJson(readDocument(text).document ?? null);
const errorOf = (text: string) => readDocument(text).errors[0];

describe('scalars', () => {
  it.each([
    ['1', '1'],
    ['1.0', '1.0'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['3e-5', '0.00003'],
    ['1e6', '1000000.0'],
    ['1.5e3', '1500.0'],
    ['1_000', '1000'],
    ['0x1F', '31'],
    ['0o17', '15'],
    ['0b101', '5'],
    ['-0x10', '-16'],
    ['12345678901234567890', '12345678901234567890'],
    ['yes', 'true'],
    ['Off', 'false'],
    ['~', 'null'],
    ['.nan', 'NaN'],
    ['-.inf', '-Infinity'],
    ['"1"', '"1"'],
    ["'yes'", '"yes"'],
    ['!!str 1', '"1"'],
    ['!!float "1"', '1'],
    ['008', '"008"'],
    ['1.2.3', '"1.2.3"'],
    ['y', '"y"'],
    ['2026-01-01', '"2026-01-01"'],
    ['e5', '"e5"'],
    ['-', '[null]'],
  ])('%s is %s', (scalar, json) => {
    expect(read(scalar)).toBe(json);
  });

  it('that YAML 1.1 reads oddly are read so, with a warning', () => {
    const { document, warnings } = readDocument('a: 010\nb: 1:30');
    expect(writeJson(document ?? null)).toBe('{"a":8,"b":90}');
    expect(warnings).toMatchObject([
      { path: 'a', line: 1 },
      { path: 'b', line: 2 },
    ]);
  });

  it('that look like numbers are text among texts, such as commit hashes', () => {
    expect(read('[4f5e6, 12e7, abc]')).toBe('["4f5e6","12e7","abc"]');
    expect(read('[3e-5, 1e-4]')).toBe('[0.00003,0.0001]');
    expect(read('[1e-3, scale, auto]')).toBe('[0.001,"scale","auto"]');
    expect(read('[3e-5, 1]')).toBe('[0.00003,1]');
  });
});

describe('mappings', () => {
  it('have names as keys, whatever they look like', () => {
    expect(read('1: a\ntrue: b\n1e3: c\n__proto__: d')).toBe('{"1":"a","true":"b","1e3":"c","__proto__":"d"}');
  });

  it('may give a key twice: the last counts, and a warning says where', () => {
    const { document, warnings } = readDocument('a: 1\nb: 2\na: 3');
    expect(writeJson(document ?? null)).toBe('{"a":3,"b":2}');
    expect(warnings).toMatchObject([{ path: 'a', line: 3, column: 1 }]);
  });

  it('can be merged, own keys first', () => {
    expect(read('x: &x {min: 0, max: 1}\ny:\n  <<: *x\n  max: 5')).toBe(
      '{"x":{"min":0,"max":1},"y":{"max":5,"min":0}}',
    );
  });
});

describe('aliases', () => {
  it('repeat the last anchor of their name', () => {
    expect(read('[&a 1, *a, &a 2, *a]')).toBe('[1,1,2,2]');
    expect(read('[&b 1, &a [*b, &b 2], &b 3, *a, *b]')).toBe('[1,[1,2],3,[1,2],3]');
  });

  it('that multiply without end are refused quickly', () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 20; i++) {
      const [name, last] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
      lines.push(`${name}: &${name} [${Array(9).fill(`*${last}`).join(',')}]`);
    }
    expect(errorOf(lines.join('\n'))?.message).toContain('Aliases make more than');
  });

  it('to themselves or to nothing are refused', () => {
    expect(errorOf('a: &a [*a]')).toMatchObject({
      path: 'a/0',
      message: expect.stringContaining('names no anchor before it'),
    });
    expect(errorOf('a: *b')?.message).toContain('names no anchor');
  });
});

describe('what is not one readable document', () => {
  it.each([
    ['a: [1', 1],
    ['a: 1\n\tb: 2', 2],
    ['a: 1\n---\nb: 2', 2],
    ['a: !mine 1', 1],
    ['["a"]: 1', 1],
    ['['.repeat(50_000), 1],
    [Array.from({ length: 150 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 101],
  ])('%# is refused at its line', (text, line) => {
    const { document, errors } = readDocument(text);
    expect(document).toBeUndefined();
    expect(errors).toMatchObject([{ line }]);
  });
});

describe('a document that is long', () => {
  it('in words and marks is refused before it is read; as JSON it is read, its problems named by path', () => {
    const values = `[${'1,'.repeat(210_000)}1]`;
    expect(errorOf(`x: ${values}`)?.message).toContain('more than 400000 words and marks');
    const json = readDocument(`{"x": ${values}}`);
    expect(json.errors).toEqual([]);
    expect(json.locate(['x', 5])).toBeNull();
  });

  it('of 10,000 parameters is no longer than may be', () => {
    const lines = Array.from(
      { length: 10_000 },
      (_, i) => `  parameter_${i}: {distribution: q_log_uniform_values, min: 1, max: 1000, q: 1}`,
    );
    expect(readDocument(`parameters:\n${lines.join('\n')}`).errors).toEqual([]);
  });

  it('that is nothing but mistakes costs no stack trace for each, and leaves the setting as it was', () => {
    const before = Error.stackTraceLimit;
    expect(errorOf(`a: [${','.repeat(1_000)}]`)?.message).toContain('Unexpected ,');
    expect(Error.stackTraceLimit).toBe(before);
  });
});
