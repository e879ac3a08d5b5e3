/** What holds for every config: properties over generated ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue, jsonObject, numberOf, WholeFloat, writeJson } from '../domain/json.ts';
import {
  decode,
  drawPoint,
  encode,
  gridPoint,
  gridSize,
  parseSweepConfig,
  parseSweepDocument,
  pointKey,
  type SweepConfig,
  spaceSize,
  suggestFromRuns,
  wireConfig,
} from './index.ts';

const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
const float = (x: number): JsonValue => (Number.isInteger(x) ? new WholeFloat(x) : x);
const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(float);
const positive = fc.double({ min: 1e-6, max: 1e3, noNaN: true }).map(float);
const object = (entries: Record<string, JsonValue>): JsonObject => jsonObject(Object.entries(entries));
const range = (bound: fc.Arbitrary<JsonValue>) =>
  fc
    .tuple(bound, bound)
    .map(([a, b]) => ((numberOf(a) ?? 0) < (numberOf(b) ?? 0) ? { min: a, max: b } : { min: b, max: a }));
const category = fc.oneof(fc.string(), fc.integer(), number, fc.boolean(), fc.constant(null), fc.constant([1, 'a']));

const integers = range(fc.integer({ min: -20, max: 20 }));
const categories = fc.array(category, { minLength: 1, maxLength: 5 }).map((values) => ({ values }));
const finiteLeaf = fc
  .oneof(integers, categories, fc.record({ value: category }))
  .map((p) => object(p as Record<string, JsonValue>));
const realLeaf = fc
  .oneof(
    range(number),
    range(positive).map((p) => ({ ...p, distribution: 'log_uniform_values' })),
    range(positive).map((p) => ({ ...p, distribution: 'inv_log_uniform_values' })),
    fc.tuple(range(positive), positive).map(([p, q]) => ({ ...p, q, distribution: 'q_log_uniform_values' })),
    fc.tuple(range(number), positive).map(([p, q]) => ({ ...p, q, distribution: 'q_uniform' })),
    fc.record({ mu: number, sigma: positive }).map((p) => ({ ...p, distribution: 'normal' })),
    fc.record({ mu: number, sigma: positive, q: positive }).map((p) => ({ ...p, distribution: 'q_normal' })),
    fc
      .record({ mu: fc.integer({ min: -9, max: 9 }), sigma: positive })
      .map((p) => ({ ...p, distribution: 'q_log_normal' })),
    fc.record({ a: positive, b: positive }).map((p) => ({ ...p, distribution: 'beta' })),
    fc.record({ a: positive, b: positive, q: positive }).map((p) => ({ ...p, distribution: 'q_beta' })),
    fc
      .tuple(range(fc.double({ min: -9, max: 9, noNaN: true }).map(float)))
      .map(([p]) => ({ ...p, distribution: 'log_uniform' })),
  )
  .map((p) => object(p as Record<string, JsonValue>));

const tree = (leaf: fc.Arbitrary<JsonObject>) => {
  const level = (inner: fc.Arbitrary<JsonObject>) =>
    fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,3}$/), inner, { minKeys: 1, maxKeys: 3 });
  const nested = level(leaf).map((parameters) => object({ parameters: object(parameters) }));
  return level(fc.oneof({ weight: 4, arbitrary: leaf }, { weight: 1, arbitrary: nested }));
};

const config = (method: string, leaf: fc.Arbitrary<JsonObject>, extra: Record<string, JsonValue> = {}) =>
  tree(leaf).map((parameters) => parseSweepDocument(object({ method, parameters: object(parameters), ...extra })));

/** Whatever is in range and ordered is accepted; equal bounds are the generator's own doing. */
const accepted = (result: ReturnType<typeof parseSweepDocument>): SweepConfig => {
  fc.pre(result.config !== null);
  return result.config as SweepConfig;
};

describe('every config', () => {
  it('is read without an exception, whatever the text', () => {
    const fragment = fc.constantFrom(
      'method: grid\n',
      'parameters:\n',
      '  a: {min: 1, max: 3}\n',
      '  b:\n    values: [1, x]\n',
      '\t',
      '&a ',
      '*a',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '- ',
      '"',
      "'",
      '!!int ',
      '---\n',
      'sweepd: {stop: [median]}\n',
      '<<: *a\n',
      '|\n',
      '#',
      '\u0000',
      '? ',
      'metric: 1\n',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join('')),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (given) => {
        const { errors, config: parsed } = parseSweepConfig(given);
        expect(parsed === null).toBe(errors.length > 0);
        for (const { message } of errors) expect(message).not.toBe('');
      }),
      { numRuns: 12000 },
    );
  });

  it('is checked without an exception, whatever stands under its keys', () => {
    const key = fc.constantFrom(
      'method',
      'parameters',
      'metric',
      'early_terminate',
      'run_cap',
      'command',
      'controller',
      'scheduler',
      'sweepd',
      'name',
      'kind',
      'value',
      'values',
      'min',
      'max',
      'q',
      'distribution',
      'probabilities',
      'type',
      'stop',
      'prior',
      'objective',
      'seed',
      'tags',
      'x',
    );
    const word = fc.constantFrom('grid', 'bayes', 'random', 'hyperband', 'uniform', 'q_beta', 'median', 'mean_last_3');
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.oneof(word, number, fc.integer(), fc.constant(null), fc.constant(Number.NaN), fc.boolean()),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map(jsonObject),
      ),
    }));
    fc.assert(
      fc.property(value, (document) => {
        const { errors, config: parsed } = parseSweepDocument(document);
        expect(parsed === null).toBe(errors.length > 0);
        if (parsed !== null && parsed.method !== 'grid') expect(pointKey(drawPoint(parsed, 1, 0))).not.toBe('');
      }),
      { numRuns: 12000 },
    );
  });

  it('says the same as text and as a document', () => {
    fc.assert(
      fc.property(config('random', fc.oneof(finiteLeaf, realLeaf)), ({ errors, types, document }) => {
        const fromText = parseSweepConfig(writeJson(document));
        expect(fromText.types).toEqual(types);
        expect(fromText.errors.map((problem) => problem.message)).toEqual(errors.map((problem) => problem.message));
      }),
      { numRuns: 12000 },
    );
  });
});

describe('every accepted config', () => {
  it('can be sampled, the same way each time', () => {
    fc.assert(
      fc.property(config('random', fc.oneof(finiteLeaf, realLeaf)), fc.nat(), fc.nat(), (result, seed, n) => {
        const parsed = accepted(result);
        const point = drawPoint(parsed, seed, n);
        expect(writeJson(drawPoint(parsed, seed, n))).toBe(writeJson(point));
        expect(writeJson(point)).not.toMatch(/NaN|Infinity/);
      }),
    );
  });

  it('gives finite values and coordinates, however extreme its bounds', () => {
    const extreme = fc
      .tuple(
        fc.constantFrom(
          'uniform',
          'q_uniform',
          'int_uniform',
          'log_uniform',
          'q_log_uniform',
          'log_uniform_values',
          'normal',
          'q_normal',
          'log_normal',
          'q_log_normal',
          'beta',
          'q_beta',
        ),
        fc.tuple(anyDouble, anyDouble, anyDouble),
      )
      .map(([distribution, [x, y, z]]) => {
        const [a, b, q] = [x, y, Math.abs(z)].map(float) as [JsonValue, JsonValue, JsonValue];
        const step = distribution.startsWith('q_') ? { q } : {};
        if (distribution.includes('normal')) return object({ distribution, mu: a, sigma: float(Math.abs(y)), ...step });
        if (distribution.includes('beta'))
          return object({ distribution, a: float(Math.abs(x) % 1e9), b: float(Math.abs(y) % 1e9), ...step });
        return object({ distribution, min: x < y ? a : b, max: x < y ? b : a, ...step });
      });
    fc.assert(
      fc.property(extreme, fc.double({ min: 0, max: 1, noNaN: true }), (parameter, u) => {
        const parsed = accepted(parseSweepDocument(object({ method: 'random', parameters: object({ p: parameter }) })));
        const point = decode(parsed.space, [u]);
        expect(Number.isFinite(numberOf(point.p))).toBe(true);
        const [coordinate] = encode(parsed.space, point) ?? [];
        expect(coordinate).toBeGreaterThan(0);
        expect(coordinate).toBeLessThan(1);
      }),
      { numRuns: 12000 },
    );
  });

  it('encodes its points so that they decode to themselves', () => {
    fc.assert(
      fc.property(config('random', fc.oneof(finiteLeaf, realLeaf)), fc.nat(), (result, seed) => {
        const parsed = accepted(result);
        const point = drawPoint(parsed, seed, 0);
        const unit = encode(parsed.space, point);
        expect(unit).not.toBeNull();
        expectSame(decode(parsed.space, unit ?? []), point);
      }),
      { numRuns: 12000 },
    );
  });
});

describe('every grid', () => {
  it.each(['sorted', 'random'])('has each of its points once (order %s)', (order) => {
    fc.assert(
      fc.property(config('grid', finiteLeaf, { sweepd: object({ order, seed: 3 }) }), (result) => {
        const parsed = accepted(result);
        const size = gridSize(parsed) ?? 0n;
        fc.pre(size <= 3000n);
        const keys = new Set<string>();
        for (let n = 0n; n < size; n++) keys.add(pointKey(gridPoint(parsed, n)));
        expect(BigInt(keys.size)).toBe(size);
        expect(size).toBe(spaceSize(parsed));
        expect(() => gridPoint(parsed, size)).toThrow(RangeError);
      }),
      { numRuns: 12000 },
    );
  });

  it('is walked through the configs of the runs as by number', () => {
    fc.assert(
      fc.property(config('grid', finiteLeaf), (result) => {
        const parsed = accepted(result);
        const size = Number(gridSize(parsed));
        fc.pre(size <= 60);
        const runs: { config: JsonObject }[] = [];
        for (let n = 0; n < size; n++) {
          const { suggestions } = suggestFromRuns(parsed, runs, 1);
          expect(suggestions.map(writeJson)).toEqual([writeJson(gridPoint(parsed, BigInt(n)))]);
          runs.push(...suggestions.map((point) => ({ config: wireConfig(point) })));
        }
        expect(suggestFromRuns(parsed, runs, 1)).toEqual({ suggestions: [], exhausted: true });
      }),
      { numRuns: 12000 },
    );
  });
});

/** Floats to a part in 10^7 of their size or scale, everything else exactly. */
function expectSame(a: JsonValue, b: JsonValue): void {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null && y !== null) expect(Math.abs(x - y)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(x)));
  else if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    expect(Object.keys(a)).toEqual(Object.keys(b));
    const [left, right] = [Object.values(a), Object.values(b)];
    left.forEach((item, i) => {
      expectSame(item, right[i] ?? null);
    });
  } else expect(a).toEqual(b);
}
