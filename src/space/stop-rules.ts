/** The list `sweepd.stop`. */
import { isObject, type JsonValue } from '../domain/json.ts';
import type { StopRule } from './config.ts';
import { integerFrom, type NumberRule, number, numberAbove, problem, type Section, unknownKeys } from './fields.ts';
import { didYouMean, listOf, show } from './problems.ts';

const atLeast0: NumberRule = {
  what: 'a number that is not negative',
  fits: (value) => Number.isFinite(value) && value >= 0,
};

interface RuleReader {
  keys: readonly string[];
  read: (section: Section) => StopRule | null;
}

function duration(section: Section, key = 'seconds'): number | null {
  if (key in section.given) return number(section, key, numberAbove(0));
  return problem(section, key, `"${key}" is missing: write for how many seconds`);
}

const readers: Readonly<Record<StopRule['type'], RuleReader>> = {
  median: {
    keys: ['min_steps', 'min_runs'],
    read: (section) => ({
      type: 'median',
      minSteps: number(section, 'min_steps', integerFrom(0)) ?? 1,
      minRuns: number(section, 'min_runs', integerFrom(1)) ?? 5,
    }),
  },
  divergence: {
    keys: ['rows', 'above'],
    read: (section) => ({
      type: 'divergence',
      rows: number(section, 'rows', integerFrom(1)) ?? 1,
      above: number(section, 'above', numberAbove(0)),
    }),
  },
  time_limit: {
    keys: ['seconds'],
    read: (section) => {
      const seconds = duration(section);
      return seconds === null ? null : { type: 'time_limit', seconds };
    },
  },
  silence: {
    keys: ['seconds'],
    read: (section) => {
      const seconds = duration(section);
      return seconds === null ? null : { type: 'silence', seconds };
    },
  },
  plateau: {
    keys: ['runs', 'min_delta'],
    read: (section) => ({
      type: 'plateau',
      runs: number(section, 'runs', integerFrom(1)) ?? 20,
      minDelta: number(section, 'min_delta', atLeast0) ?? 0,
    }),
  },
  budget: {
    keys: ['run_seconds', 'seconds'],
    read: (section) => {
      const runSeconds = number(section, 'run_seconds', numberAbove(0));
      const seconds = number(section, 'seconds', numberAbove(0));
      if ('run_seconds' in section.given || 'seconds' in section.given) return { type: 'budget', runSeconds, seconds };
      return problem(
        section,
        'seconds',
        'A budget needs "run_seconds" (all runs together) or "seconds" (since the sweep began)',
      );
    },
  },
  failures: {
    keys: ['consecutive'],
    read: (section) => ({ type: 'failures', consecutive: number(section, 'consecutive', integerFrom(1)) ?? 5 }),
  },
};

/** What other tools call the rules. */
const aliases: Readonly<Record<string, StopRule['type']>> = {
  nan: 'divergence',
  wall_clock: 'time_limit',
  no_metric: 'silence',
};
const types = Object.keys(readers);

/** Each rule with its keys. */
export const stopRuleKeys = Object.fromEntries(Object.entries(readers).map(([type, { keys }]) => [type, keys]));

export function parseStopRules(section: Section): StopRule[] {
  const given = section.given.stop;
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    problem(section, 'stop', `"stop" must be a list of rules, not ${show(given)}: write "stop: [{type: median}]"`);
    return [];
  }
  const rules: StopRule[] = [];
  for (const [index, item] of given.entries()) {
    const rule = parseRule({ ...section, path: [...section.path, 'stop', index] }, item);
    if (rule !== null) rules.push(rule);
  }
  return rules;
}

function parseRule(section: Section, item: JsonValue): StopRule | null {
  // A rule without settings may be its name alone.
  const given = typeof item === 'string' ? { type: item } : item;
  const word = isObject(given) ? given.type : undefined;
  if (typeof word !== 'string') {
    section.report(
      section.severity,
      section.path,
      `A stop rule is a mapping with a "type", not ${show(item)}: write "{type: median}"`,
    );
    return null;
  }
  const type = types.find((name) => name === word) ?? (Object.hasOwn(aliases, word) ? aliases[word] : undefined);
  if (type === undefined || !isObject(given)) {
    return problem(
      section,
      'type',
      `There is no stop rule "${word}".${didYouMean(word, types)} Write ${listOf(types)}`,
    );
  }
  const reader = readers[type as StopRule['type']];
  const inner = { ...section, given };
  unknownKeys(inner, ['type', ...reader.keys], `The rule ${word}`);
  return reader.read(inner);
}
