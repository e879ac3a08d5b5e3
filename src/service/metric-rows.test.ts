import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricValue } from './metric-rows.ts';

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
);

describe('the metric of a row', () => {
  it('is what parsing the row gives, whatever else is in it', () => {
    const key = fc.oneof(fc.constantFrom('loss', 'val/loss', 'loss2', '"loss":1', 'x'), fc.string());
    const row = fc.dictionary(
      key,
      fc.oneof({ weight: 4, arbitrary: value }, fc.array(value), fc.dictionary(key, value)),
    );
    fc.assert(
      fc.property(row, fc.constantFrom(0, 1), (given, indent) => {
        const line = JSON.stringify(given, null, indent);
        const expected = Object.hasOwn(given, 'loss') ? given.loss : null;
        const known = ['NaN', 'Infinity', '-Infinity'].includes(expected as string) ? Number(expected) : expected;
        expect(metricValue(line, 'loss')).toEqual(typeof known === 'number' ? known + 0 : null);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"loss":NaN}', Number.NaN],
    ['{"loss":-Infinity}', Number.NEGATIVE_INFINITY],
    ['{"loss":1e-5,"a":2}', 1e-5],
    ['{"a":"loss","loss":  -2.5 }', -2.5],
    ['{"loss":1,"loss":2}', 2],
    ['{"loss":0x10}', null],
    ['{"loss":"1"}', null],
    ['{"eval":{"loss":1}}', null],
  ])('in %s is %s', (line, expected) => expect(metricValue(line, 'loss')).toEqual(expected));
});
