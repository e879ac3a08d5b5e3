import { describe, expect, it } from 'vitest';
import { isObject, jsonObject, parseJson } from '../../domain/json.ts';
import { visible, visibleJson, visibleLines } from './escape.ts';
import { countProblems, formatProblems } from './problems.ts';
import { paintFor } from './style.ts';
import { formatTable } from './table.ts';
import { configLine, duration, shortValue } from './values.ts';

const bare = paintFor({ isTTY: false }, {});

describe('what others wrote', () => {
  it('cannot steer the terminal', () => {
    expect(visible('a\x1b[2J\x07b\nc\u009b1m\u202e')).toBe('a\\x1b[2J\\x07b\\nc\\x9b1m\\u202e');
    expect(visibleLines('a\n\x1bb')).toBe('a\n\\x1bb');
    const json = visibleJson(JSON.stringify({ a: '\x1b\u009b\u202e' }));
    expect(json).toBe('{"a":"\\u001b\\u009b\\u202e"}');
    expect(JSON.parse(json)).toEqual({ a: '\x1b\u009b\u202e' });
  });
});

describe('colour', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
  ])('%o with %o: %s', (stream, environment, expected) => {
    expect(paintFor(stream, environment)('red', 'x') !== 'x').toBe(expected);
  });
});

describe('tables', () => {
  it('keep columns, numbers at the right, wide letters at their width', () => {
    const rows = [
      [{ text: '日本' }, { text: '5', right: true }],
      [{ text: 'abc' }, { text: '0.25', right: true }],
    ];
    expect(formatTable(['NAME', 'N'], rows, bare)).toBe('NAME     N\n日本     5\nabc   0.25');
  });
});

describe('values', () => {
  it.each([
    ['0.1', '0.1'],
    ['0.00003', '3e-5'],
    ['0.001', '0.001'],
    ['0.123456789', '0.123457'],
    ['1.0', '1.0'],
    ['1000000', '1000000'],
    ['"text"', 'text'],
    ['[1, 2.0]', '[1,2.0]'],
    ['null', 'null'],
    ['NaN', 'NaN'],
  ])('%s', (json, shown) => {
    expect(shortValue(parseJson(json))).toBe(shown);
  });

  it('a config is one line, nested names joined', () => {
    const config = parseJson('{"lr": 0.1, "opt": {"name": "adam", "b": {"c": true}}}');
    expect(configLine(isObject(config) ? config : jsonObject())).toBe('lr=0.1 opt/name=adam opt/b/c=true');
  });

  it('durations', () => {
    expect([0.04, 5.25, 59.6, 185, 7500, 90_000].map(duration)).toEqual([
      '0 s',
      '5.3 s',
      '1 min 0 s',
      '3 min 5 s',
      '2 h 5 min',
      '1 d 1 h',
    ]);
  });
});

describe('problems', () => {
  const text = 'method: gird\nparameters:\n\tlr: {min: 2, max: 1}\n';

  it('come with their line and a mark under the place, in the order of the file', () => {
    const list = [
      { kind: 'warning' as const, problem: { path: 'parameters/lr', message: 'hm', line: 3, column: 2 } },
      { kind: 'error' as const, problem: { path: 'method', message: 'no "gird"\x1b', line: 1, column: 9 } },
    ];
    expect(formatProblems('s.yaml', text, list, bare)).toBe(
      [
        's.yaml:1:9: error: no "gird"\\x1b',
        '  at method',
        '  1 | method: gird',
        '    |         ^',
        '',
        's.yaml:3:2: warning: hm',
        '  at parameters/lr',
        '  3 |  lr: {min: 2, max: 1}',
        '    |  ^',
      ].join('\n'),
    );
    expect(countProblems(list)).toBe('1 error, 1 warning');
  });

  it('do without a place', () => {
    const list = [{ kind: 'error' as const, problem: { path: '', message: 'empty' } }];
    expect(formatProblems('s.yaml', '', list, bare)).toBe('s.yaml: error: empty');
  });
});
