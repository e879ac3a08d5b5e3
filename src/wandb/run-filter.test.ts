import { describe, expect, it } from 'vitest';
import type { RunRow } from '../store/views/views.ts';
import { runFilter, sortRuns } from './run-filter.ts';

/** A run as far as filters look at it. */
const run = (name: string, summary: string, more: Partial<RunRow> = {}): RunRow =>
  ({
    id: Number(name.replace(/\D/g, '')) || 1,
    name,
    summary,
    config: '{"x":{"value":1},"opt.lr":{"value":0.5},"nested":{"value":{"a":{"b":2}}},"_wandb":{"value":{}}}',
    displayName: `display ${name}`,
    state: 'finished',
    sweepId: 'sweep001',
    tags: '["a","b"]',
    createdAt: Date.UTC(2027, 0, 1),
    begunAt: null,
    endedAt: null,
    heartbeatAt: null,
    groupName: 'g',
    jobType: null,
    userName: 'ada',
    ...more,
  }) as RunRow;

const one = run('r1', '{"loss":1.5,"acc":{"max":0.9},"text":"cat","flag":true,"nan":NaN}');
const matches = (filter: unknown, candidate = one) =>
  runFilter(typeof filter === 'string' ? filter : JSON.stringify(filter))(candidate);

describe('a filter', () => {
  it.each([
    [{ sweep: 'sweep001' }, true],
    [{ sweep: 'sweep002' }, false],
    [{ $and: [{ sweep: 'sweep001' }] }, true],
    [{ name: 'r1', state: 'finished' }, true],
    [{ name: 'r1', state: 'failed' }, false],
    [{ display_name: { $regex: '^display' } }, true],
    [{ $or: [{ name: 'no' }, { name: 'r1' }] }, true],
    [{ $not: { name: 'r1' } }, false],
    [{ $nor: [{ name: 'no' }] }, true],
    [{ tags: 'a' }, true],
    [{ tags: { $in: ['b', 'z'] } }, true],
    [{ tags: { $nin: ['b'] } }, false],
    [{ 'config.x': 1 }, true],
    [{ 'config.x.value': 1 }, true],
    [{ 'config.opt.lr': 0.5 }, true],
    [{ 'config.opt.lr.value': { $lt: 1 } }, true],
    [{ 'config.nested.a.b': 2 }, true],
    [{ 'config.nothing': { $exists: false } }, true],
    [{ 'summary_metrics.loss': { $gt: 1.5 } }, false],
    [{ 'summary_metrics.loss': { $gte: 1.5 } }, true],
    [{ 'summary_metrics.loss': { $lt: 2, $ne: 1 } }, true],
    [{ 'summary_metrics.loss': { $lte: 1.5 } }, true],
    [{ 'summary_metrics.acc.max': 0.9 }, true],
    [{ 'summary_metrics.text': { $gt: 1 } }, false],
    [{ 'summary_metrics.nan': { $lt: 1 } }, false],
    [{ 'summary_metrics.nan': { $gt: 1 } }, false],
    [{ 'summary_metrics.flag': true }, true],
    [{ 'summary_metrics.loss': { $not: { $gt: 1 } } }, false],
    [{ jobType: null }, true],
    [{ created_at: { $gte: '2027-01-01', $lt: '2027-02-01' } }, true],
    [{ name: { $regex: '^(r|x)+\\d$' } }, true],
    [{}, true],
  ])('%j: %s', (filter, expected) => {
    expect(matches(filter)).toBe(expected);
  });

  it('with a pattern that would take for ever is refused', () => {
    const long = run('r1', '{}', { displayName: 'a'.repeat(80) });
    expect(() => matches({ display_name: { $regex: '^(a|aa)+b$' } }, long)).toThrow(
      expect.objectContaining({ code: 'invalid_filter', message: expect.stringContaining('takes too long') }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])('finds a parameter named %s', (name) => {
    const candidate = run('r1', `{"${name}":1}`, { config: `{"${name}":{"value":7}}` });
    for (const key of [`config.${name}`, `config.${name}.value`]) {
      expect(matches(`{"${key}":7}`, candidate)).toBe(true);
      expect(matches(`{"${key}":8}`, candidate)).toBe(false);
      expect(matches(`{"${key}":{"$exists":false}}`)).toBe(true);
    }
    expect(matches(`{"summary_metrics.${name}":1}`, candidate)).toBe(true);
  });

  it.each([null, undefined, '', 'null'])('that is %j takes every run', (text) => {
    expect(runFilter(text)(one)).toBe(true);
  });

  it.each([
    'no json',
    '[]',
    '3',
    '{"$and":{}}',
    '{"$and":[null]}',
    '{"$and":["text"]}',
    '{"$or":[[]]}',
    '{"$not":null}',
    '{"$what":[]}',
    '{"name":{"$what":1}}',
    '{"name":{"$regex":"("}}',
    `{"name":{"$regex":"${'r'.repeat(501)}"}}`,
    '{"name":{"$regex":3}}',
    '{"unknown_field":1}',
  ])('%s is refused as invalid input, not as a bug', (text) => {
    expect(() => runFilter(text)(one)).toThrow(
      expect.objectContaining({ kind: 'invalid_input', code: 'invalid_filter' }),
    );
  });
});

describe('an order', () => {
  const runs = [
    run('r1', '{"loss":2}', { createdAt: 10 }),
    run('r2', '{"loss":NaN}', { createdAt: 20 }),
    run('r3', '{"loss":1}', { createdAt: 30 }),
    run('r4', '{}', { createdAt: 40 }),
    run('r5', '{"loss":3}', { createdAt: 50 }),
    run('r6', '{"loss":"NaN"}', { createdAt: 60 }),
    run('r7', '{"loss":null}', { createdAt: 70 }),
  ];
  const order = (by: string | null) =>
    sortRuns(runs, by)
      .map((id) => runs.find((row) => row.id === id)?.name)
      .join(' ');

  it('puts runs without a value last in both directions, NaN too: the first row is the best run', () => {
    expect(order('+summary_metrics.loss')).toBe('r3 r1 r5 r2 r4 r6 r7');
    expect(order('-summary_metrics.loss')).toBe('r5 r1 r3 r7 r6 r4 r2');
  });

  it.each([
    [null, 'r1 r2 r3 r4 r5 r6 r7'],
    ['', 'r1 r2 r3 r4 r5 r6 r7'],
    ['created_at', 'r1 r2 r3 r4 r5 r6 r7'],
    ['-created_at', 'r7 r6 r5 r4 r3 r2 r1'],
    ['-name', 'r7 r6 r5 r4 r3 r2 r1'],
    ['state,-created_at', 'r7 r6 r5 r4 r3 r2 r1'],
  ])('%j is %s', (by, expected) => {
    expect(order(by)).toBe(expected);
  });

  it('keeps the order of arrival where values are equal', () => {
    const equal = [run('r2', '{"loss":1}'), run('r1', '{"loss":1}'), run('r3', '{"loss":1.0}')];
    expect(sortRuns(equal, '+summary_metrics.loss').map((id) => `r${id}`)).toEqual(['r1', 'r2', 'r3']);
  });

  it('takes infinities for what they are', () => {
    const far = [run('r1', '{"loss":Infinity}'), run('r2', '{"loss":5}'), run('r3', '{"loss":-Infinity}')];
    expect(sortRuns(far, '+summary_metrics.loss').map((id) => `r${id}`)).toEqual(['r3', 'r2', 'r1']);
  });

  it('by an unknown field is refused', () => {
    expect(() => order('+what')).toThrow(expect.objectContaining({ code: 'invalid_filter' }));
  });
});
