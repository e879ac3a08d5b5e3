import { describe, expect, it } from 'vitest';
import { boundedRegex, RegexRefused } from './bounded-regex.ts';

describe('a pattern', () => {
  it.each([
    ['^run-\\d+$', 'run-12', true],
    ['^run-\\d+$', 'run-x', false],
    ['b.*d', 'abcde', true],
    ['(?i)SEED', 'my seed', true],
    ['^(?:a|b)+$', 'abba', true],
    ['^(ab){2}$', 'abab', true],
    ['^(.)\\1$', 'aa', true],
    ['x$', `${'y'.repeat(10_000)}x`, true],
  ])('%s on %s: %s', (source, text, expected) => {
    expect(boundedRegex(source)(text)).toBe(expected);
  });

  it.each([
    ['^(a|aa)+$', `${'a'.repeat(60)}b`],
    ['^(a+)+$', `${'a'.repeat(60)}b`],
    ['^(a|a)*$', `${'a'.repeat(60)}b`],
    ['^(?:[a-z]?){40}b$', 'a'.repeat(39)],
    ['a*a*a*a*a*a*a*a*c', 'a'.repeat(500)],
    [`^${'a?'.repeat(35)}${'a'.repeat(35)}b`, 'a'.repeat(60)],
    [`^${'(a|a)'.repeat(40)}b`, 'a'.repeat(60)],
    ['.*.*c', 'a'.repeat(100_000)],
  ])('%s that would take for ever is cut off', (source, text) => {
    const matches = boundedRegex(source);
    // All texts share one budget, however many they are.
    for (let i = 0; i < 3; i++) expect(() => matches(text)).toThrow(RegexRefused);
  });

  it.each([
    ['(', /Unterminated group|Invalid regular expression/],
    ['x'.repeat(501), /500 characters/],
    [3, /500 characters/],
  ])('%s is refused', (source, message) => {
    expect(() => boundedRegex(source)).toThrow(message);
  });
});
