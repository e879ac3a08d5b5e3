import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flatReader } from './flat-row.ts';

const atom = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom('loss', '"loss":1', ':', 'x'),
  fc.boolean(),
  fc.constant(null),
);
const key = fc.constantFrom('loss', 'val_loss', 'loss2', 'lossloss', 'a.b', '"', '_step');

describe('a number read without parsing', () => {
  it('is what parsing gives, wherever it does not leave that to parsing', () => {
    const row = fc.array(
      fc.tuple(key, fc.oneof({ weight: 6, arbitrary: atom }, fc.dictionary(key, atom), fc.array(atom))),
    );
    const space = fc.constantFrom('', ' ', '\t');
    fc.assert(
      fc.property(row, space, space, fc.constantFrom('loss', 'a.b', '"', '_step'), (pairs, before, after, name) => {
        const texts = pairs.map(([one, value]) => `${JSON.stringify(one)}${before}:${after}${JSON.stringify(value)}`);
        const line = `{${texts.join(`${after},${before}`)}}`;
        const number = flatReader(name)(line);
        if (number === undefined) return;
        const parsed = JSON.parse(line);
        expect(number).toEqual(Object.hasOwn(parsed, name) ? parsed[name] + 0 : null);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is no text that stands between two others', () => expect(flatReader(':')('{"a":":1,"}')).toBeUndefined());

  it.each([
    ['{"loss":0.5,"_step":3}', 0.5],
    ['{"val_loss":1, "loss": -2e-3 }', -2e-3],
    ['{"loss":1,"loss":2}', 2],
    ['{"acc":1}', null],
    ['{"acc":{"loss":1}}', undefined],
    ['{"loss":NaN}', undefined],
    ['{"loss":1', undefined],
    ['{"loss":1,"loss" :2}', undefined],
    ['{"train\\/loss":1}', undefined],
  ])('in %s is %s', (line, expected) => expect(flatReader('loss')(line)).toBe(expected));
});
