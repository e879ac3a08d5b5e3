/** docs/config.md against the parser: every example is what the page says of it, every key is there, and no other. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isObject, type JsonValue, writeJson } from '../../src/domain/json.ts';
import { parseSweepConfig } from '../../src/space/index.ts';
import { knownKeys } from '../../src/space/known-keys.ts';

const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');
const sections = page.split(/^## /m).slice(1);

function section(title: string): string {
  const found = sections.find((text) => text.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`docs/config.md has no section "${title}".`);
  return found;
}

const headings = (text: string) => [...text.matchAll(/^### `([^`]+)`$/gm)].map(([, name = '']) => name).sort();
const entry = (text: string, name: string) =>
  text.split(/^### /m).find((part) => part.startsWith(`\`${name}\`\n`)) ?? '';
const codeIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
const sorted = (keys: readonly string[]) => [...keys].sort();

const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => {
  const [, kind, message] = /^# (refused|violation|warning): (.*)\n/.exec(text) ?? [];
  return { text, kind: kind ?? 'taken', message: message ?? '' };
});

describe('the examples', () => {
  it.each(
    examples.map(({ text, kind, message }) => [
      kind,
      message || text.replaceAll('\n', '; ').slice(0, 80),
      text,
      message,
    ]),
  )('%s: %s', (kind, _, text, message) => {
    const { errors, violations, warnings } = parseSweepConfig(text);
    const lists = { refused: errors, violation: violations, warning: warnings };
    for (const [name, list] of Object.entries(lists)) {
      const said = list.map((problem) => problem.message);
      expect(said, name).toEqual(name === kind ? [expect.stringContaining(message)] : []);
    }
  });

  it('stand in every entry, and show all three kinds of messages', () => {
    for (const title of ['Top level', 'Metric', 'Distributions', 'Early termination', 'Extensions']) {
      const text = section(title);
      for (const name of headings(text)) expect(entry(text, name), name).toMatch(/^```yaml\n/m);
    }
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(['taken', 'refused', 'violation', 'warning']));
    // Whatever looks like an example is one.
    expect(page.match(/^```/gm)).toHaveLength(2 * examples.length);
  });

  it('of a key hold that key', () => {
    for (const title of ['Top level', 'Metric', 'Early termination', 'Extensions']) {
      for (const name of headings(section(title))) {
        const [, yaml = ''] = /^```yaml\n(.*?)^```/ms.exec(entry(section(title), name)) ?? [];
        const { document } = parseSweepConfig(yaml);
        let held: JsonValue | undefined = document ?? undefined;
        for (const key of name.split('.')) held = isObject(held) ? held[key] : undefined;
        expect(held, name).toBeDefined();
      }
    }
    for (const name of headings(section('Distributions'))) {
      const [, yaml = ''] = /^```yaml\n(.*?)^```/ms.exec(entry(section('Distributions'), name)) ?? [];
      expect(Object.values(parseSweepConfig(yaml).types), name).toEqual([name]);
    }
  });
});

describe('the keys', () => {
  const prefixed = (prefix: string, keys: readonly string[]) => sorted(keys.map((key) => `${prefix}.${key}`));

  it('of the top level', () => expect(headings(section('Top level'))).toEqual(sorted(knownKeys.topLevel)));
  it('of metric', () => expect(headings(section('Metric'))).toEqual(prefixed('metric', knownKeys.metric)));
  it('of early_terminate', () =>
    expect(headings(section('Early termination'))).toEqual(prefixed('early_terminate', knownKeys.earlyTerminate)));
  it('of sweepd', () => expect(headings(section('Extensions'))).toEqual(prefixed('sweepd', knownKeys.sweepd)));

  it('of every distribution', () => {
    const text = section('Distributions');
    const documented = headings(text).map((name) => {
      const [, keys = ''] = /^Keys: (.*)$/m.exec(entry(text, name)) ?? [];
      return [name, sorted(codeIn(keys))] as const;
    });
    const known = Object.entries(knownKeys.distributions).map(([name, keys]) => [name, sorted(keys)] as const);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known));
  });

  it('of every stop rule', () => {
    const rows = [...section('Extensions').matchAll(/^\| `(\w+)` \|[^|]*\|(.*)\|$/gm)];
    const documented = rows.map(([, rule = '', keys = '']) => [rule, sorted(codeIn(keys))] as const);
    const known = Object.entries(knownKeys.stopRules).map(([rule, keys]) => [rule, sorted(keys)] as const);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known));
  });
});

describe('the spelling of numbers', () => {
  const rows = [...section('How numbers are spelled').matchAll(/^\| `([^`]+)` \| `([^`]+)` \|(.*)\|$/gm)];

  it.each(rows.map(([, written = '', read = '', note = '']) => [written, read, note]))(
    '%s is read as %s',
    (written, read, note) => {
      const { document, warnings } = parseSweepConfig(`method: grid\nparameters: {x: {value: ${written}}}`);
      expect(writeJson(document)).toBe(`{"method":"grid","parameters":{"x":{"value":${read}}}}`);
      expect(warnings).toHaveLength(note.includes('with a warning') ? 1 : 0);
    },
  );
});
