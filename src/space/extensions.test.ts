import { describe, expect, it } from 'vitest';
import { parseSweepConfig } from './index.ts';

const extended = (sweepd: string, method = 'random') =>
  parseSweepConfig(`method: ${method}\nmetric: {name: loss}\nparameters: {a: {values: [1, 2]}}\nsweepd: ${sweepd}`);
const messages = (problems: { message: string }[]) => problems.map((problem) => problem.message).join('\n');

describe('sweepd', () => {
  it('reads every key', () => {
    const { config, errors, violations, warnings } = extended(
      `{seed: 12345678901234567890, max_attempts: 5, priority: -2, pool: gpus, tags: [a100, big], unique: true,
        objective: mean_last_5, stop: [median, {type: time_limit, seconds: 3600}], prior: [me/p/s, {config: {a: 1}, value: 0.5}]}`,
    );
    expect([errors, violations, warnings]).toEqual([[], [], []]);
    expect(config?.extensions).toMatchObject({
      seed: 12345678901234567890n,
      maxAttempts: 5,
      priority: -2,
      pool: 'gpus',
      tags: ['a100', 'big'],
      unique: true,
      order: 'sorted',
      sampler: 'random',
      objective: { kind: 'mean_last_k', k: 5 },
      stop: [
        { type: 'median', minSteps: 1, minRuns: 5 },
        { type: 'time_limit', seconds: 3600 },
      ],
      prior: [{ sweep: 'me/p/s' }, { value: 0.5 }],
    });
  });

  it.each([
    ['best', { kind: 'best' }],
    ['last', { kind: 'last' }],
    ['mean_last_10', { kind: 'mean_last_k', k: 10 }],
    ['{mean_last_k: 3}', { kind: 'mean_last_k', k: 3 }],
    ['{kind: mean_last_k, k: 3}', { kind: 'mean_last_k', k: 3 }],
  ])('objective %s', (written, objective) => {
    expect(extended(`{objective: ${written}}`).config?.extensions.objective).toEqual(objective);
  });

  it.each([
    ['{type: nan}', { type: 'divergence', rows: 1, above: null }],
    ['{type: divergence, rows: 3, above: 1e6}', { type: 'divergence', rows: 3, above: 1e6 }],
    ['{type: silence, seconds: 60}', { type: 'silence', seconds: 60 }],
    ['{type: plateau, runs: 30, min_delta: 0.01}', { type: 'plateau', runs: 30, minDelta: 0.01 }],
    ['{type: budget, run_seconds: 1e5}', { type: 'budget', runSeconds: 1e5, seconds: null }],
    ['failures', { type: 'failures', consecutive: 5 }],
  ])('stop rule %s', (written, rule) => {
    expect(extended(`{stop: [${written}]}`).config?.extensions.stop).toEqual([rule]);
  });

  it.each([
    ['{sede: 1}', 'no key "sede". Did you mean "seed"? It takes seed, max_attempts'],
    ['3', '"sweepd" must be a mapping'],
    ['{seed: 1.5}', '"seed" must be an integer'],
    ['{max_attempts: 0}', 'at least 1'],
    ['{unique: "true"}', 'must be true or false'],
    ['{order: shuffled}', 'must be sorted or random'],
    ['{objective: mean_last_0}', 'must be best, last or mean_last_5'],
    ['{objective: mean_last_10001}', '1 to 10000 rows'],
    ['{tags: gpu}', 'a list of names'],
    ['{stop: median}', 'a list of rules'],
    ['{stop: [{type: medain}]}', 'Did you mean "median"?'],
    ['{stop: [{type: median, steps: 3}]}', 'no key "steps"'],
    ['{stop: [{type: time_limit}]}', '"seconds" is missing'],
    ['{stop: [{type: budget}]}', 'A budget needs'],
    ['{prior: [3]}', "A prior is a sweep's name"],
  ])('%s is refused', (written, message) => {
    const { config, errors } = extended(written);
    expect(config).toBeNull();
    expect(messages(errors)).toContain(message);
  });

  it('warns of keys that have no effect with the method', () => {
    expect(messages(extended('{order: random}').warnings)).toContain('for method grid');
    expect(messages(extended('{unique: true, sampler: quasi_random}', 'grid').warnings)).toContain('for method random');
  });
});
