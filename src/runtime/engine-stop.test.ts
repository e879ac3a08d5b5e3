import { describe, expect, it } from 'vitest';
import { openEngine } from './engine.ts';

const ask = (op: string, input: object) => JSON.parse(openEngine(op)?.(JSON.stringify(input)) ?? 'null');
const config = (more: object = {}, goal = 'minimize', metric: object = {}) => ({
  method: 'random',
  metric: { name: 'loss', goal, ...metric },
  parameters: { a: { min: 0.0, max: 1.5 } },
  ...more,
});
const hyperband = (more: object = {}) => ({ early_terminate: { type: 'hyperband', min_iter: 3, ...more } });
const run = (name: string, state: string, ...values: unknown[]) => ({
  name,
  state,
  config: {},
  history: values.map((loss) => ({ loss })),
  summary: {},
});

describe('engine stop', () => {
  // Nine runs with 0.0, 0.1 ... 0.8 at their third value: the threshold is the one at floor(9 / 3).
  const nine = Array.from({ length: 9 }, (_, i) => run(`r${i}`, 'running', 1, 1, i / 10));

  it('names the runs, the bands and the thresholds', () => {
    const answer = ask('stop', { config: config(hyperband()), runs: nine });
    expect(answer.stop).toEqual(['r4', 'r5', 'r6', 'r7', 'r8']);
    expect([answer.bands.slice(0, 3), answer.thresholds.slice(0, 2)]).toEqual([
      [3, 9, 27],
      [0.3, 'Infinity'],
    ]);
    expect(answer.iterations).toMatchObject({ r0: 3, r8: 3 });
  });

  it('has thresholds as losses where the goal is to maximise', () => {
    const answer = ask('stop', { config: config(hyperband(), 'maximize'), runs: nine.slice(0, 6) });
    expect([answer.stop, answer.thresholds[0]]).toEqual([['r0', 'r1', 'r2'], -0.3]);
  });

  it('stops only what runs, while all others count', () => {
    const ended = nine.map((one, i) => (i % 2 === 0 ? { ...one, state: 'crashed' } : one));
    expect(ask('stop', { config: config(hyperband()), runs: ended }).stop).toEqual(['r5', 'r7']);
  });

  it('counts finite numbers: texts for NaN and infinities are rows that it does not see', () => {
    const runs = [run('a', 'running', 'NaN', 1, 'Infinity', null, true, '2', 3)];
    expect(ask('stop', { config: config(hyperband()), runs }).iterations).toEqual({ a: 2 });
  });

  it('applies the rules of sweepd.stop too', () => {
    const rules = config({ sweepd: { stop: [{ type: 'divergence' }] } });
    expect(ask('stop', { config: rules, runs: [run('a', 'running', 1, 'NaN'), run('b', 'running', 1)] }).stop).toEqual([
      'a',
    ]);
  });

  it('overlooks keys that it does not know, as W&B does here, and says what it cannot do without', () => {
    expect(ask('stop', { config: config(hyperband({ patience: 5 })), runs: nine }).stop).toHaveLength(5);
    const noBand = { early_terminate: { type: 'hyperband', max_iter: 27, s: 0 } };
    expect(ask('stop', { config: config(noBand), runs: [] }).error).toContain('raise max_iter or s');
    const { metric: _, ...noMetric } = config(hyperband());
    expect(ask('stop', { config: noMetric, runs: [] }).error).toContain('metric');
  });
});

describe('engine finished', () => {
  const finished = (given: object, ...runs: object[]) => ask('finished', { config: given, runs });

  it.each([
    [0.1, [0.5, 0.1], true],
    [0.1, [0.5, 0.11, 'NaN'], false],
    [0, [0], true],
  ])('by the target %s with %j: %s', (target, values, expected) => {
    const answer = finished(config({}, 'minimize', { target }), run('a', 'running', ...values));
    expect(answer.finished).toBe(expected);
  });

  it('by the summary alone, by run_cap, by a plateau; says why', () => {
    const summary = { ...run('a', 'finished'), summary: { loss: 9 } };
    expect(finished(config({}, 'maximize', { target: 9 }), summary)).toEqual({
      finished: true,
      reason: 'target of 9 reached by run a',
    });
    expect(finished(config({ run_cap: 2 }), run('a', 'failed'), run('b', 'running')).reason).toContain('run_cap of 2');
    const plateau = config({ sweepd: { stop: [{ type: 'plateau', runs: 2 }] } });
    const runs = [1, 2, 3].map((loss) => run(`r${loss}`, 'finished', loss));
    expect([finished(plateau, ...runs.slice(0, 2)).finished, finished(plateau, ...runs).finished]).toEqual([
      false,
      true,
    ]);
    expect(finished(config())).toEqual({ finished: false, reason: null });
  });
});
