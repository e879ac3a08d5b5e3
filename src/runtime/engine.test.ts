import { describe, expect, it } from 'vitest';
import { openEngine } from './engine.ts';
import { inspectConfig, simulateConfig } from './engine-config.ts';

/** A process of its own: what it answers to each line, parsed. */
function dialogue(op: string, ...lines: string[]) {
  const answer = openEngine(op);
  if (answer === null) throw new Error(`no op ${op}`);
  return lines.map((line) => JSON.parse(answer(line)));
}
const config = (method: string, parameters: string) =>
  `{"method": "${method}", "metric": {"name": "l"}, "parameters": ${parameters}}`;

describe('engine', () => {
  it('answers what is wrong, and goes on', () => {
    const answers = dialogue('ppf', '{', '[1]', '{"parameter": {"min": 0.0, "max": 1.0}, "p": [0.5]}');
    expect(answers).toEqual([
      { error: expect.stringContaining('not JSON') },
      { error: 'A line holds one JSON object.' },
      { values: [0.5] },
    ]);
  });

  it('says which ops there are where one is not there yet, and has no others', () => {
    expect(dialogue('construct', '{}')[0].error).toMatch(/not there yet.*validate, next, simulate, ppf, cdf, session/);
    expect(openEngine('nonsense')).toBeNull();
    expect(openEngine('constructor')).toBeNull();
  });
});

describe('engine session', () => {
  const open = (text: string, seed = 1) => `{"open": {"config": ${text}, "seed": ${seed}}}`;

  it('asks, is told, closes, and opens again; the same seed gives the same answers', () => {
    const space = config('bayes', '{"x": {"min": 0.0, "max": 1.0}, "y": {"min": 1, "max": 9}}');
    const once = [
      '{"ask": 2}',
      '{"tell": [{"id": "s1", "value": 0.5}, {"id": "s2", "state": "failed"}]}',
      '{"ask": 1}',
    ];
    const answers = dialogue(
      'session',
      open(space),
      ...once,
      '{"close": true}',
      open(space),
      ...once,
      open(space, 2),
      '{"ask": 2}',
    );
    const configs = (answer: { suggestions: { config: unknown }[] }) => answer.suggestions.map((one) => one.config);
    expect(answers[0]).toEqual({ ok: true });
    expect(answers[1].suggestions[0]).toEqual({
      id: 's1',
      config: { x: { value: expect.any(Number) }, y: { value: expect.any(Number) } },
      info: expect.objectContaining({ method: 'quasi_random', fallback: false, reason: expect.any(String) }),
    });
    expect(answers[1].ms).toBeTypeOf('number');
    expect(answers[2]).toEqual({ ok: true });
    expect(answers[3].suggestions[0].id).toBe('s3');
    expect([6, 8].map((i) => configs(answers[i]))).toEqual([1, 3].map((i) => configs(answers[i])));
    expect(configs(answers[10])).not.toEqual(configs(answers[1]));
  });

  it.each([
    ['bayes', '{"a": {"values": [1, 2, 3]}, "b": {"values": [true, false]}}', 6],
    ['grid', '{"a": {"values": [1, 2, 3]}, "b": {"values": [true, false]}}', 6],
    ['bayes', '{"a": {"min": 1, "max": 4}}', 4],
  ])('%s on %s: each point once, fewer when the space is used up', (method, parameters, size) => {
    const [, first, second] = dialogue('session', open(config(method, parameters)), '{"ask": 4}', '{"ask": 9}');
    const all = [...first.suggestions, ...second.suggestions].map((one) => JSON.stringify(one.config));
    expect(all).toHaveLength(size);
    expect(new Set(all).size).toBe(size);
  });

  it.each([
    ['{"ask": 1}', /No search is open/],
    ['{"open": {"config": {"method": "bayes"}}}', /parameters/],
    ['{"hello": 1}', /"open", "ask", "tell", "close"/],
  ])('%s is refused', (line, message) => {
    expect(dialogue('session', line)[0].error).toMatch(message);
  });

  it.each([
    ['{"ask": -1}', /integer from 0/],
    ['{"ask": 1.5}', /integer from 0/],
    ['{"tell": {}}', /must be a list/],
    ['{"tell": [{"id": "s9"}]}', /No suggestion "s9"/],
    ['{"tell": [{"id": "s1", "state": "running"}]}', /"state" must be/],
  ])('%s after open and ask is refused', (line, message) => {
    const space = config('bayes', '{"x": {"min": 0.0, "max": 1.0}}');
    const answers = dialogue('session', open(space), '{"ask": 1}', line, '{"tell": [{"id": "s1", "value": 1}]}');
    expect(answers[2].error).toMatch(message);
    expect(answers[3]).toEqual({ ok: true });
  });
});

describe('a config as the commands show it', () => {
  it('names types and values of every parameter, and the size', () => {
    const report = inspectConfig(`method: random
run_cap: 5
parameters:
  b: {distribution: beta, a: 2, b: 3}
  c: {values: [a, 1.0, true]}
  i: {min: 1, max: 9}
  k: {value: [1, 2]}
  l: {distribution: log_uniform_values, min: 1e-5, max: 0.1}
  n: {distribution: q_normal, mu: 0, sigma: 2, q: 0.5}
  o: {parameters: {u: {min: 0.0, max: 1}}}
`);
    expect(report).toMatchObject({ method: 'random', runCap: 5, size: null, errors: [], violations: [] });
    expect(report.parameters.map(({ name, type, range }) => `${name} ${type}: ${range}`)).toEqual([
      'b beta: a 2, b 3',
      'c categorical: a, 1.0, true',
      'i int_uniform: 1 to 9',
      'k constant: [1,2]',
      'l log_uniform_values: 0.00001 to 0.1',
      'n q_normal: mu 0, sigma 2, steps of 0.5',
      'o/u uniform: 0.0 to 1.0',
    ]);
  });

  it('simulates up to the end of the grid, or to run_cap', () => {
    const grid = 'method: grid\nparameters: {a: {min: 1, max: 3}}\n';
    const points = (text: string, n: number) => simulateConfig(text, n, 0);
    expect(points(grid, 9)).toMatchObject({ points: [{ a: 1 }, { a: 2 }, { a: 3 }], exhausted: true, note: null });
    expect(points(grid, 2)).toMatchObject({ points: [{ a: 1 }, { a: 2 }], exhausted: false });
    expect(points(`run_cap: 2\n${grid}`, 9)).toMatchObject({ points: [{ a: 1 }, { a: 2 }], exhausted: true });
  });

  it('says that bayes would look at results', () => {
    const bayes = 'method: bayes\nmetric: {name: l}\nparameters: {a: {min: 0.0, max: 1.0}}\n';
    expect(simulateConfig(bayes, 3, 0)).toMatchObject({ exhausted: false, note: expect.stringContaining('results') });
  });
});

describe('engine next of method bayes', () => {
  const runs = (value: (x: number) => string) =>
    `[${Array.from({ length: 9 }, (_, i) => `{"name": "r${i}", "state": "finished", "config": {"x": {"value": ${i / 10}}}, "history": [{"l": 9}, {"l": ${value(i / 10)}}], "summary": {}}`).join(', ')}]`;
  const next = (text: string, given: string) =>
    dialogue('next', `{"config": ${text}, "runs": ${given}, "n": 2, "seed": 4}`)[0];

  it('goes where the runs say that it is good', () => {
    const space = config('bayes', '{"x": {"min": 0.0, "max": 1.0}}');
    const { suggestions, exhausted } = next(
      space,
      runs((x) => String((x - 0.43) ** 2)),
    );
    expect(exhausted).toBe(false);
    expect(suggestions[0].info.method).toBe('model');
    expect(suggestions[0].config.x.value).toBeCloseTo(0.43, 1);
  });

  it('judges a run as the config says: its best or its last value', () => {
    const parameters = '{"x": {"min": 0.0, "max": 1.0}}, "sweepd": {"objective": "last"}';
    const falling = runs((x) => `${(x - 0.43) ** 2}}, {"l": ${2 + (x - 0.65) ** 2}`);
    expect(next(config('bayes', parameters), falling).suggestions[0].config.x.value).toBeCloseTo(0.65, 1);
  });

  it('says when the space is used up', () => {
    const answer = next(
      config('bayes', '{"x": {"values": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]}}'),
      runs(String),
    );
    expect(answer).toMatchObject({ exhausted: true, suggestions: [{ config: { x: { value: 0.9 } } }] });
  });
});
