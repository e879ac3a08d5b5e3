import { describe, expect, it } from 'vitest';
import { writeJson } from '../domain/json.ts';
import { parseSweepConfig } from './index.ts';

const lr = 'parameters: {lr: {min: 0.001, max: 0.1}}';
const random = (parameter: string) => parseSweepConfig(`method: random\nparameters:\n  p: ${parameter}\n`);
const messages = (problems: { message: string }[]) => problems.map((problem) => problem.message).join('\n');

describe('a config', () => {
  it('is read with its defaults', () => {
    const { config, errors, violations, warnings } = parseSweepConfig(`method: bayes\nmetric: {name: loss}\n${lr}`);
    expect([errors, violations, warnings]).toEqual([[], [], []]);
    expect(config).toMatchObject({
      method: 'bayes',
      metric: { name: 'loss', goal: 'minimize', target: null, impute: 'worst', imputeWhileRunning: 'false' },
      runCap: null,
      earlyTerminate: null,
      controller: 'cloud',
      extensions: { seed: null, maxAttempts: null, unique: false, order: 'sorted', objective: { kind: 'best' } },
    });
  });

  it('keeps the document as it was given, unknown keys and all', () => {
    const { config } = parseSweepConfig(
      '{"method": "random", "mine": [1.0, 1], "parameters": {"a": {"values": [1.0, 2]}}}',
    );
    expect(writeJson(config?.document ?? null)).toBe(
      '{"method":"random","mine":[1.0,1],"parameters":{"a":{"values":[1.0,2]}}}',
    );
  });

  it('reports everything that is wrong at once, each at its place', () => {
    const { errors, violations, config } = parseSweepConfig(
      ['method: bayse', 'runs: 3', 'parameters:', '  a: 3', '  b: {min: 5, max: 1}', '  c:', '    valuse: [1]'].join(
        '\n',
      ),
    );
    expect(config).toBeNull();
    expect(errors.map(({ path, line, column }) => [path, line, column])).toEqual([
      ['method', 1, 1],
      ['parameters/a', 4, 3],
      ['parameters/b/min', 5, 7],
      ['parameters/c', 6, 3],
    ]);
    expect(messages(errors)).toContain('write bayes');
    expect(messages(errors)).toContain('Did you mean "values"?');
    expect(violations).toMatchObject([{ path: 'runs', line: 2, column: 1 }]);
  });

  it('has places in JSON text too', () => {
    const { errors } = parseSweepConfig(
      '{\n\t"method": "random",\n\t"parameters": {\n\t\t"a": {"min": 5, "max": 1}\n\t}\n}',
    );
    expect(errors).toMatchObject([{ path: 'parameters/a/min', line: 4 }]);
  });
});

describe('what cannot run is an error', () => {
  it.each([
    ['parameters: {a: {value: 1}}', '"method" is missing'],
    ['method: random', '"parameters" is missing'],
    ['method: random\nparameters: {}', 'at least one entry'],
    [`method: custom\n${lr}`, 'No engine here runs method custom'],
    [`method: bayes\n${lr}`, 'needs a metric'],
    [`method: bayes\nmetric: loss\n${lr}`, '"metric" must be a mapping'],
    [`method: bayes\nmetric: {goal: minimize}\n${lr}`, 'needs a "name"'],
    [`method: bayes\nmetric: {name: loss, target: "0.5"}\n${lr}`, 'write 0.5 without quotes'],
    ['method: bayes\nmetric: {name: loss}\nparameters: {a: {value: 1}}', 'all of these are constants'],
    [
      'method: bayes\nmetric: {name: l}\nparameters: {a: {values: [1, 2], probabilities: [1, 0]}}',
      'takes no probabilities',
    ],
    [`method: random\nmetric: {name: acc, goal: max}\n${lr}`, 'write "goal: maximize"'],
    [`method: grid\n${lr}`, 'a grid cannot list uniform'],
    ['method: grid\nparameters: {a: {values: [1, 2], probabilities: [1, 0]}}', 'remove the probabilities'],
    [
      `method: random\nearly_terminate: {type: hyperband, min_iter: 3}\n${lr}`,
      'compares the metric, but there is none',
    ],
  ])('%j', (text, message) => {
    const { config, errors } = parseSweepConfig(text);
    expect(config).toBeNull();
    expect(messages(errors)).toContain(message);
  });

  it('method custom is the business of a local controller', () => {
    expect(parseSweepConfig(`method: custom\ncontroller: {type: local}\n${lr}`).config?.method).toBe('custom');
  });
});

describe("what only W&B's schema refuses is a violation", () => {
  it.each([
    [`parallel: 4\nmethod: random\n${lr}`, 'no key "parallel"'],
    [`run_cap: 0\nmethod: random\n${lr}`, 'an integer of at least 1'],
    [`description:\nmethod: random\n${lr}`, 'must be text, not null'],
    [`command: python train.py\nmethod: random\n${lr}`, 'write "command: [python, train.py]"'],
    [`kind: job\nmethod: random\n${lr}`, 'write "kind: sweep"'],
    [`controller: {}\nmethod: random\n${lr}`, 'needs a "type"'],
    [`metric: {name: loss, impute: mean}\nmethod: random\n${lr}`, '"impute" must be'],
    [`metric: {goal: minimize}\nmethod: random\n${lr}`, 'needs a "name"'],
    ['method: random\nparameters: {learning rate: {value: 1}}', 'not a name that W&B takes'],
    ['method: random\nparameters: {a: {values: [1, 2], probabilities: [0.5, 0.6]}}', 'sum to 1.1'],
  ])('%j', (text, message) => {
    const { config, errors, violations } = parseSweepConfig(text);
    expect(errors).toEqual([]);
    expect(config).not.toBeNull();
    expect(messages(violations)).toContain(message);
  });

  it('a quoted run_cap still caps', () => {
    expect(parseSweepConfig(`run_cap: "10"\nmethod: random\n${lr}`).config?.runCap).toBe(10);
    expect(parseSweepConfig(`run_cap: 10.0\nmethod: random\n${lr}`)).toMatchObject({
      violations: [],
      config: { runCap: 10 },
    });
  });

  it("W&B's own key settings is no violation", () => {
    expect(parseSweepConfig(`settings: {a: b}\nmethod: random\n${lr}`).violations).toEqual([]);
  });
});

describe('the distribution of a parameter', () => {
  it.each([
    ['{value: null}', 'constant'],
    ['{values: [a]}', 'categorical'],
    ['{values: [a, b], probabilities: [0.3, 0.7]}', 'categorical_w_probabilities'],
    ['{min: 1, max: 5}', 'int_uniform'],
    ['{min: 1.0, max: 5.0}', 'uniform'],
    ['{min: 1, max: 5.0}', 'uniform'],
    ['{min: 0, max: 1e1}', 'uniform'],
    ['{min: 3e-5, max: 3e-3, distribution: log_uniform_values}', 'log_uniform_values'],
    ['{distribution: q_log_normal, q: 2}', 'q_log_normal'],
  ])('of %s is %s', (parameter, form) => {
    expect(random(parameter)).toMatchObject({ errors: [], types: { p: form } });
  });

  it('is found at every depth', () => {
    const { types } = random('{parameters: {a.b: {min: 1, max: 2}, c: {parameters: {d: {value: 1}}}}}');
    expect(types).toEqual({ 'p/a.b': 'int_uniform', 'p/c/d': 'constant' });
  });

  it.each([
    ['1e6', 'write "value: 1e6"'],
    ['', 'write "value: null"'],
    ['[1, 2]', 'write "values: [1,2]"'],
    ['{min: 1}', 'add "max"'],
    ['{mu: 0, sigma: 1}', 'write "distribution: normal"'],
    ['{mean: 0, std: 1}', 'normal takes mu and sigma'],
    ['{distribution: normal, mean: 0}', 'write "mu" instead of "mean"'],
    ['{distribution: loguniform, min: 1, max: 2}', 'Did you mean "log_uniform_values"'],
    ['{min: 0, max: 1, q: 0.1}', 'write "distribution: q_uniform"'],
    ['{min: "3e-5", max: 1}', 'write 3e-5 without quotes'],
    ['{min: true, max: 2}', '"min" must be a finite number, not true'],
    ['{min: 0, max: 1e400}', '"max" must be a finite number, not Infinity'],
    ['{min: 2, max: 2}', 'min 2 is not less than max 2'],
    ['{parameters: {a: {min: 5, max: 1}}}', 'p/a: min 5 is not less than max 1'],
    ['{distribution: int_uniform, min: 1.5, max: 3}', 'must be an integer, not 1.5'],
    ['{distribution: log_uniform_values, min: 0, max: 1}', 'must be greater than 0'],
    ['{distribution: log_uniform, min: 16, max: 1024}', 'write "distribution: log_uniform_values"'],
    ['{distribution: q_uniform, min: 0, max: 1, q: 0}', 'must be greater than 0'],
    ['{values: []}', 'at least one entry'],
    ['{values: [1, 2], probabilities: [1]}', '2 values but 1 probabilities'],
    ['{values: [1, 2], probabilities: [0, 0]}', 'At least one probability'],
    ['{value: 1, values: [1]}', 'does not go with "value"'],
    ['{lr: {min: 0.1, max: 1.0}}', 'write "parameters:" above "lr"'],
    ['{parameters: {a: {value: 1}}, value: 2}', 'move "value" inside it'],
    ['{parameters: 3}', 'at least one parameter'],
  ])('%s is refused with advice', (parameter, message) => {
    const { config, errors } = random(parameter);
    expect(config).toBeNull();
    expect(messages(errors)).toContain(message);
  });

  it('log_uniform takes exponents, and values where they can only be values; it warns either way', () => {
    const exponents = random('{distribution: log_uniform, min: -9.2, max: -2.3}');
    expect(exponents.config?.space.parameters[0]?.distribution).toMatchObject({ logMin: -9.2, logMax: -2.3 });
    expect(messages(exponents.warnings)).toContain('deprecated');
    const values = random('{distribution: log_uniform, min: 0.0001, max: 0.1}');
    expect(values.config?.space.parameters[0]?.distribution).toMatchObject({ min: 0.0001, max: 0.1 });
    expect(messages(values.warnings)).toContain('log_uniform_values');
    const narrow = random('{distribution: log_uniform, min: 0.5, max: 1}');
    expect(narrow.config?.space.parameters[0]?.distribution).toMatchObject({ logMin: 0.5, logMax: 1 });
  });

  it('integers beyond 2^53 keep their last digit', () => {
    const { config } = random('{min: 0, max: 18446744073709551615}');
    expect(config?.space.parameters[0]?.distribution).toMatchObject({
      kind: 'int_uniform',
      count: 18446744073709551616n,
    });
  });

  it('names of the language are names like others', () => {
    const { types, config } = parseSweepConfig(
      'method: random\nparameters:\n  __proto__: {value: 1}\n  constructor: {value: 2}',
    );
    expect(Object.entries(types)).toEqual([
      ['__proto__', 'constant'],
      ['constructor', 'constant'],
    ]);
    expect(writeJson(config?.document ?? null)).toContain('"__proto__":{"value":1}');
    expect(random('{distribution: constructor}').config).toBeNull();
  });
});

describe('early_terminate', () => {
  const stopping = (rule: string) =>
    parseSweepConfig(`method: random\nmetric: {name: loss}\nearly_terminate: ${rule}\n${lr}`);

  it('has the defaults of the engine', () => {
    expect(stopping('{type: hyperband, min_iter: 3}').config?.earlyTerminate).toEqual({
      type: 'hyperband',
      minIter: 3,
      maxIter: null,
      s: null,
      eta: 3,
      strict: true,
    });
    expect(stopping('{type: hyperband, max_iter: 27, s: 2.0}').config?.earlyTerminate?.s).toBe(2);
  });

  it.each([
    ['{min_iter: 3}', 'write "type: hyperband"'],
    ['{type: median, min_iter: 3}', 'no type "median"'],
    ['{type: hyperband}', 'needs bands'],
    ['{type: hyperband, max_iter: 27}', '"max_iter" needs "s"'],
    ['{type: hyperband, max_iter: 27, s: 2.5}', '"s" must be an integer'],
    ['{type: hyperband, min_iter: 0}', 'at least 1'],
    ['{type: hyperband, min_iter: 3, eta: 1}', 'greater than 1'],
    ['{type: hyperband, min_iter: 3, strict: "yes"}', 'true or false'],
    ['{type: hyperband, min_iter: 3, patience: 2}', 'no key "patience"'],
  ])('%s is refused', (rule, message) => {
    const { config, errors } = stopping(rule);
    expect(config).toBeNull();
    expect(messages(errors)).toContain(message);
  });

  it('without a band warns that nothing is ever stopped', () => {
    expect(messages(stopping('{type: hyperband, max_iter: 2, s: 3}').warnings)).toContain('no band');
  });
});

describe('a large config', () => {
  it('of 10,000 parameters is read in bounded time', () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `  p${i}: {min: 0, max: ${i + 1}}`);
    const start = performance.now();
    const { config } = parseSweepConfig(`method: random\nparameters:\n${lines.join('\n')}`);
    expect(config?.space.searchable.length).toBe(10_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
