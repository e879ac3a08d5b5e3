import { describe, expect, it } from 'vitest';
import { parseSweepConfig, pointKey, type SweepConfig } from '../space/index.ts';
import { suggest } from './suggest.ts';
import type { ModelState, Result, Snapshot } from './types.ts';

function sweep(parameters: string, goal = 'minimize'): SweepConfig {
  const text = `{"method": "bayes", "metric": {"name": "l", "goal": "${goal}"}, "parameters": ${parameters}}`;
  const { config, errors } = parseSweepConfig(text);
  if (config === null) throw new Error(JSON.stringify(errors));
  return config;
}

const snapshot = (config: SweepConfig, more: Partial<Snapshot> = {}): Snapshot => ({
  config,
  seed: 1,
  made: 0,
  width: 1,
  results: [],
  pending: [],
  model: null,
  ...more,
});

type Judge = (x: Record<string, unknown>) => Omit<Result, 'point'>;
const finished = (value: number): Omit<Result, 'point'> => ({ value, state: 'finished' });
const numberAt = (x: Record<string, unknown>, name: string): number =>
  Number((x[name] as { value?: number })?.value ?? x[name]);

/** One run after another; what was tried, what it gave, why. */
function search(config: SweepConfig, judge: Judge, count: number, more: Partial<Snapshot> = {}) {
  const results: Result[] = [];
  const explanations = [];
  let model: ModelState | null = null;
  for (let made = 0; made < count; made++) {
    const answer = suggest(snapshot(config, { ...more, made, results: [...results], model }), 1);
    model = answer.model;
    const [first] = answer.suggestions;
    if (first === undefined) break;
    results.push({ point: first.point, ...judge(first.point) });
    explanations.push(first.explanation);
  }
  return { results, explanations, model };
}

const square = sweep('{"x": {"min": 0.0, "max": 1.0}, "y": {"min": 0.0, "max": 1.0}}');
const bowl: Judge = (x) => finished((numberAt(x, 'x') - 0.3) ** 2 + 2 * (numberAt(x, 'y') - 0.8) ** 2);
const best = (results: readonly Result[]) => Math.min(...results.map((one) => one.value ?? Number.POSITIVE_INFINITY));

describe('a search', () => {
  it('finds the bottom of a bowl, and says why it went where', () => {
    const { results, explanations } = search(square, bowl, 21);
    expect(best(results)).toBeLessThan(1e-5);
    expect(explanations[0]).toMatchObject({ method: 'quasi_random', fallback: false, mean: null });
    expect(explanations[0]?.reason).toMatch(/start design/);
    const last = explanations.at(-1);
    expect(last).toMatchObject({ method: 'model', fallback: false, reason: null, seed: '1', index: 20, results: 20 });
    expect(Object.keys(last?.lengthScales ?? {})).toEqual(['x', 'y']);
    expect((last?.exploring ?? 0) + (last?.exploiting ?? 0)).toBeCloseTo(1, 12);
    expect(last?.low).toBeLessThanOrEqual(last?.mean ?? Number.NaN);
    expect(last?.high).toBeGreaterThanOrEqual(last?.mean ?? Number.NaN);
  });

  it('climbs where the goal is to maximise', () => {
    const up = sweep('{"x": {"min": 0.0, "max": 1.0}, "y": {"min": 0.0, "max": 1.0}}', 'maximize');
    const { results, explanations } = search(up, (x) => finished(-(bowl(x).value ?? 0)), 21);
    expect(Math.max(...results.map((one) => one.value ?? -1))).toBeGreaterThan(-1e-5);
    expect(explanations.at(-1)?.mean).toBeGreaterThan(-0.1);
  });

  it('gives the same to the bit for the same dialogue, and something else for another seed', () => {
    const [a, b] = [search(square, bowl, 12), search(square, bowl, 12)];
    expect(b).toEqual(a);
    expect(search(square, bowl, 12, { seed: 2 }).results).not.toEqual(a.results);
  });

  it('looks elsewhere once the model expects nothing more: a hole far from where it settled is found', () => {
    const holes: Judge = (x) => {
      const at = (a: number, b: number) => (numberAt(x, 'x') - a) ** 2 + (numberAt(x, 'y') - b) ** 2;
      return finished(-Math.exp(-at(0.5, 0.5) / 0.02) - 2 * Math.exp(-at(0.93, 0.08) / 0.02));
    };
    const { results, explanations } = search(square, holes, 60);
    expect(best(results.slice(0, 5))).toBeLessThan(-0.9);
    expect(best(results)).toBeLessThan(-1.9);
    expect(explanations.every((one) => !one.fallback)).toBe(true);
  });

  it('stays away from where runs fail', () => {
    const half: Judge = (x) => (numberAt(x, 'x') > 0.5 ? { value: null, state: 'crashed' } : bowl(x));
    const { results } = search(square, half, 30);
    expect(results.slice(15).filter((one) => one.state === 'crashed').length).toBeLessThan(4);
    expect(best(results)).toBeLessThan(1e-3);
  });

  it('goes on where every run fails, never twice to the same place', () => {
    const { results, explanations } = search(square, () => ({ value: Number.NaN, state: 'finished' }), 25);
    expect(new Set(results.map((one) => pointKey(one.point))).size).toBe(25);
    expect(explanations.at(-1)).toMatchObject({ method: 'quasi_random' });
  });

  it('on a space of 108 points, 60 suggestions without a repeat', () => {
    const config = sweep(
      '{"a": {"values": ["p", "q", "r", "s"]}, "b": {"values": [1, 2, 4]}, "c": {"values": [true, false, null]}, "d": {"min": 1, "max": 3}}',
    );
    const { results } = search(
      config,
      (x) => finished(numberAt(x, 'b') + (x.a === 'q' ? 0 : 2) + numberAt(x, 'd')),
      60,
    );
    expect(new Set(results.map((one) => pointKey(one.point))).size).toBe(60);
  });

  it('ends when the space is used up', () => {
    const config = sweep('{"a": {"values": ["p", "q", "r"]}, "b": {"min": 1, "max": 3}}');
    const { results } = search(config, (x) => finished(numberAt(x, 'b')), 20);
    expect(new Set(results.map((one) => pointKey(one.point))).size).toBe(9);
    expect(results).toHaveLength(9);
    expect(suggest(snapshot(config), 20).suggestions).toHaveLength(9);
  });
});

describe('agents in parallel', () => {
  it('four that ask an empty sweep get four different points, together or one by one', () => {
    const together = suggest(snapshot(square, { width: 4 }), 4).suggestions.map((one) => one.point);
    expect(new Set(together.map(pointKey)).size).toBe(4);
    const second = suggest(snapshot(square, { width: 4, made: 1, pending: together.slice(0, 1) }), 1);
    expect(pointKey(second.suggestions[0]?.point ?? {})).toBe(pointKey(together[1] ?? {}));
  });

  it('get points apart from one another and from those pending', () => {
    const { results, model } = search(square, bowl, 8);
    const { suggestions } = suggest(snapshot(square, { made: 8, width: 4, results, model }), 4);
    const places = suggestions.map(({ point }) => [numberAt(point, 'x'), numberAt(point, 'y')] as const);
    for (const [i, a] of places.entries()) {
      for (const b of places.slice(i + 1)) expect(Math.hypot(a[0] - b[0], a[1] - b[1])).toBeGreaterThan(1e-3);
    }
    expect(suggestions.at(-1)?.explanation.method).toBe('model');
  });
});

describe('what is known beside finished runs', () => {
  it('a point known by its key alone is not suggested again', () => {
    const config = sweep('{"a": {"values": ["p", "q", "r"]}}');
    const taken = suggest(snapshot(config), 2).suggestions.map((one) => pointKey(one.point));
    const rest = suggest(snapshot(config, { taken }), 3).suggestions;
    expect(rest).toHaveLength(1);
    expect(taken).not.toContain(pointKey(rest[0]?.point ?? {}));
  });

  it('a killed run without a value is no failure', () => {
    const { results, model } = search(square, bowl, 10);
    const killed: Result = { point: { x: 0.31, y: 0.79 }, value: null, state: 'killed' };
    const { suggestions } = suggest(snapshot(square, { made: 11, results: [...results, killed], model }), 1);
    expect(suggestions[0]?.explanation.feasible).toBeNull();
  });

  it('a value with a large variance of its own moves the prediction less', () => {
    const { results, model } = search(square, bowl, 10);
    const odd: Result = { point: { x: 0.9, y: 0.1 }, value: -5, state: 'finished' };
    const at = (one: Result) =>
      suggest(snapshot(square, { made: 11, results: [...results, one], model }), 1).suggestions[0]?.explanation.mean;
    expect(at({ ...odd, variance: 100 })).toBeGreaterThan(at(odd) ?? 0);
  });

  it("another sweep's runs make the first suggestions good", () => {
    const prior = search(square, bowl, 25, { seed: 7 }).results;
    const { results } = search(square, bowl, 4, { prior });
    expect(best(results)).toBeLessThan(0.01);
  });

  it('a model state of other parameters, or a broken one, does no harm', () => {
    const { results, model } = search(square, bowl, 10);
    const broken = { ...(model as ModelState), logSignal: Number.NaN };
    const other = { ...(model as ModelState), parameters: ['x', 'z'] };
    for (const state of [broken, other]) {
      const { suggestions } = suggest(snapshot(square, { made: 10, results, model: state }), 1);
      expect(suggestions[0]?.explanation.method).toBe('model');
    }
  });
});
