import { describe, expect, it } from 'vitest';
import { isObject, type JsonObject, jsonObject, parseJson, plain, writePlainJson } from '../domain/json.ts';
import { cdfOp, nextOp, ppfOp, simulateOp, validateOp } from './index.ts';

const input = (text: string): JsonObject => {
  const value = parseJson(text);
  return isObject(value) ? value : jsonObject();
};
const configs = (answer: JsonObject) =>
  (plain(answer) as { suggestions: { config: unknown }[] }).suggestions.map((suggestion) => suggestion.config);

describe('validate', () => {
  it('is valid with neither errors nor violations, and has the types', () => {
    expect(plain(validateOp(input('{"yaml": "method: random\\nparameters: {a: {min: 1, max: 2}}"}')))).toEqual({
      valid: true,
      errors: [],
      warnings: [],
      types: { a: 'int_uniform' },
    });
    expect(plain(validateOp(input('{"yaml": "method: random\\nx: 1\\nparameters: {a: {value: 1}}"}')))).toMatchObject({
      valid: false,
      errors: [{ path: 'x', line: 2, column: 1 }],
    });
    expect(plain(validateOp(input('{}')))).toMatchObject({ valid: false });
  });

  it('reads the lexemes of an object too', () => {
    const answer = validateOp(input('{"config": {"method": "random", "parameters": {"a": {"min": 1.0, "max": 2}}}}'));
    expect(plain(answer)).toMatchObject({ types: { a: 'uniform' } });
  });
});

describe('next', () => {
  const grid =
    '{"method": "grid", "parameters": {"a": {"values": [1.0, 2]}, "o": {"parameters": {"b": {"values": [{"k": 1}, {"k": 2}]}}}}}';
  const next = (runs: string, rest = '"n": 9') => nextOp(input(`{"config": ${grid}, "runs": ${runs}, ${rest}}`));

  it('gives what no run holds, in order, and says when there is no more', () => {
    const runs =
      '[{"state": "failed", "config": {"a": {"value": 1}, "o": {"value": {"b": {"k": 2, "added": 3}}}, "x": {"value": 1}}}]';
    expect(configs(next(runs))).toEqual([
      { a: { value: 1 }, o: { value: { b: { k: 1 } } } },
      { a: { value: 2 }, o: { value: { b: { k: 1 } } } },
      { a: { value: 2 }, o: { value: { b: { k: 2 } } } },
    ]);
    expect(next(runs).exhausted).toBe(true);
    expect(next(runs, '"n": 3').exhausted).toBe(false);
  });

  it.each([
    ['[{"config": {"a": {"value": 1}}}]', 'a parameter is missing'],
    ['[{"config": {"a": {"value": "1"}, "o": {"value": {"b": {"k": 1}}}}}]', 'a value is of another kind'],
    ['[{"config": {"a": {"value": 1}, "o": {"value": "text"}}}]', 'a nested parameter was overwritten'],
    ['[{"config": null}, 3, {}]', 'there is no config'],
  ])('passes over runs where %s (%s)', (runs) => {
    expect(configs(next(runs))).toHaveLength(4);
  });

  it("recognises the flat names of W&B's own engine", () => {
    const runs = '[{"config": {"a": {"value": 1}, "o.wbnest[599c28ca25da].b": {"value": {"k": 1}}}}]';
    expect(configs(next(runs))).toHaveLength(3);
  });

  it('shuffles on demand', () => {
    const all = (options: string) =>
      configs(next('[]', `"n": 4, "seed": 3${options}`)).map((config) => JSON.stringify(config));
    const shuffled = all(', "options": {"randomize_order": true}');
    expect([...shuffled].sort()).toEqual([...all('')].sort());
  });

  it('random: goes on from the runs there are, with a seed the same each time', () => {
    const draws = (runs: string, n: number) =>
      configs(
        nextOp(
          input(
            `{"config": {"method": "random", "parameters": {"a": {"min": 0.0, "max": 1.0}}}, "runs": ${runs}, "n": ${n}, "seed": 7}`,
          ),
        ),
      );
    expect(draws('[]', 2)[1]).toEqual(draws('[{"config": {}}]', 1)[0]);
    expect(draws('[]', 2)).toEqual(draws('[]', 2));
  });

  it('random, unique: repeats no point while there is another', () => {
    const text =
      '{"yaml": "method: random\\nparameters: {a: {distribution: q_normal, sigma: 2}}\\nsweepd: {unique: true}", "runs": [{"config": {"a": {"value": 0}}}], "n": 8}';
    const drawn = configs(nextOp(input(text))).map((config) => JSON.stringify(config));
    expect(new Set(drawn).size).toBe(8);
    expect(drawn).not.toContain('{"a":{"value":0}}');
  });

  it('answers with an error where the config is refused or the input wrong', () => {
    expect(nextOp(input('{"config": {"method": "grid"}}')).error).toContain('"parameters" is missing');
    expect(next('[]', '"n": -1').error).toContain('"n" must be');
  });

  it('hands method bayes to the model that it is given', () => {
    const bayes = input(
      '{"config": {"method": "bayes", "metric": {"name": "l"}, "parameters": {"a": {"min": 0, "max": 9}}}}',
    );
    expect(nextOp(bayes, (config) => jsonObject([['method', config.method]]))).toEqual(
      jsonObject([['method', 'bayes']]),
    );
    expect(configs(nextOp(bayes))).toHaveLength(1);
  });
});

describe('simulate, ppf and cdf', () => {
  it('simulate walks to the end, or to the limit', () => {
    const ask = (limit: number) =>
      plain(
        simulateOp(
          input(`{"yaml": "method: grid\\nparameters: {a: {min: 1, max: 3}}", "runs": [], "n": 2, "limit": ${limit}}`),
        ),
      );
    expect(ask(9)).toEqual({ sequence: [1, 2, 3].map((a) => ({ a: { value: a } })), exhausted: true });
    expect(ask(1)).toEqual({ sequence: [{ a: { value: 1 } }], exhausted: false });
  });

  it('ppf and cdf answer for a list', () => {
    expect(writePlainJson(ppfOp(input('{"parameter": {"min": 0.0, "max": 4.0}, "p": [0, 0.25, 1]}')))).toBe(
      '{"values":[0.0,1.0,4.0]}',
    );
    expect(plain(cdfOp(input('{"parameter": {"min": 1, "max": 4}, "x": [1, "text"]}')))).toEqual({
      values: [0.25, null],
    });
    expect(ppfOp(input('{"parameter": {"min": 0, "max": 4}, "p": [2]}')).error).toContain('from 0 to 1');
    expect(cdfOp(input('{"parameter": {"min": 4}, "x": 2}')).error).toContain('add "max"');
  });
});
